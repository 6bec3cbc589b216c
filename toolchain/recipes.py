"""The tools of the one-machine platform as data: where each comes from and which version on PATH will do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from components import versions
from workspace.paths import ROOT

MODULES = Path(__file__).parent / "modules"
"""One Go module per folder; each go.mod holds the pins of the tools built from it."""


def module_folder(module: str) -> Path:
    """Folder of a Go module.

    Args:
        module: its name below `modules/`; for a program of ours its path, as `apps/log_archive`.
    """
    return (ROOT if module.startswith("apps/") else MODULES) / module


Version = tuple[int, ...]


def parse_version(text: str) -> Version:
    """Read `v1.34.4` or `1.34.4-rc1+x` as (1, 34, 4); anything without digits is the empty version.

    Args:
        text: what a program or a tag says of its version.
    """
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part) for part in match.groups(default="0")) if match else ()


def same_minor(found: Version, wanted: Version) -> bool:
    """Kubernetes' components are only tested together within one minor.

    Args:
        found: of a program on this machine.
        wanted: of the pin.
    """
    return found[:2] == wanted[:2]


def minor_skew_of_one(found: Version, wanted: Version) -> bool:
    """kubectl's supported skew: one minor either way (kubernetes.io, version skew policy).

    Args:
        found: of a program on this machine.
        wanted: of the pin.
    """
    return found[:1] == wanted[:1] and abs(found[1] - wanted[1]) <= 1


def same_major_not_older(found: Version, wanted: Version) -> bool:
    """Semantic versioning: a later minor of the same major keeps what the pinned one has.

    Args:
        found: of a program on this machine.
        wanted: of the pin.
    """
    return found[:1] == wanted[:1] and found >= wanted


@dataclass(frozen=True)
class Dependency:
    """A Go module in the version that one of ours selects."""

    module: str
    """Ours, as `module_folder` takes it."""
    source: str
    """Its path."""


@dataclass(frozen=True)
class SourceFile:
    """A file in a dependency."""

    origin: Dependency
    """The dependency."""
    path: str
    """Where in it."""

    @property
    def name(self) -> str:
        """Its base name."""
        return self.path.rsplit("/", 1)[-1]


CURRENT_SDK = Dependency("core", "github.com/pulumi/pulumi/sdk/v3")
PROVIDER = Dependency("provider-kubernetes", "github.com/pulumi/pulumi-kubernetes/provider/v4")


@dataclass(frozen=True, kw_only=True)
class OnPath:
    """How to ask a tool on PATH for its version, and which answers will do."""

    arguments: tuple[str, ...]
    """What it is called with."""
    fits: Callable[[Version, Version], bool]
    """Whether a version that was found will do for the one that is wanted."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one tool is built.

    Args:
        name: the binary's name.
        module: the Go module whose go.mod pins it, as `module_folder` takes it.
        package: what `go build` is given; `.` is the module's own main.
        source: the Go module whose version is the tool's version.
        purpose: what breaks without it, in a few words.
        weight: CPU seconds of a cold build in the order below, printed by `make tools` on a 2-core AMD EPYC
            machine; only used to estimate what is left.
        stamps: linker variables that carry the version: `name=value`, where {version}, {bare}, {major} and
            {minor} are filled in.
        compiler_flags: extra flags for the compiler.
        embeds: files of dependencies that our main embeds.
        beside: files of dependencies that must lie beside the binary.
        on_path: how a binary on PATH may replace it; None for plugins and for what goes into images, which
            must be the pinned static build.
    """

    name: str
    module: str
    package: str
    source: str
    purpose: str
    weight: int
    stamps: tuple[str, ...] = ()
    compiler_flags: str = ""
    embeds: tuple[SourceFile, ...] = ()
    beside: tuple[SourceFile, ...] = ()
    on_path: OnPath | None = None


KUBERNETES_STAMPS = (
    "k8s.io/component-base/version.gitVersion={version}",
    "k8s.io/component-base/version.gitMajor={major}",
    "k8s.io/component-base/version.gitMinor={minor}",
    "k8s.io/client-go/pkg/version.gitVersion={version}",
)
ASK_LONG = ("--version",)


def _kubernetes(name: str, purpose: str, weight: int) -> Recipe:
    client = name == "kubectl"
    return Recipe(
        name=name,
        module="core",
        package=f"k8s.io/kubernetes/cmd/{name}",
        source="k8s.io/kubernetes",
        purpose=purpose,
        weight=weight,
        stamps=KUBERNETES_STAMPS,
        on_path=OnPath(
            arguments=("version", "--client") if client else ASK_LONG,
            fits=minor_skew_of_one if client else same_minor,
        ),
    )


# In the order the rest waits for: what goes into images, then the cluster, then Pulumi.
RECIPES: tuple[Recipe, ...] = (
    Recipe(
        name="versitygw",
        module="core",
        package="github.com/versity/versitygw/cmd/versitygw",
        source="github.com/versity/versitygw",
        purpose="the S3 server in the object-store image",
        weight=129,
        stamps=("main.Version={version}", "main.Build=module", "main.BuildTime=pinned"),
    ),
    Recipe(
        name="etcd",
        module="core",
        package="go.etcd.io/etcd/server/v3",
        source="go.etcd.io/etcd/server/v3",
        purpose="the cluster's data store",
        weight=45,
        # Older ones lack RequestWatchProgress, which Spark's Kubernetes client asks for.
        on_path=OnPath(arguments=ASK_LONG, fits=same_major_not_older),
    ),
    _kubernetes("kube-apiserver", "the cluster's API", 351),
    _kubernetes("kube-controller-manager", "the cluster's controllers", 97),
    _kubernetes("kube-scheduler", "places pods", 6),
    _kubernetes("kubelet", "runs pods on this machine", 31),
    _kubernetes("kube-proxy", "makes Services reachable", 11),
    _kubernetes("kubectl", "talks to the cluster", 38),
    Recipe(
        name="kwokctl",
        module="core",
        package="sigs.k8s.io/kwok/cmd/kwokctl",
        source="sigs.k8s.io/kwok",
        purpose="sets up the control plane and its certificates",
        weight=23,
        stamps=("sigs.k8s.io/kwok/pkg/consts.Version={version}",),
        on_path=OnPath(arguments=ASK_LONG, fits=same_major_not_older),
    ),
    Recipe(
        name="coredns",
        module="coredns",
        package=".",
        source="github.com/coredns/coredns",
        purpose="cluster DNS",
        weight=105,
    ),
    Recipe(
        name="kube-network-policies",
        module="kube-network-policies",
        package=".",
        source="sigs.k8s.io/kube-network-policies",
        purpose="makes NetworkPolicies act on this machine",
        weight=170,
    ),
    Recipe(
        name="spark-operator",
        module="spark-operator",
        package="github.com/kubeflow/spark-operator/v2/cmd/operator",
        source="github.com/kubeflow/spark-operator/v2",
        purpose="runs SparkApplications",
        weight=160,
    ),
    Recipe(
        name="local-path-provisioner",
        module="local-path-provisioner",
        package="github.com/rancher/local-path-provisioner",
        source="github.com/rancher/local-path-provisioner",
        purpose="volumes on this machine's disk",
        weight=130,
        stamps=("main.VERSION={version}",),
    ),
    Recipe(
        name="log-collector",
        module="apps/log_collector",
        package=".",
        source="github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver",
        purpose="reads the logs of Spark pods on each node",
        weight=194,
        stamps=("main.version={bare}",),
    ),
    Recipe(
        name="log-archive",
        module="apps/log_archive",
        package=".",
        source="github.com/aws/aws-sdk-go-v2/service/s3",
        purpose="shows the stored logs, and deletes old ones",
        weight=1,
        stamps=("main.version={bare}",),
    ),
    Recipe(
        name="kube-state-metrics",
        module="kube-state-metrics",
        package="k8s.io/kube-state-metrics/v2",
        source="k8s.io/kube-state-metrics/v2",
        purpose="counts pods, quotas and jobs as metrics",
        weight=13,
        stamps=("github.com/prometheus/common/version.Version={version}",),
    ),
    Recipe(
        name="prometheus",
        module="prometheus",
        package="github.com/prometheus/prometheus/cmd/prometheus",
        source="github.com/prometheus/prometheus",
        purpose="collects and answers for the metrics",
        weight=263,
        stamps=(f"github.com/prometheus/common/version.Version={versions.PROMETHEUS}",),
    ),
    Recipe(
        name="alertmanager",
        module="alertmanager",
        package="github.com/prometheus/alertmanager/cmd/alertmanager",
        source="github.com/prometheus/alertmanager",
        purpose="tells people of alerts",
        weight=49,
        stamps=("github.com/prometheus/common/version.Version={bare}",),
    ),
    Recipe(
        name="amtool",
        module="alertmanager",
        package="github.com/prometheus/alertmanager/cmd/amtool",
        source="github.com/prometheus/alertmanager",
        purpose="tries Alertmanager's configuration in the tests",
        weight=5,
        stamps=("github.com/prometheus/common/version.Version={bare}",),
    ),
    Recipe(
        name="prometheus-operator",
        module="prometheus-operator",
        package="github.com/prometheus-operator/prometheus-operator/cmd/operator",
        source="github.com/prometheus-operator/prometheus-operator",
        purpose="runs Prometheus",
        weight=31,
        stamps=("github.com/prometheus/common/version.Version={bare}",),
    ),
    Recipe(
        name="prometheus-config-reloader",
        module="prometheus-operator",
        package="github.com/prometheus-operator/prometheus-operator/cmd/prometheus-config-reloader",
        source="github.com/prometheus-operator/prometheus-operator",
        purpose="hands Prometheus its changed rules",
        weight=3,
        stamps=("github.com/prometheus/common/version.Version={bare}",),
    ),
    Recipe(
        name="oauth2-proxy",
        module="oauth2-proxy",
        package="github.com/oauth2-proxy/oauth2-proxy/v7",
        source="github.com/oauth2-proxy/oauth2-proxy/v7",
        purpose="asks people who they are before they see a page",
        weight=60,
        stamps=("github.com/oauth2-proxy/oauth2-proxy/v7/pkg/version.VERSION={version}",),
    ),
    Recipe(
        name="registry",
        module="registry",
        package="github.com/distribution/distribution/v3/cmd/registry",
        source="github.com/distribution/distribution/v3",
        purpose="the image registry that the tests push to",
        weight=88,
        stamps=("github.com/distribution/distribution/v3/version.version={version}",),
    ),
    Recipe(
        name="pulumi",
        module="core",
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        source="github.com/pulumi/pulumi/pkg/v3",
        purpose="the engine that applies the program",
        weight=284,
        stamps=("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}",),
        on_path=OnPath(arguments=("version",), fits=same_major_not_older),
    ),
    Recipe(
        name="pulumi-language-python",
        module="language-python",
        package="github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
        source="github.com/pulumi/pulumi/sdk/v3",
        purpose="runs Pulumi programs in Python",
        weight=32,
        # The host starts this script, which must match the installed SDK: the old module's own one does not.
        beside=(
            SourceFile(CURRENT_SDK, "python/cmd/pulumi-language-python-exec"),
            SourceFile(CURRENT_SDK, "python/dist/pulumi-resource-pulumi-python"),
        ),
    ),
    Recipe(
        name="helm",
        module="provider-kubernetes",
        package="helm.sh/helm/v3/cmd/helm",
        source="helm.sh/helm/v3",
        purpose="lints and renders the charts in the tests",
        weight=119,
        stamps=(
            "helm.sh/helm/v3/internal/version.version={version}",
            # Without these, rendering without a cluster believes it is on Kubernetes 1.20.
            "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1",
            "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=34",
        ),
        on_path=OnPath(arguments=("version", "--short"), fits=same_major_not_older),
    ),
    Recipe(
        name="pulumi-resource-kubernetes",
        module="provider-kubernetes",
        package=".",
        source="github.com/pulumi/pulumi-kubernetes/sdk/v4",
        purpose="Pulumi's Kubernetes provider",
        weight=526,
        stamps=(
            "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version={bare}",
            "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1",
            "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=34",
        ),
        # Generated types that run once per object: optimising them took most of the build.
        compiler_flags="github.com/pulumi/pulumi-kubernetes/sdk/v4/...=-N -l",
        embeds=(
            SourceFile(PROVIDER, "cmd/pulumi-resource-kubernetes/schema.json"),
            SourceFile(PROVIDER, "cmd/pulumi-resource-kubernetes/terraform-mapping.json"),
        ),
    ),
)

BY_NAME = {recipe.name: recipe for recipe in RECIPES}

OPERATOR_CHART = SourceFile(
    Dependency("spark-operator", "github.com/kubeflow/spark-operator/v2"), "charts/spark-operator-chart"
)
"""The operator's upstream chart, in the module that the operator is built from."""

PROMETHEUS_KINDS = SourceFile(
    Dependency("prometheus-operator", "github.com/prometheus-operator/prometheus-operator"),
    "example/prometheus-operator-crd",
)
"""Definitions of the Prometheus operator's kinds, of the same release as the operator."""
