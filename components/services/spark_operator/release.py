"""The Spark operator: the upstream chart, told to serve the tenants' namespaces and nothing else.

The chart's CRDs are part of it. Its hooks are dropped by helm.v4.Chart: the only one, a job that upgrades the
CRDs, is switched off as well, because Pulumi upgrades the CRDs itself. Jobs (SparkApplication objects) must
depend on this component, so that they go before it: they have no finalizers, but once the CRDs are gone
nobody stops what still runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components.domain import Priority
from components.kube.image_digests import Digests, in_pods, in_texts
from components.kube.network_rules import NetworkPlan
from components.kube.placement import ANY_NODE, Placement
from components.kube.pod_security import namespace_labels
from components.kube.service_space import network_walls, service_namespace
from components.naming import (
    DEFAULTS_CONFIG_MAP,
    OPERATOR_NAMESPACE,
    labels,
    priority_class,
    type_token,
)
from components.services.spark_operator.chart_values import (
    JOB_PODS_CONFIG_MAP,
    SUBMIT_CONFIG_MAP,
    SUBMIT_SCRIPT,
    OperatorValues,
    chart_values,
)
from components.services.spark_operator.crds import CRD, typed_definition, with_time_to_live
from components.services.spark_operator.kinds_first import kinds_first
from components.services.spark_operator.network import operator_policies
from components.spark.conf import JobDefaults, config_map_data
from components.spark.pod_templates import driver_template, executor_template, render_template
from components.spark.submission import rules_file

RELEASE: Final = "spark-operator"
"""Name of the Helm release, and so of the chart's objects."""

_SCRIPTS: Final = {
    SUBMIT_SCRIPT: "spark_submit.sh",
    "java.sh": "submit_java.sh",
    "resident": "submit_resident.sh",
}
"""File beside spark-submit -> file of this folder."""

JOB_PODS_SOURCES: Final = Path(__file__).resolve().parents[3] / "apps" / "job_pods"
"""The program that makes a job's pod templates."""

_UNTOUCHED_FILES: Final = """\
<?xml version="1.0"?>
<!-- Files in the object store are the drivers' to fetch. Here, this class takes every name for a file. -->
<configuration>
  <property>
    <name>fs.s3a.impl</name>
    <value>org.apache.hadoop.fs.http.HttpFileSystem</value>
  </property>
</configuration>
"""


@dataclass(frozen=True, kw_only=True)
class SparkOperatorArgs(OperatorValues):
    """Arguments of a `SparkOperator`, besides what its chart is told.

    Args:
        chart: path of the unpacked upstream chart from the project's folder, or its name in `repository`.
        spark_defaults: what jobs get, the same for all tenants.
        network: what lies around.
        priorities: PriorityClass of each namespace's jobs; one that is missing here has `spark-normal`.
        chart_version: version of the chart; None for a path.
        repository: URL of the Helm repository; None for a path.
        keep_seconds: how long a run stays after its end, whoever made it, if its definition does not say it.
        after: what must be in place first: the tenants' namespaces, in which the chart makes rights.
        driver_placement: nodes that drivers may run on.
        executor_placement: nodes that executors may run on.
        digests: images, of the operator and of `spark_defaults`, that have a digest.
    """

    chart: str
    spark_defaults: JobDefaults
    network: NetworkPlan
    keep_seconds: int
    priorities: Mapping[str, str] = field(default_factory=dict)
    chart_version: str | None = None
    repository: str | None = None
    after: Sequence[pulumi.Resource] = ()
    driver_placement: Placement = ANY_NODE
    executor_placement: Placement = ANY_NODE
    digests: Digests = field(default_factory=dict)


