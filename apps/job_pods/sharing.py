"""Whether the pods of a job share a disk, on which what one writes the others see, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .fields import CONTAINERS

Json = dict[str, Any]

_VOLUMES: Final = "spark.kubernetes.executor.volumes."

ON_A_DISK: Final = "spark.hadoop.mapreduce.outputcommitter.factory.scheme.file"
"""What makes the committer of a `file:` address (PathOutputCommitterFactory)."""

RENAMES: Final = "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory"
"""Hadoop's own, which commits by renames."""

REFUSES: Final = "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory"
"""S3A's, which refuses what is no store of its own."""

FOLDERS: Final = "spark.hadoop.sparkoneks.shared.disks"
"""Read by docker/spark/commit/SharedDisksOnly.java."""

IMAGES: Final = tuple(f"spark.kubernetes.{role}container.image" for role in ("", "driver.", "executor."))

KNOWS_FOLDERS: Final = "sparkoneks.commit.SharedDisksOnly"
"""The platform's own, in its images alone (components/spark/conf_places.py)."""


def shares_a_disk(application: Json, given: Mapping[str, str]) -> bool:
    """Say whether executors have a volume that others have too: a claim, or NFS.

    Args:
        application: the SparkApplication.
        given: properties that the operator's options have.
    """
    spec = application["spec"]
    template = ((spec.get("executor") or {}).get("template") or {}).get("spec") or {}
    volumes = [*(spec.get("volumes") or []), *(template.get("volumes") or [])]
    return any("persistentVolumeClaim" in each or "nfs" in each for each in volumes) or any(
        key.startswith(f"{_VOLUMES}nfs.")
        or (
            key.startswith(f"{_VOLUMES}persistentVolumeClaim.")
            and key.endswith(".claimName")
            and value != "OnDemand"
        )
        for key, value in given.items()
    )


def shared_disk(
    pods: Mapping[str, Json], conf: Mapping[str, str], given: Mapping[str, str], defaults: Mapping[str, str]
) -> dict[str, str]:
    """Find the property by which a job may write to a disk that its pods share; few other jobs need one.

    The platform's committer of a disk refuses all else, as rows on that of one pod are lost.

    Args:
        pods: role -> its pod, as Spark makes it.
        conf: properties that hold, defaults included.
        given: properties that the operator's options have.
        defaults: the platform's.
    """
    if ON_A_DISK not in defaults or ON_A_DISK in given or FOLDERS in given:
        return {}
    each_has_its_own = {
        key.removeprefix(f"{_VOLUMES}persistentVolumeClaim.").removesuffix(".options.claimName")
        for key, value in conf.items()
        if key.startswith(f"{_VOLUMES}persistentVolumeClaim.") and value == "OnDemand"
    }
    driver, executor = (dict(_mounts(pods[role], role, each_has_its_own)) for role in ("driver", "executor"))
    folders = sorted(path for path, disk in executor.items() if driver.get(path) == disk)
    images = {given[key] for key in IMAGES if key in given}
    usual = _repository(defaults.get(IMAGES[0], ""))
    of_another_image = any(_repository(each) != usual for each in images)
    knows = defaults[ON_A_DISK] == KNOWS_FOLDERS
    if folders:
        return {FOLDERS: ",".join(folders)} if knows and not of_another_image else {ON_A_DISK: RENAMES}
    # What another image lacks would be an error about a class, not about a disk.
    return {ON_A_DISK: REFUSES} if knows and of_another_image else {}


def _mounts(pod: Json, role: str, each_has_its_own: set[str]) -> Iterator[tuple[str, tuple[Json, str]]]:
    """Where a role has what other pods can have too: folder, and what lies there."""
    spec = pod["spec"]
    disks = {
        volume["name"]: {kind: volume[kind]}
        for volume in spec.get("volumes") or []
        for kind in ("persistentVolumeClaim", "nfs")
        if volume.get(kind) and volume["name"] not in each_has_its_own
    }
    for container in spec["containers"]:
        if container["name"] != CONTAINERS[role]:
            continue
        for mount in container.get("volumeMounts") or []:
            # A path of variables is another one in each pod.
            if mount["name"] in disks and not mount.get("subPathExpr"):
                yield mount["mountPath"].rstrip("/"), (disks[mount["name"]], mount.get("subPath", ""))


def _repository(image: str) -> str:
    """An image's reference without its tag or digest: the platform's of Spark have the same one."""
    folder, slash, name = image.partition("@")[0].rpartition("/")
    return folder + slash + name.partition(":")[0]
