"""Rules for values in the stack file's `spark.conf` that Spark, S3A or Kubernetes would not take.

Each would end the driver of every job at its start, or have the API server refuse its executors for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from components.domain import cpu_millicores
from components.settings import conf_memory_rules
from components.settings.problems import Path, Problem
from components.spark.known_properties import consequence, misspelt, unreadable
from components.spark.pod_labels import RESERVED
from components.spark.shared_properties import (
    COMMITTER,
    EMR_CLASS,
    EMR_KEY,
    FACTORIES,
    JARS,
    JAVA_OPTIONS,
    OLD_JAVA,
    OLD_SDK_KNOWN,
    SCHEDULERS,
    SHUFFLE_SERVICE,
    STAGED,
    STAGING_FACTORY,
)
from components.spark.submission import S3A_CLASS

if TYPE_CHECKING:
    from components.settings.model import Settings

_HERE: Final[Path] = ("spark", "conf")
_MOST: Final[Path] = ("spark", "maxExecutors")
_ROLES: Final = ("driver", "executor")

_DYNAMIC: Final = "spark.dynamicAllocation."
_FLOORS: Final = (f"{_DYNAMIC}minExecutors", f"{_DYNAMIC}initialExecutors", "spark.executor.instances")
"""Spark begins with the greatest of them, which has to be no more than the most
(SchedulerBackendUtils.getInitialTargetExecutorNumber)."""

_SWITCH: Final = re.compile(r" *(true|false) *", re.IGNORECASE)
"""What Spark reads as a boolean (ConfigHelpers.toBoolean)."""

_NUMBERS: Final = re.compile(
    r"spark\.(sql\.shuffle\.partitions|default\.parallelism|task\.(cpus|maxFailures)"
    r"|executor\.instances|dynamicAllocation\.(min|initial)Executors)"
)
_REFUSED_VOLUMES: Final = re.compile(r"spark\.kubernetes\.(driver|executor)\.volumes\.(hostPath|nfs)\..*")
_LABEL: Final = re.compile(
    r"spark\.kubernetes\.((driver|executor)\.(service\.)?label|((driver|executor)\.)?node\.selector)"
    r"\.(?P<name>.+)"
)
_LABEL_VALUE: Final = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
_CODECS: Final = tuple(
    f"spark.{each}.codec"
    for each in ("io.compression", "eventLog.compression", "shuffle.mapStatus.compression")
)
_CODEC_NAMES: Final = ("lz4", "lzf", "snappy", "zstd")
"""Short names of CompressionCodec; what has a dot is the name of a class."""

_COMMITTERS: Final = ("directory", "file", "magic", "partitioned")
"""AbstractS3ACommitterFactory and S3ACommitterFactory."""

_STORES: Final = frozenset(
    f"spark.hadoop.fs.s3a.{each}" for each in ("endpoint", "path.style.access", "connection.ssl.enabled")
)
"""Properties that say where the store is, which the platform's own store decides."""

_FILE_SYSTEM: Final = re.compile(r"spark\.hadoop\.fs\.s3[an]?\.impl")


_WAREHOUSE: Final = "spark.sql.warehouse.dir"
_STORE: Final = re.compile(r"(s3[an]?|hdfs)://[^/]")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

_COMMITTER: Final = re.compile(rf"spark\.hadoop\.{COMMITTER}")
_FACTORIES: Final = re.compile(rf"spark\.hadoop\.{FACTORIES}")


def check(settings: Settings) -> Iterator[Problem]:
    """Find every value that does not go with what else the stack file says.

    Args:
        settings: all settings.
    """
    yield from _floors(settings)
    yield from _warehouse(settings)
    yield from _of_other_images(settings)
    yield from _store(settings)
    yield from _task_cores(settings)
    yield from conf_memory_rules.check(settings)
    for role in _ROLES:
        yield from _core_limit(settings, role)


