"""Induces the failure that this folder records."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
print(spark.sparkContext.parallelize(range(2)).map(lambda one: one + 1).collect())
