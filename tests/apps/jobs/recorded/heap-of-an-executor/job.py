"""Induces the failure that this folder records."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
spark.range(2).selectExpr(
    "sum(length(array_join(transform(sequence(1, 40000000 + id), x -> cast(x as string)), ',')))"
).collect()
