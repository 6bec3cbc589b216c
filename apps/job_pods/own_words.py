"""What a job says in its own `sparkConf` and `hadoopConf` that nobody reads: refused, with what was meant.

Over a name that it does not know Spark says nothing, and over a value that it can not read a driver ends: at
its start, or at the first query. The API server looks at the most used of them when a job is created
(components/tenants/admission_properties.py); here is all that Spark knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from .known_properties import consequence, misspelt, unreadable

Json = dict[str, Any]

HADOOP: Final = "spark.hadoop."
"""What the operator writes before a property of `hadoopConf`."""

NOT_OF_JOBS: Final = tuple(
    f"spark.{each}." for each in ("deploy", "history", "master", "test", "testing", "worker")
)
"""Beginnings of names that no driver reads: of Spark's own servers, and of its tests."""


def words_fault(application: Json) -> str | None:
    """Say which of a job's own properties would not count, or would end its driver; None if all is well.

    What no release of Spark has a name like is a library's or the job's own, and its business.

    Args:
        application: the SparkApplication.
    """
    found = [fault for section, key, value in _own(application) if (fault := _fault(section, key, value))]
    return f"{' '.join(found)} Correct it, or remove it" if found else None


def _own(application: Json) -> Iterator[tuple[str, str, str]]:
    """Sections, names as Spark gets them, and values."""
    spec = application["spec"]
    for section, prefix in (("sparkConf", ""), ("hadoopConf", HADOOP)):
        for key, value in (spec.get(section) or {}).items():
            yield section, f"{prefix}{key}", str(value)


def _fault(section: str, key: str, value: str) -> str | None:
    if key.startswith(NOT_OF_JOBS):
        return None
    prefix = HADOOP if section == "hadoopConf" else ""
    name = key.removeprefix(prefix)
    if meant := misspelt(key):
        whose = "S3A" if meant.startswith(HADOOP) else "Spark"
        return (
            f"{section}: {name} is no property of {whose}, which would not say so; did you mean "
            f"{meant.removeprefix(prefix)}?"
        )
    if wanted := unreadable(key, value):
        return f"{section}: {name} {wanted}, not {value}: {consequence(key)}."
    return None
