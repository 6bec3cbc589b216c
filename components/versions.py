"""The versions of what the platform is made of, each with its reason.

Seven kinds of versions stand elsewhere: what goes with a release of EKS, Karpenter among it, in
`components/aws_plans/addon_versions.py`; Python packages in `requirements.lock`, and those of the policy
pack, which Pulumi installs by itself, in `policy/requirements.txt`; Go modules in the `go.mod` of their tool
or program; an image's files in the `*.lock` of its folder; the example's data in `jobs/flights/data.json`;
a script that pages bring along in its own name, `apps/jobs/web/static/htmx-2.0.11.min.js`. Where a tool needs
a pin in a file of its own (`go.mod`, `pyproject.toml`, `Chart.yaml`, the example jobs), tests compare the
two.

The comment above each pin is what Renovate reads; the text below it says why this one.
"""

from __future__ import annotations

from typing import Final

# renovate: datasource=pypi depName=pyspark
SPARK: Final = "4.1.2"
"""Spark that jobs get by default.

The newest release for which the S3A committers (spark-hadoop-cloud), Iceberg and Delta are all published;
4.2 and later have no spark-hadoop-cloud artefact, without which Spark silently falls back to rename.
"""

# renovate: datasource=pypi depName=pyspark allowedVersions=/^3\.5\./
SPARK_LTS: Final = "3.5.8"
"""Spark for jobs that come from EMR 6 and 7 and are not yet ready for ANSI SQL by default (new in 4.0)."""

SCALA: Final = "2.13"
"""Scala of Spark 4: the suffix of every Spark jar. Spark 4 has no other."""

SCALA_LTS: Final = "2.12"
"""Scala of the Spark 3.5 that EMR 6 and 7 have: jars that jobs bring along are compiled for it."""

# renovate: datasource=maven depName=org.apache.hadoop:hadoop-aws
HADOOP: Final = "3.4.2"
"""The Hadoop client inside Spark 4.1.2; S3A's guide forbids hadoop-aws of another version beside it.

Spark 3.5.8 brings 3.3.4 with the AWS SDK 1.12.262, which gets no credentials from EKS Pod Identity; its image
has this one instead.
"""

# renovate: datasource=maven depName=software.amazon.awssdk:s3
AWS_SDK: Final = "2.29.52"
"""The AWS SDK that hadoop-aws 3.4.2 was built with; S3A's guide asks for exactly that one."""

# renovate: datasource=maven depName=software.amazon.s3.analyticsaccelerator:analyticsaccelerator-s3
ANALYTICS_ACCELERATOR: Final = "1.3.0"
"""Compile dependency of S3A since Hadoop 3.4.2; this release passed reads and writes with SDK 2.29.52."""

JAVA: Final = "17"
"""The oldest Java that Spark 4 runs on, and the one of Debian 12: no foreign package source is needed."""

# renovate: datasource=docker depName=docker.io/library/golang versioning=docker
GO: Final = "1.26.8"
"""Compiles programs inside of Docker's builds; the `go` lines of the modules ask for 1.26."""

GO_DIGEST: Final = "sha256:a688600ca24f8a4d3ca77f95b0dd40704a9fc787c826660eb7ba0b641b8b175d"
"""Index of its image on Debian 12, as public repositories pin it: no registry was in reach here."""

# renovate: datasource=docker depName=docker.io/library/registry versioning=docker
REGISTRY: Final = "3.0.0"
"""The image registry of clusters that have none. The tests build the same release from its Go module."""

REGISTRY_DIGEST: Final = "sha256:6c5666b861f3505b116bb9aa9b25175e71210414bd010d92035ff64018f9457e"
"""Index of that image for all architectures, as public repositories pin it: no registry was in reach here."""

# renovate: datasource=github-releases depName=kubeflow/spark-operator
SPARK_OPERATOR: Final = "2.5.2"
"""Chart and operator. Both are in one Go module, so the built binary and its chart always agree."""

# renovate: datasource=github-releases depName=kubernetes/kubernetes allowedVersions=/^1\.34\./
KUBERNETES_LOCAL: Final = "1.34.4"
"""The embedded cluster: 1.34 is the last minor whose kubelet takes a cgroup v1 host without an extra flag."""

# renovate: datasource=endoflife-date depName=amazon-eks versioning=loose
KUBERNETES_EKS: Final = "1.36"
"""In EKS standard support until 2027-08-02; 1.35 leaves it on 2027-03-27 and then costs six times as much."""

# renovate: datasource=github-releases depName=etcd-io/etcd
ETCD: Final = "3.6.5"
"""Store of the embedded cluster. Debian's 3.4 lacks RequestWatchProgress: Spark's client logs errors."""

# renovate: datasource=github-releases depName=kubernetes-sigs/kwok
KWOK: Final = "0.8.0"
"""Starts the embedded control plane with its certificates, and simulates nodes for load tests."""

# renovate: datasource=pypi depName=tpcgen-cli
TPCGEN: Final = "4.0.0"
"""Makes the tables of TPC-H for a long test: by its own program, which needs no engine."""

# renovate: datasource=pypi depName=duckdb-extension-tpch
DUCKDB_TPCH: Final = "1.5.5"
"""DuckDB with TPC-H's queries, which gives the answers: the extension is of this DuckDB and no later one."""

# renovate: datasource=github-releases depName=coredns/coredns
COREDNS: Final = "1.12.4"
"""DNS of the embedded cluster; the release that was shown to work with the pinned Kubernetes."""

# renovate: datasource=github-tags depName=rancher/local-path-provisioner
LOCAL_PATH_PROVISIONER: Final = "0.0.30"
"""Gives the embedded cluster its default StorageClass; the newest tag published as a Go module."""

