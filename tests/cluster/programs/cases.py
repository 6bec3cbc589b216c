"""Says what a job finds in its pods and at its places: `CASES` and a JSON object, in the driver's output.

Arguments: the bucket and the folder that it may write to.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

MOUNTED = Path("/mnt/rates/rates.csv")

bucket, folder = sys.argv[1:3]
spark = SparkSession.builder.getOrCreate()


def of_pod(_: object) -> dict[str, object]:
    return {"day": os.environ.get("JOB_DAY"), "mounted": MOUNTED.exists()}


def text_of(path: str) -> str:
    """A file's content; Spark's own readers pass over hidden names."""
    java = spark._jvm
    file = java.org.apache.hadoop.fs.Path(path)
    stream = file.getFileSystem(spark._jsc.hadoopConfiguration()).open(file)
    return str(java.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))


def committed(scheme: str) -> dict[str, object]:
    """Write and read back below an address of the scheme; the committer's name lies in its marker."""
    target = f"{scheme}://{bucket}/{folder}/{scheme}"
    spark.range(0, 100, 1, 2).write.mode("overwrite").parquet(target)
    marker = text_of(f"{target}/_SUCCESS")
    committer = json.loads(marker)["committer"] if marker else "renames"
    return {"rows": spark.read.parquet(target).count(), "committer": committer}


def overwritten() -> dict[str, int]:
    """Write two days, then one of them again."""
    target = f"s3a://{bucket}/{folder}/days"
    both = spark.range(100).withColumn("day", f.when(f.col("id") < 50, "a").otherwise("b"))
    both.write.mode("overwrite").partitionBy("day").parquet(target)
    again = spark.range(10).withColumn("day", f.lit("b"))
    single = again.write.option("partitionOverwriteMode", "dynamic")
    single.mode("overwrite").partitionBy("day").parquet(target)
    return {row["day"]: row["count"] for row in spark.read.parquet(target).groupBy("day").count().collect()}


def places() -> dict[str, object]:
    spark.range(0, 1000, 1, 4).write.mode("overwrite").saveAsTable("numbers")
    return {
        "driver": of_pod(None),
        "executor": spark.sparkContext.parallelize([0], 1).map(of_pod).first(),
        "warehouse": spark.conf.get("spark.sql.warehouse.dir"),
        "table": spark.table("numbers").count(),
        **{scheme: committed(scheme) for scheme in ("s3a", "s3", "s3n")},
        "overwritten": overwritten(),
    }


print("CASES", json.dumps(places()), flush=True)
spark.stop()
