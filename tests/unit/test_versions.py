"""Every pin stands in `components.versions`, with its reason, and the files that repeat one agree with it."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from components import versions
from components.aws_plans.addon_versions import KARPENTER
from components.releases import RELEASES
from toolchain.recipes import module_folder

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(versions.__file__).read_text()
PINS = {name: value for name, value in vars(versions).items() if name.isupper()}

UNTRACKED = {
    *("SCALA", "SCALA_LTS", "JAVA", "DEBIAN", "PULUMI_LANGUAGE_PYTHON"),
    *("REGISTRY_DIGEST", "GO_DIGEST", "DEBIAN_DIGEST"),
}
"""Pins that follow from another one, or that never move by themselves."""

CONTRIB = "github.com/open-telemetry/opentelemetry-collector-contrib"

MODULES = {
    "core": {
        "github.com/pulumi/pulumi/pkg/v3": "PULUMI",
        "github.com/versity/versitygw": "VERSITYGW",
        "go.etcd.io/etcd/server/v3": "ETCD",
        "k8s.io/kubernetes": "KUBERNETES_LOCAL",
        "sigs.k8s.io/kwok": "KWOK",
    },
    "coredns": {"github.com/coredns/coredns": "COREDNS"},
    "kube-network-policies": {"sigs.k8s.io/kube-network-policies": "KUBE_NETWORK_POLICIES"},
    "language-python": {"github.com/pulumi/pulumi/sdk/v3": "PULUMI_LANGUAGE_PYTHON"},
    "kube-state-metrics": {"k8s.io/kube-state-metrics/v2": "KUBE_STATE_METRICS"},
    "prometheus-operator": {"github.com/prometheus-operator/prometheus-operator": "PROMETHEUS_OPERATOR"},
    "prometheus": {"github.com/prometheus/prometheus": "PROMETHEUS_MODULE"},
    "alertmanager": {"github.com/prometheus/alertmanager": "ALERTMANAGER"},
    "oauth2-proxy": {"github.com/oauth2-proxy/oauth2-proxy/v7": "OAUTH2_PROXY"},
    "registry": {"github.com/distribution/distribution/v3": "REGISTRY"},
    "spark-operator": {"github.com/kubeflow/spark-operator/v2": "SPARK_OPERATOR"},
    "apps/log_collector": {
        f"{CONTRIB}/receiver/filelogreceiver": "OTEL_COLLECTOR",
        f"{CONTRIB}/processor/k8sattributesprocessor": "OTEL_COLLECTOR",
        "go.opentelemetry.io/collector/otelcol": "OTEL_COLLECTOR",
        "github.com/aws/aws-sdk-go-v2/service/s3": "AWS_SDK_GO_S3",
    },
    "apps/log_archive": {"github.com/aws/aws-sdk-go-v2/service/s3": "AWS_SDK_GO_S3"},
    "local-path-provisioner": {"github.com/rancher/local-path-provisioner": "LOCAL_PATH_PROVISIONER"},
}
"""Go module of a tool or program -> what it requires -> its pin."""


@pytest.mark.parametrize("name", sorted(PINS))
def test_a_pin_is_a_version_and_says_where_it_comes_from_and_why(name: str) -> None:
    assert re.fullmatch(r"[0-9]+(\.[0-9]+)*|[a-z]+|https://\S+|sha256:[0-9a-f]{64}", PINS[name]), (
        "a pin is exact, not a range"
    )
    assignment = re.search(rf"(?m)((?:^#.*\n)*)^{name}: Final = .*\n+\"\"\"(.+)", SOURCE)
    assert assignment, f"{name} needs its reason as text below it"
    if name not in UNTRACKED and not PINS[name].startswith("https://"):
        assert "# renovate: datasource=" in assignment[1], f"{name} needs a line that Renovate reads"


PINNED = re.compile(rb"sha256:[0-9a-f]{64}|sha512-[A-Za-z0-9+/]{80}")
"""By what something of others is known that is taken as it is: an image, a package, an archive."""

NO_PIN = re.compile(
    r"(tests|docs)/.*|.*\.lock|charts/[^/]+/ci/.*|components/(versions|aws_plans/addon_versions)\.py"
)
"""Where that is no pin of the product, or one that is named as a kind."""


def test_the_head_of_this_file_names_every_other_place_with_a_pin() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [name for name in listed.stdout.split("\0") if name and not NO_PIN.fullmatch(name)]
    pinning = {
        name
        for name in files
        if name.endswith(".min.js") or ((ROOT / name).is_file() and PINNED.search((ROOT / name).read_bytes()))
    }
    assert "policy/requirements.txt" in pinning
    head = versions.__doc__ or ""
    assert not {name for name in pinning if f"`{name}`" not in head}, "move the pin, or name its place"


def test_nothing_in_versions_but_pins() -> None:
    body = ast.parse(SOURCE).body
    kinds = {type(node) for node in body}
    assert kinds <= {ast.Expr, ast.ImportFrom, ast.AnnAssign}, "code does not belong beside the pins"


@pytest.mark.parametrize("folder", sorted(MODULES))
def test_the_toolchain_builds_the_pinned_versions(folder: str) -> None:
    required = (module_folder(folder) / "go.mod").read_text()
    for module, pin in MODULES[folder].items():
        found = re.search(rf"(?m)^\s*(?:require )?{re.escape(module)} v(\S+)", required)
        assert found, f"{folder}/go.mod does not require {module}"
        assert found[1] == PINS[pin], f"{folder}/go.mod and versions.{pin} differ"


def test_the_rehearsals_render_the_pinned_karpenter() -> None:
    required = (ROOT / "toolchain" / "modules" / "karpenter" / "go.mod").read_text()
    assert f"github.com/aws/karpenter-provider-aws v{KARPENTER}\n" in required


def test_the_python_packages_are_the_pinned_ones() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"pulumi=={versions.PULUMI}" in project["dependencies"]
    assert f"pulumi-kubernetes=={versions.PULUMI_KUBERNETES}" in project["dependencies"]


def test_the_exporter_is_tested_with_the_library_of_its_image() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert f"prometheus-client=={versions.PROMETHEUS_CLIENT}" in groups["dev"]


def test_the_spark_image_takes_the_pinned_jars() -> None:
    pom = (ROOT / "docker" / "spark" / "pom.xml").read_text()
    found = dict(re.findall(r"<([a-z]+)\.version>([^<]+)</", pom))
    assert found == {
        "spark": versions.SPARK,
        "scala": versions.SCALA,
        "hadoop": versions.HADOOP,
        "awssdk": versions.AWS_SDK,
        "analyticsaccelerator": versions.ANALYTICS_ACCELERATOR,
    }


@pytest.mark.parametrize("version", sorted(RELEASES))
def test_every_release_has_its_own_locks(version: str) -> None:
    lock = (ROOT / "docker" / "spark" / "releases" / version / "requirements.lock").read_text()
    assert f"pyspark=={version} " in lock
    assert (ROOT / "docker" / "spark-python" / "releases" / version / "requirements.lock").is_file()


def test_our_charts_name_the_pinned_spark() -> None:
    chart = yaml.safe_load((ROOT / "charts" / "spark-history-server" / "Chart.yaml").read_text())
    assert chart["appVersion"] == versions.SPARK
