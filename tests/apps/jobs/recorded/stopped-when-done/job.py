"""Induces the failure that this folder records."""

import sys
import threading
import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
threading.Thread(target=time.sleep, args=(600,)).start()
spark.range(1000).write.parquet(f"{sys.argv[1]}/data/daily")
print("written", flush=True)
