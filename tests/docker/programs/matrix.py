"""What every release of Spark must do, and one line of JSON with what each check gave or how it failed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial, reduce
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import DoubleType

ROWS = 1_000
PROTOCOL = "spark.sql.sources.commitProtocolClass"
PARQUET = "spark.sql.parquet.output.committer.class"
CLOUD = "org.apache.spark.internal.io.cloud."
LIBRARIES = {
    "RocksDB": "org.rocksdb.RocksDB.loadLibrary",
    "LevelDB": "org.fusesource.leveldbjni.internal.NativeDB.LIBRARY.load",
    "zstd": "com.github.luben.zstd.Zstd.maxCompressionLevel",
    "snappy": "org.xerial.snappy.Snappy.getNativeLibraryVersion",
    "lz4": "net.jpountz.lz4.LZ4Factory.nativeInstance",
    "epoll": "io.netty.channel.epoll.Epoll.ensureAvailability",
    "OpenSSL": "io.netty.handler.ssl.OpenSsl.ensureAvailability",
}
"""What is not Java in Spark's jars -> what calls it."""

COMMITTERS = ("file", "directory", "partitioned", "magic")


def write_and_read(spark: SparkSession, output: str, committer: str) -> list[int]:
    """Rows and sum of what was written through one of S3A's committers."""
    if committer != "file":
        spark.conf.set(PROTOCOL, f"{CLOUD}PathOutputCommitProtocol")
        spark.conf.set(PARQUET, f"{CLOUD}BindingParquetOutputCommitter")
    else:
        spark.conf.set(
            PROTOCOL, "org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol"
        )
        spark.conf.set(PARQUET, "org.apache.parquet.hadoop.ParquetOutputCommitter")
    where = f"{output}/{committer}"
    numbers = spark.range(ROWS).withColumn("kind", f.col("id") % 3)
    numbers.write.option("fs.s3a.committer.name", committer).partitionBy("kind").parquet(where)
    return list(spark.read.parquet(where).agg(f.count("id"), f.sum("id")).first())


def with_numpy(numbers: DataFrame) -> float:
    """A function of single values."""
    root = f.udf(lambda value: float(np.sqrt(value)), DoubleType())
    return float(round(numbers.select(f.sum(root("id"))).first()[0], 3))


def with_pandas(numbers: DataFrame) -> float:
    """A function of columns, and one of groups."""

    def halved(values: pd.Series) -> pd.Series:
        return values / 2

    def rows(group: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"kind": [group["kind"].iloc[0]], "rows": [len(group)]})

    groups = (
        numbers.withColumn("kind", f.col("id") % 3)
        .groupBy("kind")
        .applyInPandas(rows, "kind long, rows long")
    )
    assert sorted(row["rows"] for row in groups.collect()) == [333, 333, 334]
    half = f.pandas_udf(halved, "double")
    return float(numbers.select(f.sum(half("id"))).first()[0])


def with_pyarrow(numbers: DataFrame) -> int:
    """A function of record batches, and the way back to the driver."""

    def even(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            ids = batch.column(0).to_numpy()
            yield pa.RecordBatch.from_arrays([pa.array(ids[ids % 2 == 0])], names=["id"])

    return int(numbers.mapInArrow(even, "id long").toPandas()["id"].sum())


def native(spark: SparkSession) -> dict[str, str]:
    """What the JVM says to each library that is not Java: nothing if it loads."""
    said = {}
    for name, call in LIBRARIES.items():
        if name == "OpenSSL" and spark.version < "4":
            continue  # Netty's own came with Spark 4.
        try:
            reduce(getattr, call.split("."), spark._jvm)()
            said[name] = ""
        except Exception as error:  # noqa: BLE001 - each library stands for itself
            said[name] = str(error)[:500]
    return said


def on_a_disk(spark: SparkSession) -> dict[str, str]:
    """What writes to a disk end with, of a driver that is its own executor and of one that has pods."""
    conf = spark._jvm.org.apache.spark.SparkEnv.get().conf()
    spark._jsc.hadoopConfiguration().set(
        "mapreduce.outputcommitter.factory.scheme.file", "sparkoneks.commit.SharedDisksOnly"
    )
    # Without a row, as the history server's test counts what was written.
    lines = spark.sparkContext.parallelize([], 1)
    writes: dict[str, Callable[[str], Any]] = {
        "Parquet": spark.range(0).write.parquet,
        "RDD": lines.saveAsTextFile,
    }
    seen: dict[str, str] = {}
    own = conf.get("spark.master")
    for mode, master in (("local", own), ("pods", "k8s://nobody")):
        conf.set("spark.master", master)
        for name, write in writes.items():
            try:
                write(f"file:/tmp/{mode}/{name}")
                seen[f"{mode}, {name}"] = "written"
            except Exception as error:  # noqa: BLE001 - what is said is the answer
                seen[f"{mode}, {name}"] = str(error)[:2000]
    conf.set("spark.master", own)
    return seen


def main(output: str) -> None:
    """Run everything below one S3 prefix."""
    spark = SparkSession.builder.appName("matrix").getOrCreate()
    spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    spark.conf.set("spark.sql.execution.arrow.pyspark.fallback.enabled", "false")
    numbers = spark.range(ROWS)
    checks: dict[str, Callable[[], Any]] = {
        "version": lambda: spark.version,
        "application": lambda: spark.sparkContext.applicationId,
        "numpy": lambda: with_numpy(numbers),
        "pandas": lambda: with_pandas(numbers),
        "pyarrow": lambda: with_pyarrow(numbers),
        "native": lambda: native(spark),
    }
    for committer in COMMITTERS:
        checks[committer] = partial(write_and_read, spark, output, committer)
    checks["disk"] = lambda: on_a_disk(spark)
    seen: dict[str, Any] = {}
    for name, check in checks.items():
        try:
            seen[name] = check()
        except Exception as error:  # noqa: BLE001 - each check stands for itself
            seen[name] = f"failed: {error}"[:2000]
    spark.stop()
    print("SEEN " + json.dumps(seen))


main(sys.argv[1])