def fault(key: str, value: str) -> str | None:
    """Say why no job could run with a property, and what to write; None if one could.

    Args:
        key: its name.
        value: its value.
    """
    if meant := misspelt(key):
        return f"is no property of Spark, which would not say so; did you mean {meant}?"
    if _NUMBERS.fullmatch(key) and not value.isdecimal():
        return "must be a whole number, 0 or more; write one"
    if wanted := unreadable(key, value):
        return f"{wanted}: {consequence(key)}; write one"
    if key == SHUFFLE_SERVICE and value.strip().lower() != "false":
        return (
            "must be false: Kubernetes has no such service, and executors would end that look for it; remove "
            "it, shuffle tracking is on and does without"
        )
    if key.endswith(".enabled") and not _SWITCH.fullmatch(value):
        return "must be true or false; write one"
    if re.fullmatch(JAVA_OPTIONS, key) and "-Xmx" in value:
        return f"must not have -Xmx, with which no job starts; write spark.{key.split('.')[1]}.memory"
    if re.fullmatch(JAVA_OPTIONS, key) and key.startswith("spark.executor.") and "-Dspark" in value:
        return "must not have -Dspark, with which no job starts; write the property itself into spark.conf"
    if key in _CODECS and "." not in value and value.lower() not in _CODEC_NAMES:
        return f"must be one of {', '.join(_CODEC_NAMES)}, or the full name of a class; write one"
    return _fault_of_kubernetes(key, value) or _fault_of_storage(key, value)


def _fault_of_kubernetes(key: str, value: str) -> str | None:
    if _REFUSED_VOLUMES.fullmatch(key):
        return (
            "can not be used: Pod Security refuses such volumes, and no job would get an executor; write "
            "persistentVolumeClaim, or remove it: scratch lies on the node's disk already"
        )
    if found := _LABEL.fullmatch(key):
        if found["name"] in RESERVED:
            return "is a label that Spark sets itself, and no job starts with another; remove it"
        if not _LABEL_VALUE.fullmatch(value):
            return (
                "is no value of a label, and the API server would refuse every such object: write up to 63 "
                "letters, digits and inner -, _ and ."
            )
    if re.fullmatch(SCHEDULERS, key) and value != "default-scheduler":
        return "must be default-scheduler: there is no other, and every pod would wait for ever; remove it"
    return None


def _fault_of_storage(key: str, value: str) -> str | None:
    if key == "spark.hadoop.fs.s3a.committer.name" and value not in _COMMITTERS:
        return (
            "must be magic, or file for commits by renames: S3A has no other for all; write one, or remove it"
        )
    if _FILE_SYSTEM.fullmatch(key) and value != S3A_CLASS:
        return f"must be {S3A_CLASS}, the only one in the images; remove it, that is the default"
    if key == "spark.hadoop.fs.s3a.aws.credentials.provider" and _of_the_old_sdk(value):
        return "names a class of the AWS SDK 1, which the images do not have; remove it"
    staged = _COMMITTER.fullmatch(key) and value.strip() in STAGED
    if staged or (_FACTORIES.fullmatch(key) and re.search(f"{STAGING_FACTORY}$", value.strip())):
        return (
            "keeps what waits for the commit in a place that all pods of a job share, which no stack can "
            "name for all tenants: outputs would be empty, or refused by the store; write magic, or remove "
            "it. A job that has such a place names both itself"
        )
    return None


def _store(settings: Settings) -> Iterator[Problem]:
    """The cluster's own store has one address: at another no job finds its program, or its log a place."""
    if settings.foundation.kind != "kubernetes":
        return
    for key in sorted(_STORES & set(settings.spark.conf)):
        yield Problem(
            path=(*_HERE, key),
            value=settings.spark.conf[key],
            message="is the platform's: jobs' programs, data and event logs are in the store of "
            "foundation.objectStore, and no job would reach it; remove it, or name another store's bucket as "
            "spark.hadoop.fs.s3a.bucket.NAME.*",
        )


