"""The 22 queries of TPC-H, one after the other: rows and seconds of each, as one line of JSON in a file."""

import json
import sys
import time
from typing import Any

from pyspark.sql import SparkSession

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")

tables, queries, output = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
for table in TABLES:
    spark.read.parquet(f"{tables}/{table}.parquet").createOrReplaceTempView(table)
asked = sorted((row.number, row.query) for row in spark.read.json(queries).collect())


def answer(number: int, query: str) -> dict[str, Any]:
    begun = time.monotonic()
    rows = [list(row) for row in spark.sql(query).collect()]
    return {"number": number, "seconds": time.monotonic() - begun, "rows": rows}


answered = [answer(number, query) for number, query in asked]
lines = [(json.dumps(each, default=str),) for each in answered]
spark.createDataFrame(lines, "value string").coalesce(1).write.text(output)
for each in answered:
    print(f"TPC-H {each['number']}: {each['seconds']:.1f} s, {len(each['rows'])} rows")
spark.stop()
