"""Induces the failure that this folder records."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
spark.createDataFrame([("17",), ("n/a",)], "amount string").selectExpr(
    "cast(amount as int) as amount"
).collect()
