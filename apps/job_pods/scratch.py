"""Whether a job's pod can still write where Spark does: shuffle files, the working folder, /tmp.

The API server takes such a pod, and each task fails, or the driver at its first file.
"""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

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
