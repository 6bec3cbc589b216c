"""Parts of a cluster that are resources of their own in Terraform: they go back into their cluster. Pure.

There are `aws_emr_managed_scaling_policy`, `aws_emr_instance_group` and `aws_emr_instance_fleet`
(hashicorp/terraform-provider-aws, `internal/service/emr`). The last two are always of TASK nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from emr.model.tree import Node, below, holes, items, leaf

_CLUSTER: Final = "aws_emr_cluster"
_PARTS: Final = {
    "aws_emr_managed_scaling_policy": ("managed_scaling_policy", ("compute_limits", "scaling_strategy")),
    "aws_emr_instance_group": ("task_instance_group", ()),
    "aws_emr_instance_fleet": ("task_instance_fleet", ()),
}
"""Resource -> the block of a cluster that it stands for, and which of its arguments; none for all."""

_Resource = tuple[str, str, dict[str, Node]]
"""Type, name and arguments."""


def attach(tree: Node) -> None:
    """Move the parts of clusters into them; a part whose cluster is not in the file stays where it is.

    Args:
        tree: a file's tree, HCL or a plan; its mappings are changed.
    """
    found = list(_resources(tree))
    clusters = [(name, body) for kind, name, body in found if kind == _CLUSTER]
    for kind, _, body in found:
        if kind not in _PARTS:
            continue
        if (cluster := _cluster_of(body, clusters)) is not None:
            _move(kind, body, cluster)


def _cluster_of(body: dict[str, Node], clusters: list[tuple[str, dict[str, Node]]]) -> dict[str, Node] | None:
    """The cluster that a part names; in a plan, which has no name for what is not there yet, the only one."""
    named = leaf(body, "cluster_id")
    for text in holes(named.text) if named else ():
        if match := re.search(rf"\b{_CLUSTER}\.(\w+)", text):
            fits = [cluster for name, cluster in clusters if name == match[1]]
            return fits[0] if len(fits) == 1 else None
    return clusters[0][1] if len(clusters) == 1 else None


def _move(kind: str, body: dict[str, Node], cluster: dict[str, Node]) -> None:
    block, wanted = _PARTS[kind]
    names = [key for key in body if key != "cluster_id" and (not wanted or key in wanted)]
    blocks = [*items(cluster, block), {key: body.pop(key) for key in names}]
    cluster[block] = blocks


def _resources(node: Node) -> Iterator[_Resource]:
    if isinstance(node, list):
        for part in node:
            yield from _resources(part)
    if not isinstance(node, dict):
        return
    kind, name, values = leaf(node, "type"), leaf(node, "name"), below(node, "values")
    if kind is not None and name is not None and isinstance(values, dict):
        yield kind.text, name.text, values
        return
    for key, part in node.items():
        if key in {_CLUSTER, *_PARTS} and isinstance(part, dict):
            for own, body in part.items():
                if isinstance(body, dict):
                    yield key, own, body
        else:
            yield from _resources(part)
