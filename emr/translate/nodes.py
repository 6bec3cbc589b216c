"""Reads a cluster's nodes: which, how many, and how many scaling makes of them. Pure."""

from __future__ import annotations

from emr.model.job import Cluster, Form, Nodes
from emr.model.tree import Leaf, Node, below, items, leaf
from emr.translate import instances


def number(found: Leaf | None, default: int) -> int:
    """A whole number of a field.

    Args:
        found: the field; None if it is missing.
        default: what counts where there is no number.
    """
    text = found.text if found else ""
    return int(text) if text.isdigit() else default


def most(tree: dict[str, Node], found: tuple[Nodes, ...]) -> int | None:
    """Most nodes that scaling gives a cluster, beside its master; None where nothing scales it.

    Args:
        tree: under RunJobFlow's names.
        found: its nodes.
    """
    bounds = [_managed(tree, found), _by_rules(tree)]
    return max((each for each in bounds if each is not None), default=None)


def _managed(tree: dict[str, Node], found: tuple[Nodes, ...]) -> int | None:
    """The bound of managed scaling, whose unit may be nodes, their CPUs or the weights of a fleet."""
    limits = below(tree, "ManagedScalingPolicy", "ComputeLimits")
    unit, bound = leaf(limits, "UnitType"), leaf(limits, "MaximumCapacityUnits")
    if unit is None or bound is None or not bound.text.isdigit():
        return None
    if unit.text == "VCPU":
        on = instances.node(Cluster(form=Form.JOB_FLOW, nodes=found))
        return int(bound.text) // on.vcpu if on else None
    if unit.text == "InstanceFleetUnits":
        fleets = items(tree, "Instances", "InstanceFleets")
        return int(bound.text) // min((_weight(each) for each in fleets if _is_worker(each)), default=1)
    return int(bound.text)


def _by_rules(tree: dict[str, Node]) -> int | None:
    """The bound of groups that scale by rules (`AutoScalingPolicy`)."""
    groups = [each for each in items(tree, "Instances", "InstanceGroups") if _is_worker(each)]
    bounds = [
        (
            number(leaf(each, "InstanceCount"), 0),
            number(leaf(each, "AutoScalingPolicy", "Constraints", "MaxCapacity"), 0),
        )
        for each in groups
    ]
    return sum(max(pair) for pair in bounds) if any(bound for _, bound in bounds) else None


def _is_worker(group: Node) -> bool:
    role = leaf(group, "InstanceRole") or leaf(group, "InstanceFleetType")
    return role is not None and role.text.upper() != "MASTER"


def read(tree: dict[str, Node]) -> tuple[Nodes, ...]:
    """Nodes of a job flow, whether it has groups, fleets or the old form.

    Args:
        tree: under RunJobFlow's names.
    """
    found: list[Nodes] = []
    for group in items(tree, "Instances", "InstanceGroups"):
        role, kind = leaf(group, "InstanceRole"), leaf(group, "InstanceType")
        market = leaf(group, "Market")
        found.append(
            Nodes(
                role=role.text.upper() if role else "",
                types=(kind.text,) if kind else (),
                count=number(leaf(group, "InstanceCount"), 0),
                spot=market is not None and market.text.upper() == "SPOT",
            )
        )
    found += [_fleet(each) for each in items(tree, "Instances", "InstanceFleets")]
    old = leaf(tree, "Instances", "MasterInstanceType")
    if not found and old is not None:
        workers = leaf(tree, "Instances", "SlaveInstanceType") or old
        count = number(leaf(tree, "Instances", "InstanceCount"), 1)
        found = [
            Nodes(role="MASTER", types=(old.text,), count=1, spot=False),
            *([Nodes(role="CORE", types=(workers.text,), count=count - 1, spot=False)] if count > 1 else []),
        ]
    return tuple(found)


def _fleet(fleet: Node) -> Nodes:
    role = leaf(fleet, "InstanceFleetType")
    types = [leaf(each, "InstanceType") for each in items(fleet, "InstanceTypeConfigs")]
    spot = number(leaf(fleet, "TargetSpotCapacity"), 0)
    capacity = spot + number(leaf(fleet, "TargetOnDemandCapacity"), 0)
    return Nodes(
        role=role.text.upper() if role else "",
        types=tuple(each.text for each in types if each),
        count=capacity // _weight(fleet),
        spot=spot > 0,
    )


def _weight(fleet: Node) -> int:
    """Units that the lightest node of a fleet counts for."""
    weights = [number(leaf(each, "WeightedCapacity"), 1) for each in items(fleet, "InstanceTypeConfigs")]
    return max(1, min(weights, default=1))
