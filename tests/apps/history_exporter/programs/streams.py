"""Two streams in one driver, one of which gets more rows than it can do: prints what its page shows, as JSON.

Each row takes a hundredth of a second, in two tasks: 200 rows a second. It needs a core for each task, four.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request

from pyspark.sql import SparkSession

BATCHES = 2
"""After so many batches rates are those of the stream, and no more of its start."""


def main() -> None:
    """Run both until the one that lags has done some batches."""
    session = SparkSession.builder.getOrCreate()
    queries = []
    for name, rows, every in (("lagging", 300, "2 seconds"), ("steady", 5, "5 seconds")):
        stream = (
            session.readStream.format("rate").option("rowsPerSecond", rows).option("numPartitions", 2).load()
        )
        slow = stream.withWatermark("timestamp", "5 seconds").where(
            "java_method('java.lang.Thread', 'sleep', 10L) IS NOT NULL"
        )
        writer = slow.writeStream.queryName(name).format("noop").trigger(processingTime=every)
        queries.append(writer.start())
    deadline = time.monotonic() + 240
    while min(each.lastProgress["batchId"] if each.lastProgress else 0 for each in queries) < BATCHES:
        if time.monotonic() > deadline:
            sys.exit("the streams did not get that far")
        time.sleep(0.5)
    port = session.sparkContext.uiWebUrl.rpartition(":")[2]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics/prometheus/", timeout=30) as page:
        print(json.dumps({"page": page.read().decode(), "at": time.time()}))
    session.stop()


if __name__ == "__main__":
    main()
