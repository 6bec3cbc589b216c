"""A job that computes for some seconds, and says when its first task had ended and what its JVMs took."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.functions import count
from pyspark.sql.functions import sum as sum_of

TICKS = os.sysconf("SC_CLK_TCK")


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def cpu(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS


def of_executor(_: Any) -> Iterator[float]:
    # A worker is the child of Python's daemon, and that of the executor's JVM.
    yield cpu(parent(parent(os.getpid())))


rows = int(sys.argv[1])
spark = SparkSession.builder.getOrCreate()
context = spark.sparkContext
spark.range(1).count()
first = time.time()
keyed = spark.range(0, rows, 1, 8).selectExpr("hash(id) as key", "id").repartition(8, "key")
counted = keyed.groupBy("key").agg(sum_of("id").alias("sum"), count("id").alias("count"))
(found,) = counted.agg(sum_of("sum"), sum_of("count")).collect()
worked = time.time()
executor = context.parallelize([0], 1).mapPartitions(of_executor).first()
driver = cpu(parent(os.getpid())) + cpu(os.getpid())
spark.stop()
seen = {"first": first, "worked": worked, "ended": time.time(), "driver": driver, "executor": executor}
print("PAIR", json.dumps({**seen, "sum": int(found[0]), "count": int(found[1])}), flush=True)
