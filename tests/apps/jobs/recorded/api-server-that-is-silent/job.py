"""Induces the failure that this folder records."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
spark.range(10).count()
