"""Induces the failure that this folder records."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
spark.sql("select id, 10 / (id - 3) as rate from range(10)").collect()
