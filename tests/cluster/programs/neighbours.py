"""What jobs from elsewhere do besides writing Parquet, each with what came of it, as one line of JSON.

Arguments: the bucket, and the place in it.
"""

import csv
import json
import os
import sys
from pathlib import Path

import helper  # type: ignore[import-not-found]
from pyspark import SparkFiles
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("neighbours").getOrCreate()
place = f"s3://{sys.argv[1]}/{sys.argv[2]}"
found: dict[str, object] = {
    "module": helper.doubled(21),
    "file": next(csv.reader(Path(SparkFiles.get("rates.csv")).read_text().splitlines())),
    "archive": Path("unpacked/inside.txt").read_text(),
    "variable": os.environ.get("FROM_MAP"),
    "variables": os.environ.get("GREETING"),
    "mounted": Path("/mnt/map/GREETING").read_text(),
}

rows = spark.range(0, 1000, 1, 4)
for kind in ("csv", "json", "orc", "text"):
    rows.selectExpr("cast(id as string) id").write.mode("overwrite").format(kind).save(f"{place}/{kind}")
    # A second write of the same kind adds to the first.
    rows.selectExpr("cast(id as string) id").write.mode("append").format(kind).save(f"{place}/{kind}")
    found[kind] = spark.read.format(kind).load(f"{place}/{kind}").count()

spark.sparkContext.parallelize(range(1000), 4).saveAsTextFile(f"{place.replace('s3:', 's3n:')}/rdd")
found["rdd"] = spark.sparkContext.textFile(f"{place}/rdd").count()

spark.sql("create database sales")
spark.sql("create table sales.orders using parquet as select id from range(1000)")
spark.sql("insert into sales.orders select id from range(10)")
found["database"] = spark.table("sales.orders").count()

spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
spark.sql("create table days (id long, day string) using parquet partitioned by (day)")
spark.sql("insert into days select id, if(id < 50, 'a', 'b') from range(100)")
spark.sql("insert overwrite table days partition (day) select id, 'b' from range(10)")
found["days"] = {row["day"]: row["count"] for row in spark.table("days").groupBy("day").count().collect()}

print("NEIGHBOURS", json.dumps(found))
spark.stop()
