"""Runs under spark-submit: writes as jobs of EMR do, each trap first and then its cure, into the store.

Arguments: the prefix that the tenant owns without its scheme (`data/data-dev/traps`), and a folder of this
machine that stands for the pod's own disk. Prints one JSON object: name -> what was found. The executor is a
process of its own, as a pod's is.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

prefix, disk = sys.argv[1], Path(sys.argv[2])
spark: Any = SparkSession.builder.appName("migration-traps").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
found: dict[str, Any] = {"version": spark.version}

PROTOCOL = "spark.sql.sources.commitProtocolClass"
DEFAULT_PROTOCOL = "org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol"
CLOUD_PROTOCOL = "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol"
PARQUET = "spark.sql.parquet.output.committer.class"
BINDING = "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter"
PLAIN_COMMITTER = "org.apache.parquet.hadoop.ParquetOutputCommitter"
FACTORY = "mapreduce.outputcommitter.factory.scheme.s3"
ON_THE_DISK = "mapreduce.outputcommitter.factory.scheme.file"
RENAMES = "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory"
MAGIC = "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory"


def session(conf: dict[str, str]) -> Any:
    """A session of its own, as the platform sets it, and with these: what is unset does not come back."""
    made = spark.newSession()
    put(made, conf)
    return made


def put(of: Any, conf: dict[str, str]) -> None:
    for name, value in conf.items():
        of.conf.set(name, value)


def rows(of: Any, count: int, k: int) -> Any:
    return of.range(count).selectExpr("id", f"{k} as k")


def committed(place: str) -> str:
    """The committer that the marker names; empty for a marker without a byte."""
    path = spark._jvm.org.apache.hadoop.fs.Path(f"{place}/_SUCCESS")
    system = path.getFileSystem(spark._jsc.hadoopConfiguration())
    if not system.getFileStatus(path).getLen():
        return ""
    # Spark's own readers take it for a hidden file.
    text = spark._jvm.org.apache.commons.io.IOUtils.toString(system.open(path), "UTF-8")
    return str(json.loads(text)["committer"])


def counts(place: str) -> dict[str, int]:
    held = spark.read.parquet(place).groupBy("k").count().collect()
    return {str(row["k"]): row["count"] for row in held}


def overwrite_one_partition(place: str, first: dict[str, str], then: dict[str, str]) -> Any:
    """Five rows in each of two partitions, then one row in the second: what each holds, or the refusal."""
    own = session(first)
    rows(own, 5, 1).union(rows(own, 5, 2)).write.mode("overwrite").partitionBy("k").parquet(place)
    put(own, then)
    try:
        write = rows(own, 1, 2).write.mode("overwrite").option("partitionOverwriteMode", "dynamic")
        write.partitionBy("k").parquet(place)
        return counts(place)
    except Exception as error:  # noqa: BLE001 - whatever Spark says is the answer
        return str(error.java_exception if hasattr(error, "java_exception") else error).splitlines()[0]


def alias(name: str, conf: dict[str, str], **options: str) -> dict[str, Any]:
    """Ten rows by s3://: how they were committed."""
    place = f"s3://{prefix}/{name}"
    rows(session(conf), 10, 1).write.options(**options).mode("overwrite").parquet(place)
    return {"rows": spark.read.parquet(place.replace("s3:", "s3a:")).count(), "committer": committed(place)}


cloud = {PROTOCOL: CLOUD_PROTOCOL, PARQUET: BINDING}
plain = {PROTOCOL: DEFAULT_PROTOCOL, PARQUET: PLAIN_COMMITTER}

found["alias by Spark's own protocol"] = alias("alias-plain", plain)
found["alias by the platform"] = alias("alias-platform", {})
found["alias cured"] = alias("alias-cured", cloud, **{FACTORY: MAGIC, "fs.s3a.committer.name": "magic"})

on_the_disk = {**cloud, ON_THE_DISK: RENAMES}
found["overwrite, cloud protocol, renames"] = overwrite_one_partition(
    f"file:{disk}/renamed", plain, on_the_disk
)
found["overwrite, cloud protocol, store"] = overwrite_one_partition(f"s3a://{prefix}/store", plain, cloud)
found["overwrite cured"] = overwrite_one_partition(f"s3a://{prefix}/cured", plain, plain)
found["overwrite by the platform"] = overwrite_one_partition(f"s3a://{prefix}/platform", {}, {})


