"""Induces the failure that this folder records."""

import sys
import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
spark.range(1000).write.parquet(f"{sys.argv[1]}/data/first")
print("half of it", flush=True)
time.sleep(600)
spark.range(1000).write.parquet(f"{sys.argv[1]}/data/second")
