"""Induces the failure that this folder records."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
spark.conf.set("spark.sql.shuffle.partitions", "-1")
