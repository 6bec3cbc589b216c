"""Finds descriptions of EMR's work in data, whatever stands around them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from emr.model.job import Form, Source
from emr.model.tree import Leaf, Node, below, items, leaf, renamed, words
from emr.readers import commands, steps, terraform

_JOB_FLOW: Final = {"ReleaseLabel", "Instances", "Steps", "Applications", "AmiVersion", "Configurations"}
_DESCRIBED: Final = {"Id", "Name", "ReleaseLabel", "Status", "ClusterArn", "Applications"}
_LISTED: Final = {"InstanceGroupType", "RequestedInstanceCount", "InstanceFleetType"}
_OF_APPLICATIONS: Final = {
    "initialCapacity",
    "maximumCapacity",
    "autoStopConfiguration",
    "autoStartConfiguration",
    "architecture",
    "imageConfiguration",
}
"""Fields that, of all that has a label, only an application of EMR Serverless has."""

_CLOUD_FORMATION: Final = {
    "AWS::EMR::Cluster": "cluster",
    "AWS::EMR::Step": "step",
    "AWS::EMR::InstanceGroupConfig": "group",
    "AWS::EMRServerless::Application": "application",
}


def sources(node: Node) -> Iterator[Source]:
    """Descriptions in a tree, in their order.

    Args:
        node: an input's tree, under the names that the file uses.
    """
    for matches, make in _SHAPES:
        if matches(node):
            yield from make(node)
            return
    if isinstance(node, dict):
        for part in node.values():
            yield from sources(part)
    elif isinstance(node, list):
        for part in node:
            yield from sources(part)


def _flow(tree: dict[str, Node]) -> Iterator[Source]:
    yield Source(form=Form.JOB_FLOW, tree=canonical_flow(tree))


def canonical_flow(tree: dict[str, Node]) -> dict[str, Node]:
    """A job flow with its steps and groups as RunJobFlow has them.

    Args:
        tree: under RunJobFlow's names, or CloudFormation's.
    """
    found = dict(tree)
    if "Steps" in found:
        found["Steps"] = [steps.canonical(each) for each in items(found, "Steps")]
    if isinstance(instances := below(found, "Instances"), dict):
        found["Instances"] = _instances(instances)
    if "Configurations" in found:
        found["Configurations"] = _configurations(found["Configurations"])
    return found


def _configurations(node: Node) -> Node:
    rename = {
        "ConfigurationProperties": "Properties",
        "classification": "Classification",
        "properties": "Properties",
        "configurations": "Configurations",
    }
    if isinstance(node, list):
        return [_configurations(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {rename.get(key, key): part for key, part in node.items()}
    if "Configurations" in found:
        found["Configurations"] = _configurations(found["Configurations"])
    return found


def _instances(tree: dict[str, Node]) -> dict[str, Node]:
    """CloudFormation's groups and fleets have a key each: here they are in one list, with their role."""
    rest: dict[str, Node] = {}
    groups: list[Node] = list(items(tree, "InstanceGroups"))
    fleets: list[Node] = list(items(tree, "InstanceFleets"))
    for key, part in tree.items():
        role = next((role for role in ("Master", "Core", "Task") if key.startswith(f"{role}Instance")), None)
        if role is None or isinstance(part, Leaf):
            if key not in {"InstanceGroups", "InstanceFleets"}:
                rest[key] = part
            continue
        fleet = "Fleet" in key
        for each in part if isinstance(part, list) else [part]:
            named = {"InstanceFleetType" if fleet else "InstanceRole": Leaf(role.upper(), "")}
            (fleets if fleet else groups).append({**named, **each} if isinstance(each, dict) else each)
    if groups:
        rest["InstanceGroups"] = [_configured(each) for each in groups]
    if fleets:
        rest["InstanceFleets"] = [_configured(each) for each in fleets]
    return rest


def _configured(group: Node) -> Node:
    if isinstance(group, dict) and "Configurations" in group:
        return {**group, "Configurations": _configurations(group["Configurations"])}
    return group


def _is_flow(node: Node) -> bool:
    if not isinstance(node, dict):
        return False
    known = _JOB_FLOW & node.keys()
    if "Instances" in known and isinstance(node["Instances"], dict):
        return True
    return (
        ("Steps" in known and steps.are_steps(node["Steps"]))
        or len(known - {"Steps"}) >= 2
        or ("ReleaseLabel" in known and "Name" in node)
    )


