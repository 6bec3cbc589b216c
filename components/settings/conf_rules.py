"""Rules for the stack file's `spark.conf`: what would break every job of every tenant at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from components.settings import conf_value_rules
from components.settings.problems import Path, Problem
from components.spark.sizing import PROPERTIES
from components.spark.submission import FILE_LISTS, FILE_PATTERN, KUBERNETES_PATTERN, RESERVED_PATTERN

if TYPE_CHECKING:
    from components.settings.model import Settings

_HERE: Final[Path] = ("spark", "conf")

PLATFORMS: Final[Mapping[str, str]] = {
    "spark.eventLog.dir": "the history server reads the folder that each tenant has in the bucket named by "
    "objectStorage.buckets.events",
    "spark.eventLog.enabled": "without an event log the history server shows no job, and no exit is known",
    "spark.ui.killEnabled": "a job's page has no login, so whoever reaches it could end its stages",
    "spark.kubernetes.authenticate.driver.serviceAccountName": "the tenants' namespaces have its account",
    "spark.kubernetes.authenticate.executor.serviceAccountName": "the tenants' namespaces have its account",
    "spark.driver.port": "network policies name it",
    "spark.driver.host": "each driver has its own, the Service that spark-submit makes for it",
    "spark.driver.bindAddress": "each driver has its own, the address of its pod",
    "spark.blockManager.port": "network policies name it",
    "spark.kubernetes.container.image": "it is spark.image; write it there",
    "spark.kubernetes.driver.pod.name": "every job would have the same driver, and only one could run",
    "spark.ui.port": "network policies and the pages of runs name it, 4040",
    "spark.ui.enabled": "without a page a running job has no live view, and no metrics",
    "spark.kubernetes.executor.podNamePrefix": "the executors of all jobs would have the same names",
    "spark.sql.sources.commitProtocolClass": "by Spark's own for object stores an overwrite of single "
    "partitions appends (3.5), or is refused (4.1); a job that needs another names it itself, and with "
    "spark.hadoop.fs.s3a.committer.magic.enabled: false all commit by renames",
}
"""Properties that no stack can choose, and why."""

SAME: Final = {"spark.ui.port": "4040", "spark.ui.enabled": "true"}
"""Values of those that say what is so already."""

_DOWNLOADS: Final = re.compile(r"spark\.jars\.(packages|repositories|excludes|ivy.*)")
EXECUTOR_SERIES: Final = 41
"""Series that a driver shows of each executor and of itself (Spark 4.1, PrometheusResource; counted live)."""


def check(settings: Settings) -> Iterator[Problem]:
    """Find every property that no job could run with, or that something else decides.

    Args:
        settings: all settings.
    """
    for key, value in settings.spark.conf.items():
        for message in filter(None, (_fault(key, value), conf_value_rules.fault(key, value))):
            yield Problem(path=(*_HERE, key), value=value, message=message)
    yield from _shown(settings)
    yield from conf_value_rules.check(settings)


def _fault(key: str, value: str) -> str | None:
    if key in PROPERTIES:
        return f"has a setting of its own; remove it here and write {PROPERTIES[key]}"
    if key in PLATFORMS and value != SAME.get(key):
        return f"is the platform's: {PLATFORMS[key]}; remove it"
    if key.startswith("spark.history."):
        return (
            "is the history server's, and no job reads it; remove it and write history, such as history.disk"
        )
    if _DOWNLOADS.fullmatch(key):
        return (
            "can not be used: jars would be downloaded for each job anew, and no pod reaches Maven; put them "
            "into the artifacts bucket and name them in spark.jars as s3a:// files, or into the image"
        )
    if re.search(RESERVED_PATTERN, key) or _is_submissions(key):
        return "acts in the operator and not in the jobs, and every job would be refused; remove it"
    if key in FILE_LISTS and not all(re.search(FILE_PATTERN, file) for file in value.split(",")):
        return "must name files as local://, s3a:// or https://, without wildcards or blanks; write them so"
    return None


def _is_submissions(key: str) -> bool:
    return key.startswith("spark.kubernetes.") and not re.search(KUBERNETES_PATTERN, key)


def _shown(settings: Settings) -> Iterator[Problem]:
    """A driver that shows more than its bound is not scraped, at the very size that somebody wants to see."""
    most, bound = settings.spark.max_executors, settings.observability.samples_per_driver
    needed = (most + 1) * EXECUTOR_SERIES
    if settings.observability.enabled and needed > bound:
        yield Problem(
            path=("observability", "samplesPerDriver"),
            value=bound,
            message=f"is too small for a job of {most} executors, whose driver shows {needed} series and "
            f"would not be scraped; write {needed} or more, or lower spark.maxExecutors",
            read=(("spark", "maxExecutors"),),
        )
