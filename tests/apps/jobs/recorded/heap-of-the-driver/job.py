"""Induces the failure that this folder records."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
text = spark.range(400).selectExpr("repeat(cast(id as string), 2000000) as text")
spark._jvm.java.util.ArrayList(text._jdf.collectAsList())
