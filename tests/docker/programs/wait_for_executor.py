"""A driver without executors of its own: it waits for one to come, gives it work, and reports how it goes."""

from __future__ import annotations

import time

from pyspark.sql import SparkSession

LIMIT_SECONDS = 180


def main() -> None:
    """Print each change of the set of executors until the one that came has gone."""
    spark = SparkSession.builder.appName("decommission").getOrCreate()
    tracker = spark.sparkContext._jsc.sc().statusTracker()
    deadline = time.monotonic() + LIMIT_SECONDS
    print("DRIVER ready", flush=True)
    # One entry is the driver itself.
    while len(tracker.getExecutorInfos()) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    print(f"DRIVER counted {spark.range(1000).repartition(2).count()}", flush=True)
    while len(tracker.getExecutorInfos()) > 1 and time.monotonic() < deadline:
        time.sleep(0.2)
    print(f"DRIVER executors left {len(tracker.getExecutorInfos()) - 1}", flush=True)
    spark.stop()


main()
