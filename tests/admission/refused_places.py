"""Jobs whose rows would lie on the disk of one pod, and what the answer says."""

from __future__ import annotations

from typing import Any

from tests.admission.jobs import SHARED, conf, sized

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
        "must be a folder of the namespace in fs.defaultFS, not file:/tmp. Write magic, or remove it; or "
        "write s3a://data/data-dev/staging",
    ),
    "a staging committer without a place, in a store": (
        sized(hadoopConf={"fs.defaultFS": "s3a://data/any", "fs.s3a.committer.name": "directory"}),
        "staging.tmp.path must be a folder of the namespace in fs.defaultFS, and is not there. Write magic, "
        "or remove it; or write s3a://data/data-dev/staging",
    ),
    "a staging committer's place below the home of a user, in a store": (
        sized(
            hadoopConf={"fs.defaultFS": "s3a://data", "fs.s3a.committer.staging.tmp.path": "tmp/staging"},
            sparkConf={"spark.hadoop.fs.s3a.committer.name": " partitioned"},
        ),
        "must be a folder of the namespace in fs.defaultFS, not tmp/staging. Write magic",
    ),
    "a staging committer without a place, beside a disk of all pods": (
        sized(volumes=[SHARED], hadoopConf={"fs.s3a.committer.name": "directory"}),
        "fs.s3a.committer.staging.tmp.path must be a folder on the volume that they share, as file:/, and is "
        "not there. Write it, or magic",
    ),
    "a staging committer for one bucket": (
        sized(hadoopConf={"fs.s3a.bucket.my.bucket.committer.name": "directory"}),
        "spec can not have fs.s3a.bucket.my.bucket.committer.name: directory",
    ),
    "a staging committer by its class": (
        conf(
            hadoop__mapreduce__outputcommitter__factory__scheme__s3a=(
                "org.apache.hadoop.fs.s3a.commit.staging.PartitionedStagingCommitterFactory"
            )
        ),
        "spec can not have spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a: org.apache.hadoop",
    ),
    "a staging committer for all schemes, by its class": (
        sized(
            hadoopConf={
                "mapreduce.outputcommitter.factory.class": (
                    "org.apache.hadoop.fs.s3a.commit.staging.DirectoryStagingCommitterFactory"
                )
            }
        ),
        "spec can not have mapreduce.outputcommitter.factory.class",
    ),
    "a protocol that appends where partitions are to be overwritten": (
        sized(
            sparkVersion="3.5.8",
            sparkConf={
                "spark.sql.sources.commitProtocolClass": (
                    "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol"
                ),
                "spark.sql.sources.partitionOverwriteMode": "DYNAMIC",
            },
        ),
        "in Spark 3.5.8, which would add to a partition what should take its place (SPARK-56588). Remove",
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
        "fs.s3a.committer.name: directory: such a committer",
    ),
    "a staging committer with Hadoop's own place, on the disk of each pod": (
        sized(
            hadoopConf={
                "fs.s3a.committer.name": "directory",
                "fs.s3a.committer.staging.tmp.path": "tmp/staging",
            }
        ),
        "fs.s3a.committer.name: directory: such a committer",
    ),
    "a committer that needs a shared disk": (
        conf(hadoop__fs__s3a__committer__name="directory"),
        "spec can not have spark.hadoop.fs.s3a.committer.name: directory: such a committer keeps what waits "
        "for the commit in a place that all pods share, and they share none",
    ),
    "the same among Hadoop's properties": (
        sized(hadoopConf={"fs.s3a.committer.name": "partitioned"}),
        "spec can not have fs.s3a.committer.name: partitioned",
    ),
}