SHARED = "sparkoneks.shared.disks"


def jobs() -> int:
    """How many jobs of Spark there were: each has tasks."""
    return int(spark._jsc.sc().dagScheduler().numTotalJobs())


def ended(place: str, write: Callable[[str], object]) -> Any:
    """What a write to a disk ends with: the kinds of its files, or the refusal and the jobs before it."""
    before = jobs()
    try:
        write(place)
    except Exception as error:  # noqa: BLE001 - whatever Spark says is the answer
        return {"refusal": str(error)[:4000], "jobs": jobs() - before}
    return " ".join(sorted({each.suffix or "text" for each in Path(place).rglob("part-*")}))


STREAMED = f"s3a://{prefix}/streamed"
rows(spark, 10, 1).write.parquet(STREAMED)


def streamed(place: str) -> None:
    """Ten rows as a stream."""
    stream = spark.readStream.schema("id long, k int").parquet(STREAMED).writeStream.trigger(once=True)
    query = stream.option("checkpointLocation", f"{disk}/checkpoint-{Path(place).parent.name}").start(place)
    query.awaitTermination()


def saved_by_the_newer_interface(place: str) -> None:
    """A pair, from Java: Python looks at the first one by a job before."""
    named = spark._jvm.java.lang.Class.forName
    text, form = named("java.lang.String"), named("org.apache.hadoop.mapreduce.lib.output.TextOutputFormat")
    pairs = spark._jsc.parallelizePairs([spark._jvm.scala.Tuple2("a", "b")])
    pairs.saveAsNewAPIHadoopFile(place, text, text, form)


WRITES: dict[str, Callable[[str], object]] = {
    "Parquet": rows(session({}), 10, 1).write.parquet,
    "JSON": rows(session({}), 10, 1).write.json,
    "ORC, single partitions": lambda place: (
        rows(session({}), 10, 1)
        .write.mode("overwrite")
        .option("partitionOverwriteMode", "dynamic")
        .partitionBy("k")
        .orc(place)
    ),
    "RDD": spark.sparkContext.parallelize(["a", "b"], 2).saveAsTextFile,
    "RDD, newer interface": saved_by_the_newer_interface,
    "stream": streamed,
}

for name, write in WRITES.items():
    found[f"no scheme, {name}"] = ended(f"{disk}/raw/{name}", write)
    # What a job says that mounts a volume by a way of its own.
found["a shared disk, by its committer"] = ended(
    f"{disk}/known/Parquet",
    rows(session({ON_THE_DISK: RENAMES}), 10, 1).write.parquet,
)
spark._jsc.hadoopConfiguration().set(SHARED, f"/elsewhere,{disk}/shared")
for name, write in WRITES.items():
    found[f"a shared disk, {name}"] = ended(f"{disk}/shared/{name}", write)
    found[f"beside a shared disk, {name}"] = ended(f"{disk}/shared-not/{name}", write)
spark._jsc.hadoopConfiguration().unset(SHARED)


def table(name: str) -> str:
    """Where a table that no path is given for ends up, or the refusal."""
    try:
        rows(spark, 10, 1).write.saveAsTable(name)
    except Exception as error:  # noqa: BLE001 - whatever Spark says is the answer
        return str(error)[:2000]
    located = spark.sql(f"DESCRIBE FORMATTED {name}").where("col_name = 'Location'")
    return str(located.collect()[0]["data_type"])


spark.sql(f"CREATE DATABASE on_disk LOCATION 'file:{disk}/moved.db'")
found["table of a database on the disk"] = table("on_disk.sales")
try:
    spark.sql(f"CREATE DATABASE nowhere LOCATION '{disk}/nowhere.db'")
    found["table of a database without a scheme"] = table("nowhere.sales")
except Exception as error:  # noqa: BLE001
    found["table of a database without a scheme"] = str(error)[:2000]
found["table by the platform"] = table(f"sales_{spark.version.replace('.', '_')}")
print(json.dumps(found))
spark.stop()
