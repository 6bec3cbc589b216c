"""A job that reads, shuffles and writes a known number of rows; with `fail` its last job fails."""

from __future__ import annotations

import sys

from pyspark.sql import SparkSession

source, target, outcome = sys.argv[1:]
session = SparkSession.builder.getOrCreate()
lines = session.read.text(source)
lines.groupBy("value").count().repartition(2).write.mode("overwrite").csv(target)
if outcome == "fail":
    session.sparkContext.parallelize([1]).map(lambda _: 1 // 0).count()
session.stop()