class SparkOperator(pulumi.ComponentResource):
    """The operator in a namespace of its own, with what every job gets by default.

    Outputs:
        namespace: the operator's namespace, known once the operator runs.
    """

    namespace: pulumi.Output[str]

    def __init__(
        self, name: str, args: SparkOperatorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("SparkOperator"), name, {}, opts)
        data = {
            DEFAULTS_CONFIG_MAP: defaults_data(args),
            SUBMIT_CONFIG_MAP: submit_data(args.namespaces, args.priorities),
            JOB_PODS_CONFIG_MAP: job_pods_data(),
        }
        landing: dict[str, pulumi.Input[Mapping[str, str]]] = {
            **data,
            DEFAULTS_CONFIG_MAP: in_texts(
                args.spark_defaults.references,
                args.digests,
                lambda named: defaults_data(replace(args, spark_defaults=args.spark_defaults.named(named))),
            ),
        }
        # A file mounted by its path alone stays as it was at the pod's start.
        started_by = {**args.annotations, "spark-on-eks/configuration": _digest(data)}
        values = chart_values(replace(args, annotations=started_by))
        namespace = service_namespace(
            f"{name}-namespace", OPERATOR_NAMESPACE, service=RELEASE, parent=self, standard=namespace_labels()
        )
        inside = pulumi.ResourceOptions(parent=self, depends_on=[namespace])
        needs: list[pulumi.Resource] = [namespace, *args.after]
        walls = operator_policies(args.network)
        needs += network_walls(name, namespace, walls, {key: _metadata(key) for key in walls}, parent=self)
        needs += [
            k8s.core.v1.ConfigMap(f"{name}-{key}", metadata=_metadata(key), data=content, opts=inside)
            for key, content in landing.items()
        ]
        chart = k8s.helm.v4.Chart(
            f"{name}-chart",
            chart=args.chart,
            version=args.chart_version,
            repository_opts={"repo": args.repository} if args.repository else None,
            name=RELEASE,
            namespace=OPERATOR_NAMESPACE,
            values=values,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=needs,
                # Before the digests: CRDs hold no pods.
                transforms=[
                    in_definitions(args.keep_seconds),
                    *(in_pods(args.digests) or []),
                    kinds_first(),
                ],
            ),
        )
        self.namespace = chart.resources.apply(lambda _: OPERATOR_NAMESPACE)
        self.register_outputs({"namespace": self.namespace})


def in_definitions(
    keep_seconds: int,
) -> Callable[[pulumi.ResourceTransformArgs], pulumi.ResourceTransformResult | None]:
    """Make the transform of the operator's chart: its CRDs land with their gaps closed.

    Args:
        keep_seconds: the default time to live of a run.
    """

    def landed(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != CRD:
            return None
        properties: dict[str, Any] = dict(args.props)
        properties["spec"] = with_time_to_live(typed_definition(properties["spec"]), keep_seconds)
        return pulumi.ResourceTransformResult(props=properties, opts=args.opts)

    return landed


def defaults_data(args: SparkOperatorArgs) -> dict[str, str]:
    """Make the files that the operator's spark-submit takes defaults from; the priority is filled in later.

    Args:
        args: the operator's arguments.
    """
    priority = priority_class(Priority.NORMAL)
    driver = driver_template(priority_class=priority, placement=args.driver_placement)
    executor = executor_template(priority_class=priority, placement=args.executor_placement)
    return config_map_data(args.spark_defaults, render_template(driver), render_template(executor))


def submit_data(namespaces: Sequence[str], priorities: Mapping[str, str]) -> dict[str, str]:
    """Make the files of the operator's own spark-submit: see spark_submit.sh.

    Args:
        namespaces: the tenants' namespaces.
        priorities: PriorityClass of each namespace's jobs.

    Raises:
        ValueError: a priority is given for a namespace that the operator doesn't serve.
    """
    strangers = sorted(set(priorities) - set(namespaces))
    if strangers:
        raise ValueError(
            f"spark-operator: priorities name {', '.join(strangers)}, not among the namespaces; add it "
            "there, or remove it"
        )
    default = priority_class(Priority.NORMAL)
    scripts = {name: Path(__file__).with_name(file) for name, file in _SCRIPTS.items()}
    return {
        **{name: path.read_text(encoding="utf-8") for name, path in scripts.items()},
        "core-site.xml": _UNTOUCHED_FILES,
        "rules": rules_file(),
        "priorities": "".join(f"{each} {priorities.get(each, default)}\n" for each in sorted(namespaces)),
    }


def job_pods_data() -> dict[str, str]:
    """Read the program that makes a job's pod templates: its modules, and its table of Spark's properties."""
    files = sorted(each for ending in ("py", "txt") for each in JOB_PODS_SOURCES.glob(f"*.{ending}"))
    return {path.name: path.read_text(encoding="utf-8") for path in files}


def _digest(data: Mapping[str, Mapping[str, str]]) -> str:
    """Name a state of the configuration: 16 hexadecimal digits."""
    text = repr([(name, sorted(files.items())) for name, files in sorted(data.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _metadata(name: str) -> dict[str, Any]:
    return {"name": name, "namespace": OPERATOR_NAMESPACE, "labels": labels(RELEASE, "operator")}
