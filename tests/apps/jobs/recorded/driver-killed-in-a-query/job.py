"""Induces the failure that this folder records."""

import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

spark = SparkSession.builder.appName("orders").getOrCreate()


@udf("long")
def slow(number: int) -> int:
    time.sleep(600)
    return number


spark.range(1000).write.parquet(f"{sys.argv[1]}/data/first")
spark.range(2).select(slow("id")).write.parquet(f"{sys.argv[1]}/data/second")
