"""Write two days, then write one of them again; the other must stay."""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

spark = SparkSession.builder.getOrCreate()
target = sys.argv[1]
both = spark.range(100).withColumn("day", f.when(f.col("id") < 50, "2026-07-25").otherwise("2026-07-26"))
both.write.mode("overwrite").partitionBy("day").parquet(target)
again = spark.range(10).withColumn("day", f.lit("2026-07-26"))
again.write.mode("overwrite").partitionBy("day").parquet(target)
rows = {
    row["day"]: row["count"]
    for row in spark.read.parquet(target).groupBy(f.col("day").cast("string").alias("day")).count().collect()
}
print("CASE rows per day:", rows)
spark.stop()
raise SystemExit(0 if rows == {"2026-07-25": 50, "2026-07-26": 10} else f"CASE FAILED: {rows}")
