"""Induces the failure that this folder records."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
raise_it = spark._jvm.org.apache.spark.SparkException.internalError("the plan has two roots")
spark._jvm.scala.util.Failure(raise_it).get()
