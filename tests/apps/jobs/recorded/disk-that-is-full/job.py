"""Induces the failure that this folder records."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
spark.range(4000000).selectExpr("uuid() as id").repartition(4).write.format("noop").mode("overwrite").save()
