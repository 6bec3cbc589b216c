"""A job that does a little of what most jobs do, so that Java loads the classes that most jobs need.

Args: the folder of its table.
"""

import contextlib
import sys

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, expr, udf

table = sys.argv[1]
spark = SparkSession.builder.getOrCreate()
rows = spark.range(2000).select(
    "id", (col("id") % 7).alias("key"), expr("date'2026-01-01' as day"), expr("rand() as value")
)
rows.write.partitionBy("day").parquet(table)
read = spark.read.parquet(table)
read.createOrReplaceTempView("rows")
sums = spark.sql(
    "select key, day, count(*) as n, sum(value) from rows where value > 0.1 group by key, day order by n"
)
sums.join(read, "key").groupBy("key").count().collect()
spark.read.option("header", value=True).csv(sys.argv[0]).count()
spark.read.text(sys.argv[0]).count()
spark.createDataFrame([(1, "a")], ["number", "letter"]).select(udf(str.upper)("letter")).collect()
# Nobody answers there.
with contextlib.suppress(PySparkException, Py4JJavaError):
    spark.read.text("s3a://bucket/key").count()
spark.stop()