def _is_described(node: Node) -> bool:
    """DescribeCluster's answer, and no resource that somebody has named so."""
    cluster = below(node, "Cluster")
    return isinstance(cluster, dict) and "Properties" not in cluster and bool(_DESCRIBED & cluster.keys())


def _described(node: dict[str, Node]) -> Iterator[Source]:
    """DescribeCluster's answer, with those of ListInstanceGroups and ListSteps if they stand beside it."""
    cluster = node["Cluster"]
    found = dict(cluster) if isinstance(cluster, dict) else {}
    instances: dict[str, Node] = {}
    if isinstance(listed := below(node, "InstanceGroups") or found.pop("InstanceGroups", None), list):
        instances["InstanceGroups"] = [renamed(each, _listed) for each in listed]
    if isinstance(listed := below(node, "InstanceFleets") or found.pop("InstanceFleets", None), list):
        instances["InstanceFleets"] = [renamed(each, _listed) for each in listed]
    for here, there in (("TerminationProtected", "TerminationProtected"), ("AutoTerminate", "AutoTerminate")):
        if here in found:
            instances[there] = found.pop(here)
    if "Ec2InstanceAttributes" in found:
        instances["Ec2InstanceAttributes"] = found.pop("Ec2InstanceAttributes")
    if isinstance(listed := below(node, "Steps"), list):
        found["Steps"] = listed
    yield from _flow({**found, "Instances": instances} if instances else found)


def _listed(key: str) -> str:
    names = {
        "InstanceGroupType": "InstanceRole",
        "RequestedInstanceCount": "InstanceCount",
        "InstanceTypeSpecifications": "InstanceTypeConfigs",
    }
    return names.get(key, key)


def _listed_groups(node: dict[str, Node]) -> Iterator[Source]:
    key = "InstanceGroups" if "InstanceGroups" in node else "InstanceFleets"
    groups: list[Node] = [renamed(each, _listed) for each in items(node, key)]
    yield from _flow({"Instances": {key: groups}})


def _are_listed_groups(node: Node) -> bool:
    groups = items(node, "InstanceGroups") or items(node, "InstanceFleets")
    return bool(groups) and all(isinstance(each, dict) and _LISTED & each.keys() for each in groups)


def _job_run(node: dict[str, Node]) -> Iterator[Source]:
    """StartJobRun and CreateJobTemplate of both services, under the API's names in any writing."""
    found = {_camel(key): part for key, part in node.items()}
    template = found.pop("jobTemplateData", None)
    if isinstance(template, dict):
        found = {**found, **{_camel(key): part for key, part in template.items()}}
    for key in ("jobDriver", "configurationOverrides", "retryPolicyConfiguration", "retryPolicy"):
        if key in found:
            found[key] = renamed_but_properties(found[key], _camel)
    driver = found.get("jobDriver")
    eks = "virtualClusterId" in found or (
        isinstance(driver, dict) and any(key.endswith("JobDriver") for key in driver)
    )
    yield Source(form=Form.EKS if eks else Form.SERVERLESS, tree=found)


def renamed_but_properties(node: Node, rename: Callable[[str], str]) -> Node:
    """The same tree with other keys, but for properties, whose names are Spark's.

    Args:
        node: the tree.
        rename: key -> key.
    """
    if isinstance(node, dict):
        return {
            rename(key): part
            if rename(key) in {"properties", "tags"}
            else renamed_but_properties(part, rename)
            for key, part in node.items()
        }
    return [renamed_but_properties(each, rename) for each in node] if isinstance(node, list) else node


def _camel(key: str) -> str:
    """`SparkSubmitJobDriver` and `spark_submit_job_driver` as `sparkSubmitJobDriver`."""
    if "_" in key:
        first, *others = key.split("_")
        key = first + "".join(each[:1].upper() + each[1:] for each in others)
    return key[:1].lower() + key[1:]


def _is_job_run(node: Node) -> bool:
    if not isinstance(node, dict):
        return False
    names = {_camel(key): key for key in node}
    if isinstance(node.get(names.get("jobTemplateData", "")), dict):
        return True
    if {"virtualClusterId", "jobTemplateId"} <= names.keys():
        return True
    driver = node.get(names.get("jobDriver", ""))
    known = {"sparkSubmitJobDriver", "sparkSqlJobDriver", "sparkSubmit", "hive"}
    return isinstance(driver, dict) and bool(known & {_camel(key) for key in driver})


def _is_application(node: Node) -> bool:
    """An application of EMR Serverless: its label is that of the runs in it."""
    if not isinstance(node, dict):
        return False
    names = {_camel(key): part for key, part in node.items()}
    kind = names.get("type")
    told = isinstance(kind, Leaf) and kind.text.upper() in {"SPARK", "HIVE"}
    return "releaseLabel" in names and (told or bool(_OF_APPLICATIONS & names.keys()))


