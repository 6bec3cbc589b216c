"""Induces the failure that this folder records."""

import pathlib
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()
folder = f"{sys.argv[1]}/data/orders"
spark.range(1000).repartition(2).write.parquet(folder)
orders = spark.read.parquet(folder)
orders.schema  # noqa: B018 - listed now, read later
for part in pathlib.Path(folder).glob("part-*"):
    part.unlink()
orders.selectExpr("sum(id)").collect()
