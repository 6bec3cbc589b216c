"""A job that uses what the image promises, and prints what it saw as one line of JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from pyspark.ml.classification import LogisticRegression
from pyspark.ml.linalg import Vectors
from pyspark.sql import SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import LongType

ROWS = 10_000


def main(output: str) -> None:
    """Run everything below one S3 prefix."""
    spark = SparkSession.builder.appName("smoke").getOrCreate()
    seen: dict[str, object] = {"application": spark.sparkContext.applicationId}

    numbers = spark.range(ROWS).withColumn("kind", f.col("id") % 3)
    numbers.write.mode("overwrite").partitionBy("kind").parquet(f"{output}/numbers")
    spark.read.parquet(f"{output}/numbers").createOrReplaceTempView("numbers")
    seen["sql"] = spark.sql("select kind, sum(id) from numbers group by kind order by kind").collect()

    doubled = f.udf(lambda number: number * 2, LongType())
    seen["python"] = spark.range(10).select(f.sum(doubled("id"))).first()[0]

    points = [(1.0, Vectors.dense(0.0, 1.0)), (0.0, Vectors.dense(2.0, 0.0))] * 8
    model = LogisticRegression(maxIter=3).fit(spark.createDataFrame(points, ["label", "features"]))
    seen["mllib"] = (
        model.transform(spark.createDataFrame(points, ["label", "features"]))
        .filter("prediction = label")
        .count()
    )

    counts = (
        spark.readStream.schema("id long, kind long").parquet(f"{output}/numbers").groupBy("kind").count()
    )
    query = (
        counts.writeStream.format("memory")
        .queryName("streamed")
        .outputMode("complete")
        .option("checkpointLocation", f"{output}/checkpoint")
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    seen["streaming"] = spark.sql("select sum(count) from streamed").first()[0]

    # What spark-submit does with files for a cluster: the SDK's asynchronous client, on Spark's own netty.
    hadoop = spark.sparkContext._jvm.org.apache.hadoop.fs
    source = hadoop.Path("file:///opt/spark/python/lib/pyspark.zip")
    target = hadoop.Path(f"{output}/pyspark.zip")
    files = target.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
    files.copyFromLocalFile(False, True, source, target)
    seen["upload"] = files.getFileStatus(target).getLen()

    # The JVM started this program.
    seen["archive"] = "classes.jsa" in Path(f"/proc/{os.getppid()}/maps").read_text()

    spark.stop()
    print("SEEN " + json.dumps(seen))


main(sys.argv[1])
