"""Write and read below the address in the first argument."""

import json
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
target = sys.argv[1]
spark.range(0, 1000, 1, 4).write.mode("overwrite").parquet(target)
rows = spark.read.parquet(target).count()
success = spark.sparkContext.wholeTextFiles(target + "/_SUCCESS").values().first()
print(
    "CASE rows:",
    rows,
    "committer:",
    json.loads(success)["committer"] if success else "by rename (empty _SUCCESS)",
)
spark.stop()
