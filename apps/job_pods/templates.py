"""Makes a job's pod templates: the platform's, with the job's own template and fields laid over it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from .fields import CONTAINERS, LOCAL_DIR, pod_of
from .merging import merge

Json = dict[str, Any]

CONFINED: Final[Json] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
"""What the restricted Pod Security Standard asks of each container beyond what it asks of the pod."""

KEPT_METADATA: Final = ("labels", "annotations")
"""What a template may say of its pod; its name and namespace are Spark's."""


def template_of(
    application: Json,
    role: str,
    platform: Json,
    priority: str,
    *,
    local_dirs: Collection[str] = (),
    in_memory: bool = False,
) -> Json:
    """Make the pod template of a role.

    Args:
        application: the SparkApplication.
        role: "driver" or "executor".
        platform: the platform's own template.
        priority: PriorityClass of the namespace's pods.
        local_dirs: names of volumes that Spark's properties make local directories of this role.
        in_memory: True to have Spark's own local directories there (spark.kubernetes.local.dirs.tmpfs).
    """
    own: Json = (application["spec"].get(role) or {}).get("template") or {}
    spec = merge(platform["spec"], {"priorityClassName": priority})
    asked = merge(_named(own.get("spec") or {}, CONTAINERS[role]), pod_of(application, role))
    if _has_local_dir(asked) or local_dirs:
        spec = _without_own_local_dir(spec)
    elif in_memory:
        spec = {**spec, "volumes": [_in_memory(each) for each in spec.get("volumes", [])]}
    merged = merge(spec, asked)
    for kind in ("containers", "initContainers"):
        if kind in merged:
            merged[kind] = [_confined(each) for each in merged[kind]]
    metadata = {key: own["metadata"][key] for key in KEPT_METADATA if (own.get("metadata") or {}).get(key)}
    metadata["ownerReferences"] = [_owner(application, controller=role == "driver")]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": merged}


def _named(spec: Json, container: str) -> Json:
    """A template's spec, with the first container under Spark's name if none has it, as Spark takes it."""
    containers = spec.get("containers") or []
    if not containers or any(each.get("name") == container for each in containers):
        return spec
    first, *others = containers
    return {**spec, "containers": [{**first, "name": container}, *others]}


def _confined(container: Json) -> Json:
    return {**container, "securityContext": merge(CONFINED, container.get("securityContext") or {})}


def _has_local_dir(pod: Json) -> bool:
    return any(str(each.get("name", "")).startswith(LOCAL_DIR) for each in pod.get("volumes") or [])


def _without_own_local_dir(spec: Json) -> Json:
    """The platform's scratch volume under a name that Spark does not take for a local directory.

    A job that brings local directories means its shuffle to lie there and nowhere else; S3A's buffers stay.
    """

    def renamed(items: list[Json]) -> list[Json]:
        return [{**each, "name": each["name"].removeprefix(LOCAL_DIR)} for each in items]

    first, *others = spec["containers"]
    mounts = renamed(first.get("volumeMounts", []))
    return {
        **spec,
        "volumes": renamed(spec.get("volumes", [])),
        "containers": [{**first, "volumeMounts": mounts}, *others],
    }


def _in_memory(volume: Json) -> Json:
    if not volume["name"].startswith(LOCAL_DIR) or "emptyDir" not in volume:
        return volume
    return {**volume, "emptyDir": {**volume["emptyDir"], "medium": "Memory"}}


def _owner(application: Json, *, controller: bool) -> Json:
    """Who a pod goes with: the job. An executor's controller is its driver (the operator's submission.go)."""
    metadata = application["metadata"]
    owner: Json = {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "name": metadata["name"],
        "uid": metadata["uid"],
    }
    return {**owner, "controller": True, "blockOwnerDeletion": True} if controller else owner
