"""Terraform's `aws_emr_cluster`, under RunJobFlow's names. Pure.

Names of the provider: hashicorp/terraform-provider-aws, `internal/service/emr/cluster.go`. A block may stand
there as a mapping, or as a list of mappings, as HCL and `terraform show -json` write it.
"""

from __future__ import annotations

import json
from typing import Final

from emr.model.tree import Leaf, Node, below, items, plant

_OWN: Final = {
    "release_label",
    "master_instance_group",
    "core_instance_group",
    "master_instance_fleet",
    "instance_group",
    "master_instance_type",
    "step",
    "ec2_attributes",
    "bootstrap_action",
}

_NAMES: Final = {
    "autoscaling_role": "AutoScalingRole",
    "ebs_root_volume_size": "EbsRootVolumeSize",
    "log_encryption_kms_key_id": "LogEncryptionKmsKeyId",
    "os_release_label": "OSReleaseLabel",
    "placement_group_config": "PlacementGroupConfigs",
    "bootstrap_action": "BootstrapActions",
    "step": "Steps",
    "type": "InstanceType",
    "size": "SizeInGB",
    "ebs_config": "EbsBlockDeviceConfigs",
    "instance_type_configs": "InstanceTypeConfigs",
    "launch_specifications": "LaunchSpecifications",
    "spot_specification": "SpotSpecification",
    "on_demand_specification": "OnDemandSpecification",
    "maximum_ondemand_capacity_units": "MaximumOnDemandCapacityUnits",
    "autoscaling_policy": "AutoScalingPolicy",
}
# Of the provider before its version 2: `core_instance_count` is InstanceCount, the master among them
# (hashicorp/terraform#9683).
_OF_INSTANCES: Final = {
    "master_instance_type": "MasterInstanceType",
    "core_instance_type": "SlaveInstanceType",
    "core_instance_count": "InstanceCount",
    "termination_protection": "TerminationProtected",
    "keep_job_flow_alive_when_no_steps": "KeepJobFlowAliveWhenNoSteps",
    "unhealthy_node_replacement": "UnhealthyNodeReplacement",
}
_GROUPS: Final = {
    f"{role}_instance_{kind}": (role.upper(), kind)
    for role in ("master", "core", "task")
    for kind in ("group", "fleet")
}
_SINGLE: Final = {
    "hadoop_jar_step",
    "auto_termination_policy",
    "kerberos_attributes",
    "ec2_attributes",
    "launch_specifications",
    "spot_specification",
    "on_demand_specification",
    "compute_limits",
    "managed_scaling_policy",
}
"""Blocks of which there is one at most."""


def is_cluster(node: Node) -> bool:
    """Say whether a node is an `aws_emr_cluster`."""
    return isinstance(node, dict) and len(_OWN & node.keys()) >= 2


def are_steps(node: Node) -> bool:
    """Say whether a node is a list of `step` blocks, as they stand in a variable or a file of their own."""
    return (
        isinstance(node, list)
        and bool(node)
        and all(isinstance(each, dict) and "hadoop_jar_step" in each for each in node)
    )


def steps(node: list[Node]) -> list[Node]:
    """Steps under RunJobFlow's names.

    Args:
        node: a list of `step` blocks.
    """
    return [_pascal_tree(each) for each in node]


def flow(node: dict[str, Node]) -> dict[str, Node]:
    """A job flow of a cluster.

    Args:
        node: the resource's arguments.
    """
    found: dict[str, Node] = {}
    instances: dict[str, Node] = {}
    for key, part in node.items():
        if key in _GROUPS:
            _add_group(instances, key, part)
        elif key == "instance_group":
            instances["InstanceGroups"] = [_with_defaults(_pascal_tree(each)) for each in items(node, key)]
        elif key in _OF_INSTANCES:
            instances[_OF_INSTANCES[key]] = part
        elif key == "ec2_attributes":
            instances["Ec2InstanceAttributes"] = _pascal_tree(_single(part))
        elif key in {"configurations", "configurations_json"}:
            found["Configurations"] = _configurations(part)
        elif key == "applications":
            found["Applications"] = [{"Name": each} for each in items(node, key)]
        elif key in {"tags", "tags_all"}:
            found["Tags" if key == "tags" else "TagsAll"] = part
        else:
            found[pascal(key)] = _pascal_tree(_single(part) if key in _SINGLE else part)
    if instances:
        found["Instances"] = instances
    return _with_profile(found)


def _with_profile(found: dict[str, Node]) -> dict[str, Node]:
    attributes = below(found, "Instances", "Ec2InstanceAttributes")
    if isinstance(attributes, dict) and "InstanceProfile" in attributes:
        found["JobFlowRole"] = attributes.pop("InstanceProfile")
    return found


def _add_group(instances: dict[str, Node], key: str, part: Node) -> None:
    role, kind = _GROUPS[key]
    name, list_name = (
        ("InstanceRole", "InstanceGroups") if kind == "group" else ("InstanceFleetType", "InstanceFleets")
    )
    groups = instances.setdefault(list_name, [])
    assert isinstance(groups, list)  # noqa: S101 - set here
    for each in part if isinstance(part, list) else [part]:
        tree = _pascal_tree(each)
        if isinstance(tree, dict):
            groups.append({name: Leaf(role, ""), **tree, **({} if kind == "fleet" else _defaults(tree))})


def _with_defaults(group: Node) -> Node:
    return {**group, **_defaults(group)} if isinstance(group, dict) else group


def _defaults(tree: dict[str, Node]) -> dict[str, Node]:
    """What the provider takes where nothing is said: one instance; spot if there is a bid."""
    found: dict[str, Node] = {}
    if "InstanceCount" not in tree:
        found["InstanceCount"] = Leaf(1, "")
    if "Market" not in tree:
        found["Market"] = Leaf("SPOT" if "BidPrice" in tree else "ON_DEMAND", "")
    return found


def _configurations(part: Node) -> Node:
    if not isinstance(part, Leaf) or not isinstance(part.value, str):
        return part
    try:
        return plant(json.loads(part.value), f"{part.at}#")
    except ValueError:
        return part


def _single(part: Node) -> Node:
    return part[0] if isinstance(part, list) and len(part) == 1 else part


def _pascal_tree(node: Node) -> Node:
    if isinstance(node, dict):
        return {
            pascal(key): (
                _configurations(part)
                if key in {"configurations_json", "autoscaling_policy"}
                else part
                if key == "properties"
                else _pascal_tree(_single(part) if key in _SINGLE else part)
            )
            for key, part in node.items()
        }
    return [_pascal_tree(each) for each in node] if isinstance(node, list) else node


def pascal(key: str) -> str:
    """`action_on_failure` as `ActionOnFailure`.

    Args:
        key: of Terraform.
    """
    return _NAMES.get(key) or "".join(each[:1].upper() + each[1:] for each in key.split("_"))
