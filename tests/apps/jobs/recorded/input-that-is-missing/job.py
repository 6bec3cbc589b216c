"""Induces the failure that this folder records."""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
spark.read.parquet(f"{sys.argv[1]}/data/orders/day=2026-11-20").count()