def _application(node: dict[str, Node]) -> Iterator[Source]:
    yield Source(form=Form.SERVERLESS, tree={_camel(key): part for key, part in node.items()})


def _is_cloud_formation(node: Node) -> bool:
    return isinstance(node, dict) and _resource_kind(node) is not None


def _resource_kind(node: Node) -> str | None:
    kind = leaf(node, "Type")
    return _CLOUD_FORMATION.get(kind.text) if kind and isinstance(below(node, "Properties"), dict) else None


def _cloud_formation(node: dict[str, Node]) -> Iterator[Source]:
    kind, properties = _resource_kind(node), node["Properties"]
    assert isinstance(properties, dict)  # noqa: S101 - the kind says so
    if kind == "cluster":
        yield from _flow(properties)
    elif kind == "step":
        rest = {key: part for key, part in properties.items() if key != "JobFlowId"}
        yield from _flow({"Steps": [rest]})
    elif kind == "application":
        yield from _application(properties)
    else:
        yield from _flow({"Instances": {"InstanceGroups": [properties]}})


def _of_steps(node: list[Node]) -> Iterator[Source]:
    yield from _flow({"Steps": node})


def _one_step(node: dict[str, Node]) -> Iterator[Source]:
    yield from _flow({"Steps": [node]})


def _is_classifications(node: Node) -> bool:
    return (
        isinstance(node, list)
        and bool(node)
        and all(
            isinstance(each, dict) and {"Classification", "classification"} & each.keys() for each in node
        )
    )


def _of_classifications(node: list[Node]) -> Iterator[Source]:
    yield from _flow({"Configurations": node})


_TERRAFORM: Final = "aws_emrserverless_application"


def _is_application_of_terraform(node: Node) -> bool:
    kind = leaf(node, "type")
    return isinstance(below(node, _TERRAFORM), dict) or (kind is not None and kind.text == _TERRAFORM)


def _of_terraform(node: dict[str, Node]) -> Iterator[Source]:
    """Applications of EMR Serverless in HCL, or one in a plan; and what stands beside them."""
    if isinstance(values := below(node, "values"), dict):
        yield from _application(values)
        return
    for key, part in node.items():
        if key != _TERRAFORM:
            yield from sources(part)
            continue
        for body in part.values() if isinstance(part, dict) else ():
            if isinstance(body, dict):
                yield from _application(body)


_OBJECTS: Final = {"SparkApplication", "ScheduledSparkApplication"}


def _is_object(node: Node) -> bool:
    """An object of the Spark operator."""
    kind, version = leaf(node, "kind"), leaf(node, "apiVersion")
    return (
        kind is not None
        and version is not None
        and kind.text in _OBJECTS
        and version.text.startswith("sparkoperator.k8s.io/")
        and isinstance(below(node, "spec"), dict)
    )


def _object(node: dict[str, Node]) -> Iterator[Source]:
    yield Source(form=Form.OPERATOR, tree=node)


def _is_container(node: Node) -> bool:
    """A container of Kubernetes, or a service of Compose, that calls spark-submit."""
    if not isinstance(node, dict) or not {"command", "image"} & node.keys():
        return False
    called = _called(node)
    return len(called) > 1 and commands.is_spark(called[0])


def _called(node: dict[str, Node]) -> list[Leaf]:
    return [*words(node.get("command")), *words(node.get("args"))]


def _container(node: dict[str, Node]) -> Iterator[Source]:
    command: list[Node] = [*_called(node)]
    yield Source(form=Form.COMMAND, tree={"Command": command})


_SHAPES: Final[tuple[tuple[Callable[[Node], bool], Callable[..., Iterator[Source]]], ...]] = (
    (_is_object, _object),
    (_is_described, _described),
    (_is_application_of_terraform, _of_terraform),
    (_is_cloud_formation, _cloud_formation),
    (terraform.is_cluster, lambda node: _flow(terraform.flow(node))),
    (_is_job_run, _job_run),
    (terraform.are_steps, lambda node: _flow({"Steps": terraform.steps(node)})),
    (_is_application, _application),
    (_are_listed_groups, _listed_groups),
    (_is_flow, _flow),
    (steps.is_step, _one_step),
    (steps.are_steps, _of_steps),
    (_is_classifications, _of_classifications),
    (_is_container, _container),
)
"""What is looked for, in this order, and what is made of it."""