# renovate: datasource=github-releases depName=kubernetes-sigs/kube-network-policies
KUBE_NETWORK_POLICIES: Final = "0.8.0"
"""Makes NetworkPolicies act on the embedded cluster: the newest that can be had as a Go module.

It decides by netfilter's queue, without a rule for each pod, so it and kube-proxy never write the same table.
"""

# renovate: datasource=github-releases depName=versity/versitygw
VERSITYGW: Final = "1.8.0"
"""S3 server of the kubernetes foundation: Apache-2.0, one static binary, bucket policies, a key per user."""

# renovate: datasource=github-releases depName=kubernetes/kube-state-metrics
KUBE_STATE_METRICS: Final = "2.16.0"
"""The release that was shown to build with Kubernetes 1.34's libraries. On AWS the chart brings its own."""

# renovate: datasource=github-releases depName=prometheus-operator/prometheus-operator
PROMETHEUS_OPERATOR: Final = "0.85.0"
"""Operator, config reloader and their kinds on the kubernetes foundation; on AWS the chart brings its own."""

# renovate: datasource=github-releases depName=prometheus/prometheus
PROMETHEUS: Final = "3.5.0"
"""Long-term support. Built, as Debian's is compiled without the discovery of Kubernetes."""

# renovate: datasource=go depName=github.com/prometheus/prometheus
PROMETHEUS_MODULE: Final = "0.305.0"
"""The same release as a Go module: Prometheus 3.5.0 is 0.305.0 there (its RELEASE.md)."""

# renovate: datasource=github-releases depName=prometheus/alertmanager allowedVersions=/^0\.31\./
ALERTMANAGER: Final = "0.31.1"
"""The newest whose Go module has the files of its own page: later ones are built with Node. On AWS the chart
brings its own."""

# renovate: datasource=deb depName=prometheus-node-exporter
NODE_EXPORTER: Final = "1.5.0"
"""Debian 12's: needs no foreign package source."""

# renovate: datasource=deb depName=python3-prometheus-client
PROMETHEUS_CLIENT: Final = "0.16.0"
"""Writes the history exporter's metrics; Debian 12's, so that the image takes nothing from elsewhere."""

# renovate: datasource=github-releases depName=open-telemetry/opentelemetry-collector-contrib
OTEL_COLLECTOR: Final = "0.160.0"
"""Reads the logs of Spark pods: the newest release of which all modules that it takes can be had."""

# renovate: datasource=go depName=github.com/aws/aws-sdk-go-v2/service/s3
AWS_SDK_GO_S3: Final = "1.114.9"
"""How the log archive talks S3; the same release in the collector, so that both sign alike."""

# renovate: datasource=github-releases depName=oauth2-proxy/oauth2-proxy
OAUTH2_PROXY: Final = "7.15.6"
"""Asks for a login before any page: the newest release that can be had as a Go module."""

# renovate: datasource=helm depName=loki registryUrl=https://grafana-community.github.io/helm-charts
LOKI_CHART: Final = "18.11.0"
"""Loki 3.7.6. Since March 2026 the chart is kept by Grafana's community, in a repository of its own."""
# renovate: datasource=github-tags depName=prometheus-community/helm-charts
KUBE_PROMETHEUS_STACK: Final = "88.5.3"
"""Chart of the collection on AWS; the typed values are tested against this release's own."""

# renovate: datasource=npm depName=uplot
UPLOT: Final = "1.6.32"
"""Draws the page that shows the signals without Grafana: one small file without dependencies."""

# renovate: datasource=pypi depName=pulumi
PULUMI: Final = "3.259.0"
"""CLI and SDK. The newest CLI that builds with the Go modules pinned in toolchain.

workspace/pulumi_log.py turns off its log of every property, which 3.274.1 has no switch for either.
"""

# renovate: datasource=pypi depName=pulumi-kubernetes
PULUMI_KUBERNETES: Final = "4.25.0"
"""Provider and SDK: the newest provider that builds from its published Go module."""

PULUMI_LANGUAGE_PYTHON: Final = "3.79.0"
"""Go SDK release that holds the Python language host: later releases moved it out of the module.

It ignores `runtime.options.virtualenv`, so the program's environment must come first on PATH.
"""

# renovate: datasource=deb depName=postgresql
POSTGRES: Final = "15"
"""Debian 12's PostgreSQL, patched with Debian; RDS has the same major version."""

# renovate: datasource=pypi depName=apache-airflow
AIRFLOW: Final = "3.3.2"
"""What DAGs that come from EMR are written for. Long tests give it an environment; nothing ships it."""

# renovate: datasource=pypi depName=apache-airflow-providers-cncf-kubernetes
AIRFLOW_KUBERNETES: Final = "10.25.0"
"""Its operator for SparkApplications, as the same DAGs call it."""

# renovate: datasource=maven depName=org.apache.iceberg:iceberg-spark-runtime-4.1_2.13
ICEBERG: Final = "1.12.0"
"""The newest Iceberg for Spark 4.1: long tests have it write tables; nothing ships it."""

# renovate: datasource=npm depName=axe-core
AXE: Final = "4.14.1"
"""Looks over pages for what keeps people out: tests run it in their browser; nothing ships it (MPL-2.0)."""

DEBIAN: Final = "bookworm"
"""Base of every image built here: it has Java 17, and procps, which decommissioning executors needs."""

# renovate: datasource=docker depName=debian extractVersion=^bookworm-(?<version>\d+)-slim$ versioning=loose
DEBIAN_SNAPSHOT: Final = "20260824"
"""Day of its image on Docker Hub, which Docker's builds begin with; here the base is made of the packages."""

DEBIAN_DIGEST: Final = "sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171"
"""Index of that image for all architectures."""
