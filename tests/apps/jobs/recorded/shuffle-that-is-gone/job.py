"""Induces the failure that this folder records."""

import pathlib
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
pairs = spark.sparkContext.parallelize(range(1000), 4).map(lambda one: (one % 7, one)).groupByKey(3)
pairs.count()
for part in pathlib.Path(sys.argv[1]).rglob("shuffle_*.data"):
    part.unlink()
print(pairs.mapValues(len).collect())
