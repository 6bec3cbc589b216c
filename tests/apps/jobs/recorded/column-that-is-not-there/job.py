"""Induces the failure that this folder records."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
spark.sql("select amuont from values (1) as orders(amount)").show()
