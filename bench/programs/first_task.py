"""Runs one small query, then says what its container has taken and when its executor had registered."""

import json
from pathlib import Path

from pyspark.sql import SparkSession

# Of cgroup 2, or of 1.
USAGES = ("/sys/fs/cgroup/cpu.stat", "/sys/fs/cgroup/cpuacct/cpuacct.usage")

spark = SparkSession.builder.getOrCreate()
spark.range(1).count()
cpu = next(Path(usage).read_text() for usage in USAGES if Path(usage).exists())
# Python's own status tracker knows no times.
executors = spark.sparkContext._jsc.sc().statusStore().executorList(True)
each = [executors.apply(number) for number in range(executors.size())]
registered = min(one.addTime().getTime() for one in each if one.id() != "driver") / 1000
print("first task", json.dumps({"cpu": cpu, "registered": registered}))
spark.stop()