def _task_cores(settings: Settings) -> Iterator[Problem]:
    """A task that wants more than its executor has can never run."""
    key, cores = "spark.task.cpus", settings.spark.executor.cores
    text = settings.spark.conf.get(key, "1")
    yield from _over(key, text, cores, ("spark", "executor", "cores"))


def _over(key: str, text: str, most: int, place: Path) -> Iterator[Problem]:
    """A property that ends every driver where it is over a setting; what is no number has its own rule."""
    if text.isdecimal() and int(text) > most:
        yield Problem(
            path=(*_HERE, key),
            value=text,
            message=f"is over {'.'.join(map(str, place))}, {most}: every driver would end at its start; "
            "lower it, or raise that",
            read=(place,),
        )


def _warehouse(settings: Settings) -> Iterator[Problem]:
    """A path without a scheme belongs to Hadoop's default file system, which is the pod's disk if unset."""
    conf = settings.spark.conf
    folder, base = conf.get(_WAREHOUSE), conf.get("spark.hadoop.fs.defaultFS", "")
    if folder is None or _STORE.match(folder) or (_STORE.match(base) and not _SCHEME.match(folder)):
        return
    yield Problem(
        path=(*_HERE, _WAREHOUSE),
        value=folder,
        message="must be a folder as s3a://: each executor would write its rows to its own disk, and tables "
        "would be empty; write one, or remove it",
    )


def _of_other_images(settings: Settings) -> Iterator[Problem]:
    """What an image of the stack's own may have, and jars may bring."""
    conf = settings.spark.conf
    if settings.spark.image:
        return
    jars = any(key in conf for key in JARS)
    for key, value in conf.items():
        old = [word for word in value.split() if re.search(OLD_JAVA, word)]
        if re.fullmatch(JAVA_OPTIONS, key) and old and "+IgnoreUnrecognizedVMOptions" not in value:
            yield Problem(
                path=(*_HERE, key),
                value=value,
                message=f"has {' '.join(old)}, with which Java 17 does not start; remove it: -Xlog:gc* "
                "is what the garbage collector says, with times",
            )
        if _FILE_SYSTEM.fullmatch(key) or re.match(EMR_KEY, key):
            continue
        if re.search(EMR_CLASS, value) and not jars:
            yield Problem(
                path=(*_HERE, key),
                value=value,
                message="names a class of EMR, which the images do not have: jobs would end where they need "
                "it; remove it, or bring its jar in spark.jars",
            )


def _of_the_old_sdk(value: str) -> bool:
    """Whether one of the classes is in the SDK 1 alone: S3A takes some names of it for their successors."""
    named = (each.strip() for each in value.split(","))
    return any(each.startswith("com.amazonaws.") and each not in OLD_SDK_KNOWN for each in named)


def _floors(settings: Settings) -> Iterator[Problem]:
    """Spark ends a driver whose least number of executors, or that at the start, is over the most."""
    if settings.spark.conf.get("spark.dynamicAllocation.enabled", "true").strip().lower() == "false":
        # Spark compares them with dynamic allocation alone (SchedulerBackendUtils).
        return
    most = settings.spark.max_executors
    for key in _FLOORS:
        text = settings.spark.conf.get(key, "0")
        yield from _over(key, text, most, _MOST)


def _core_limit(settings: Settings, role: str) -> Iterator[Problem]:
    key = f"spark.kubernetes.{role}.limit.cores"
    text = settings.spark.conf.get(key)
    if text is None:
        return
    size = settings.spark.driver.size if role == "driver" else settings.spark.executor.size
    path: Path = (*_HERE, key)
    try:
        limit = cpu_millicores(text)
    except ValueError as error:
        yield Problem(path=path, value=text, message=str(error))
        return
    if limit < cpu_millicores(size.cpu_request):
        yield Problem(
            path=path,
            value=text,
            message=f"is less than spark.{role}.cpuRequest, {size.cpu_request}, and the API server would "
            "refuse each such pod; raise it, or remove it",
            read=(("spark", role, "cpuRequest"),),
        )
