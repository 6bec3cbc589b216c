"""A job whose driver prints much, at a pace, and whose first executor dies as soon as it has work."""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

LINE_BYTES = 1000
"""Of each line, its end included: kubelets and collectors cut what is longer than 16 KiB."""

PER_SECOND = 10
"""Times a second at which something is printed."""


def lines(count: int) -> Iterator[str]:
    """The lines, each another.

    Args:
        count: how many.
    """
    for number in range(count):
        head = f"said {number:07d} "
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        yield head + (digest * 16)[: LINE_BYTES - len(head) - 1]


def die(_: object) -> int:
    """Kill the JVM that runs this, if it is the first executor's; gives the executor's number."""
    number = int(os.environ["SPARK_EXECUTOR_ID"])
    process = os.getpid()
    while number == 1 and process > 1:
        status = Path(f"/proc/{process}/status").read_text()
        if status.split()[1] == "java":
            os.kill(process, signal.SIGKILL)
        process = int(status.partition("PPid:")[2].split()[0])
    return number


def main() -> None:
    """Run the job."""
    from pyspark.sql import SparkSession

    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True, help="what printing them takes")
    options = parser.parse_args()
    spark = SparkSession.builder.getOrCreate()
    try:
        answered = spark.sparkContext.parallelize([0], 1).map(die).collect()
        assert answered != [1], "the first executor lives"
        portion = max(1, int(options.lines / options.seconds / PER_SECOND))
        for number, line in enumerate(lines(options.lines)):
            print(line, flush=number % portion == 0)
            if number % portion == 0:
                time.sleep(1 / PER_SECOND)
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
