"""Where data is that a job does not say the place of, and what other schemes of S3 mean. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from components.domain import ObjectStorage
from components.spark.setting import Setting

_OF_S3A: Final = "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory"
"""Makes the committers of S3A, and refuses what is no store of its own."""


def place_settings(storage: ObjectStorage, *, own_image: bool) -> Iterable[Setting]:
    """List the properties.

    Args:
        storage: where data is.
        own_image: True if the platform did not build the image of jobs: it has no class of ours.
    """
    yield Setting(
        "spark.sql.warehouse.dir",
        storage.job_warehouse_dir,
        "else a table lies in a folder of each pod: its executors' rows are lost, and the job succeeds",
    )
    yield Setting(
        "spark.hadoop.mapreduce.outputcommitter.factory.scheme.file",
        _OF_S3A if own_image else "sparkoneks.commit.SharedDisksOnly",
        "it refuses what is no store before a task has run: else each executor writes to its own disk, the "
        "driver commits what it sees, and the job succeeds without its rows. apps/job_pods says which "
        "folders the pods of a job share; where Hadoop does not ask a factory, the image's classes do "
        "(docker/spark/commit)",
    )
    for scheme in ("s3", "s3n"):
        yield Setting(
            f"spark.hadoop.fs.{scheme}.impl",
            "org.apache.hadoop.fs.s3a.S3AFileSystem",
            "jobs from EMR say s3://; it is the same store",
        )
        yield Setting(
            f"spark.hadoop.mapreduce.outputcommitter.factory.scheme.{scheme}",
            _OF_S3A,
            "the committer is chosen by the scheme: without it, output is committed by renames, in silence",
        )
