"""The releases of Spark that jobs choose from, and what each is made of. Pure.

A further release is a row here, its pins in `components.versions` and its locks in `docker/spark/releases/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components import versions


@dataclass(frozen=True, kw_only=True)
class SparkRelease:
    """A release of Spark that has an image.

    Args:
        version: what a job writes as `sparkVersion`.
        scala: Scala that its jars are compiled for.
        pins: names in `components.versions` of the release and its Scala.
        why: who takes it.
    """

    version: str
    scala: str
    pins: tuple[str, str]
    why: str

    @property
    def default(self) -> bool:
        """Whether the platform itself runs it, and jobs of stacks that name none."""
        return self.version == versions.SPARK

    @property
    def image(self) -> str:
        """Name of its image."""
        return "spark" if self.default else f"spark-{self.version}"

    @property
    def python_image(self) -> str:
        """Name of its image with the Python packages that EMR's has."""
        return self.image.replace("spark", "spark-python", 1)


RELEASES: Final[dict[str, SparkRelease]] = {
    release.version: release
    for release in (
        SparkRelease(
            version=versions.SPARK_LTS,
            scala=versions.SCALA_LTS,
            pins=("SPARK_LTS", "SCALA_LTS"),
            why="jobs from EMR 6 and 7: Scala 2.12, no ANSI SQL by default",
        ),
        SparkRelease(
            version=versions.SPARK,
            scala=versions.SCALA,
            pins=("SPARK", "SCALA"),
            why="everything new",
        ),
    )
}
"""Version -> release, oldest first."""

COMMON_PINS: Final = ("HADOOP", "AWS_SDK", "ANALYTICS_ACCELERATOR", "JAVA")
"""Names in `components.versions` of what every release is put together with."""
