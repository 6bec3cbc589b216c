"""Whether a job's pod can still write where Spark does: shuffle files, the working folder, /tmp.

The API server takes such a pod, and each task fails, or the driver at its first file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .fields import CONTAINERS

Json = dict[str, Any]

BUFFERS: Final = "spark.hadoop.fs.s3a.buffer.dir"
"""Where S3A keeps what it uploads: folders, of which one has to do."""

WRITABLE: Final = ("emptyDir", "ephemeral", "persistentVolumeClaim", "hostPath", "nfs")
"""Sources of volumes that a pod writes to; Kubernetes mounts all others read-only."""


def scratch_fault(platform: Json, merged: Json, role: str) -> str | None:
    """Say what a job put where Spark writes; None if all is well.

    Args:
        platform: spec of the platform's own pod template.
        merged: the same with the job's own parts over it.
        role: "driver" or "executor", for the message.
    """
    first = platform["containers"][0]
    (container,) = (each for each in merged["containers"] if each["name"] == first["name"])
    sources = {each["name"]: each for each in merged.get("volumes", [])}
    for path in (each["mountPath"] for each in first.get("volumeMounts", [])):
        for mount in container["volumeMounts"]:
            if mount["mountPath"].rstrip("/") != path:
                continue
            volume = sources.get(mount["name"], {})
            if mount.get("readOnly") or not any(source in volume for source in WRITABLE):
                return (
                    f"the {role}'s pod would have {path} read-only, from its volume {mount['name']}: Spark "
                    "writes there. Mount it at a path of its own, or under another name"
                )
    return None


def buffers_fault(pod: Json, role: str, given: Mapping[str, str]) -> str | None:
    """Say that a role's pod has no volume where its job wants uploads to be kept; None if all is well.

    Nothing can be written beside volumes, and S3A's own words for it are that no folder has space.

    Args:
        pod: the pod, as Spark would make it.
        role: "driver" or "executor", for the message.
        given: properties that the operator's options have, the job's own among them.
    """
    said = given.get(BUFFERS, "")
    container = next(each for each in pod["spec"]["containers"] if each["name"] == CONTAINERS[role])
    sealed = (container.get("securityContext") or {}).get("readOnlyRootFilesystem")
    if not said or not sealed or "$" in said:
        return None
    mounts = [each["mountPath"].rstrip("/") for each in container["volumeMounts"] if not each.get("readOnly")]
    folders = [each.strip().rstrip("/") for each in said.split(",")]
    if any(f"{folder}/".startswith(f"{mount}/") for folder in folders for mount in mounts):
        return None
    return (
        f"the {role}'s pod has no volume at {said}, of {BUFFERS.removeprefix('spark.hadoop.')}: each upload "
        "would fail. Remove it, the platform's own place lies on a disk; or mount a volume there"
    )
