"""Use a module and a file that came with the job, on the driver and in executors."""

from pyspark import SparkFiles
from pyspark.sql import SparkSession

import helper

spark = SparkSession.builder.getOrCreate()
print("CASE driver:", helper.doubled(21), open(SparkFiles.get("rates.csv")).readline().strip())
print(
    "CASE executor:",
    spark.sparkContext.parallelize([21], 1)
    .map(lambda n: (helper.doubled(n), open(SparkFiles.get("rates.csv")).readline().strip()))
    .collect(),
)
spark.stop()
