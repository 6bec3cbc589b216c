"""Lays one part of a pod over another: what both say is the upper one's, what only one says stays.

Lists of named things are merged by their names, as Kubernetes' strategic merge patch does (patchMergeKey in
k8s.io/api core/v1); of other lists the upper one is taken, except those that add up.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, Final

Json = dict[str, Any]
Key = Callable[[Json], Any]


def _name(item: Json) -> Any:
    return item.get("name")


def _port(item: Json) -> Any:
    return item.get("containerPort"), item.get("protocol", "TCP")


KEYS: Final[dict[str, Key]] = {
    "containers": _name,
    "initContainers": _name,
    "volumes": _name,
    "env": _name,
    "imagePullSecrets": _name,
    "volumeMounts": lambda item: item.get("mountPath"),
    "volumeDevices": lambda item: item.get("devicePath"),
    "ports": _port,
    "hostAliases": lambda item: item.get("ip"),
}
"""Lists of things that have a name, by the field that holds them."""

ADDED: Final = frozenset(
    {"tolerations", "envFrom", "topologySpreadConstraints", "ownerReferences", "finalizers"}
)
"""Lists that add up."""


def merge(lower: Json, upper: Json) -> Json:
    """Lay a mapping over another; neither is changed.

    Args:
        lower: what holds where the other says nothing.
        upper: what wins.
    """
    merged = copy.deepcopy(lower)
    for field, value in upper.items():
        # An empty value of a template is one that Go wrote out, and says nothing.
        if value is None or (value == {} and field in merged):
            continue
        merged[field] = _merged(field, merged[field], value) if field in merged else copy.deepcopy(value)
    return merged


def _merged(field: str, lower: Any, upper: Any) -> Any:
    if isinstance(lower, dict) and isinstance(upper, dict):
        return merge(lower, upper)
    if isinstance(lower, list) and isinstance(upper, list):
        if field in KEYS:
            return _by_key(lower, upper, KEYS[field], replace=field == "volumes")
        if field in ADDED:
            return [*copy.deepcopy(lower), *(copy.deepcopy(each) for each in upper if each not in lower)]
    return copy.deepcopy(upper)


def _by_key(lower: Sequence[Json], upper: Sequence[Json], key: Key, *, replace: bool) -> list[Json]:
    """Merge two lists; a volume is replaced whole, as it may have one source only."""
    merged = {key(each): copy.deepcopy(each) for each in lower}
    for each in upper:
        name = key(each)
        merged[name] = merge(merged[name], each) if name in merged and not replace else copy.deepcopy(each)
    return list(merged.values())
