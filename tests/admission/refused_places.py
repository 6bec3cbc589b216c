"""Jobs whose rows would lie on the disk of one pod, and what the answer says."""

from __future__ import annotations

from typing import Any

from tests.admission.jobs import conf, sized

PLACES: dict[str, tuple[dict[str, Any], str]] = {
    "a staging committer's place in a store that is not the default file system": (
        sized(
            hadoopConf={
                "fs.s3a.committer.name": "directory",
                "fs.s3a.committer.staging.tmp.path": "s3a://data/team-dev/tmp",
            }
        ),
        "a place in a store counts if fs.defaultFS is that store",
    ),
    "a staging committer's place on the disk of each pod, beside a store for all else": (
        sized(
            hadoopConf={
                "fs.defaultFS": "s3a://data",
                "fs.s3a.committer.name": "directory",
                "fs.s3a.committer.staging.tmp.path": "file:/tmp",
            }
        ),
        "fs.s3a.committer.name can not be directory",
    ),
    "tables on the disk of each pod, which is said to be the default file system": (
        conf(hadoop__fs__defaultFS="file:///", sql__warehouse__dir="tables"),
        "spark.sql.warehouse.dir must be an s3a:// address, not tables",
    ),
    "tables on the disk of each pod, beside a store for all else": (
        conf(hadoop__fs__defaultFS="s3a://data", sql__warehouse__dir="file:/tables"),
        "spark.sql.warehouse.dir must be an s3a:// address, not file:/tables",
    ),
    "two default file systems, of which one is the disk of each pod": (
        sized(
            hadoopConf={"fs.defaultFS": "s3a://data"},
            sparkConf={"spark.hadoop.fs.defaultFS": "file:///", "spark.sql.warehouse.dir": "tables"},
        ),
        "spark.sql.warehouse.dir must be an s3a:// address, not tables",
    ),
    "a committer that needs a shared disk, beside a volume of settings": (
        sized(
            volumes=[{"name": "settings", "configMap": {"name": "settings"}}],
            sparkConf={"spark.hadoop.fs.s3a.committer.name": "directory"},
        ),
        "fs.s3a.committer.name can not be directory",
    ),
    "a staging committer with Hadoop's own place, on the disk of each pod": (
        sized(
            hadoopConf={
                "fs.s3a.committer.name": "directory",
                "fs.s3a.committer.staging.tmp.path": "tmp/staging",
            }
        ),
        "fs.s3a.committer.name can not be directory",
    ),
    "a committer that needs a shared disk": (
        conf(hadoop__fs__s3a__committer__name="directory"),
        "fs.s3a.committer.name can not be directory: it keeps what waits for the commit on a disk",
    ),
    "the same among Hadoop's properties": (
        sized(hadoopConf={"fs.s3a.committer.name": "partitioned"}),
        "fs.s3a.committer.name can not be partitioned",
    ),
}
