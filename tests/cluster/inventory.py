"""All that a cluster holds, to compare before and after."""

from __future__ import annotations

import json
from collections.abc import Iterable

from toolchain.kubectl import Kubectl

Item = tuple[str, str, str]
"""Kind with its group, namespace, name."""

PASSING = frozenset({"events", "events.events.k8s.io", "componentstatuses"})
"""Resources that say what happened or how things are: nothing that somebody made."""


def take(kubectl: Kubectl) -> frozenset[Item]:
    """Every object of every type that can be listed.

    Args:
        kubectl: the cluster.
    """
    kinds = set(kubectl.run("api-resources", "--verbs=list", "--output=name", "--cached=false").split())
    # A type may go away between the two calls; kubectl then fails, and the caller asks again.
    listed = kubectl.run("get", ",".join(sorted(kinds - PASSING)), "--all-namespaces", "--output=json")
    return frozenset(
        (
            f"{item['kind']}.{item['apiVersion'].rpartition('/')[0]}".rstrip("."),
            item["metadata"].get("namespace", ""),
            item["metadata"]["name"],
        )
        for item in json.loads(listed)["items"]
        # A node's own sign of life, which it gives when it likes.
        if item["metadata"].get("namespace") != "kube-node-lease"
    )


def told(items: Iterable[Item]) -> str:
    """Objects as lines of text."""
    return "\n".join(
        f"{kind} {namespace + '/' if namespace else ''}{name}" for kind, namespace, name in sorted(items)
    )
