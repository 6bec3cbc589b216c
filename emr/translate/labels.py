"""Release labels: which Spark a job has today, and which it gets here. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from components.versions import SPARK, SPARK_LTS
from emr.tables import table

_LABEL: Final = re.compile(
    r"emr-(?P<spark>spark-)?(?P<major>\d+)\.(?P<minor>\d+)(\.\d+)?"
    r"(-(java\d+|spark-rapids|notebook-spark|latest|\d{8}|flink|al2023))*"
)
"""`emr-7.9.0`, with a variant and a date or `-latest` as the images of EMR on EKS have them."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """What a label holds.

    Args:
        label: as the input has it.
        spark: release of Spark.
        scala: its Scala.
        hadoop: its Hadoop; empty if it is not known.
        python: its Pythons; empty if it is not known.
    """

    label: str
    spark: str
    scala: str
    hadoop: str
    python: str

    @property
    def target(self) -> str:
        """Release of Spark here: the same Spark first and Spark 4 later, or a difference has two causes."""
        return SPARK if self.spark.startswith("4.") else SPARK_LTS

    @property
    def recompile(self) -> bool:
        """Whether its jars do not run here: Scala 2.11 is in no release any more."""
        return self.scala == "2.11"


def release(label: str) -> Release | None:
    """What a label holds; None if it is not known, and nothing is guessed.

    Args:
        label: such as `emr-6.15.0` or `emr-6.2.0-latest`.
    """
    match = _LABEL.fullmatch(label.strip())
    if match is None:
        return None
    version = (int(match["major"]), int(match["minor"]))
    for row in table("labels.yaml"):
        first, last = str(row["from"]), str(row["to"])
        if first.startswith("spark-") != bool(match["spark"]):
            continue
        if _pair(first) <= version <= _pair(last):
            return Release(
                label=label,
                spark=str(row["spark"]),
                scala=str(row["scala"]),
                hadoop=str(row["hadoop"]),
                python=str(row["python"]),
            )
    return None


def _pair(text: str) -> tuple[int, int]:
    major, minor = text.removeprefix("spark-").split(".")
    return int(major), int(minor)
