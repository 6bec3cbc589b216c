"""Drivers' metrics without drivers: what each says of itself and its executors, as Spark's pages do.

`python -m tests.observability.fleet.drivers PORT DRIVERS EXECUTORS` answers for all of them on one port, each
below its own path.
"""

from __future__ import annotations

import http.server
import sys
import time
from typing import Final

from components.observability.monitors import DRIVER_PATH, EXECUTORS_PATH

_WORDS: Final = """
    rddBlocks memoryUsed_bytes diskUsed_bytes totalCores maxTasks activeTasks failedTasks_total
    completedTasks_total totalTasks_total totalDuration_seconds_total totalGCTime_seconds_total
    totalInputBytes_bytes_total totalShuffleRead_bytes_total totalShuffleWrite_bytes_total maxMemory_bytes
    usedOnHeapStorageMemory_bytes usedOffHeapStorageMemory_bytes totalOnHeapStorageMemory_bytes
    totalOffHeapStorageMemory_bytes JVMHeapMemory_bytes JVMOffHeapMemory_bytes OnHeapExecutionMemory_bytes
    OffHeapExecutionMemory_bytes OnHeapStorageMemory_bytes OffHeapStorageMemory_bytes
    OnHeapUnifiedMemory_bytes OffHeapUnifiedMemory_bytes DirectPoolMemory_bytes MappedPoolMemory_bytes
    ProcessTreeJVMVMemory_bytes ProcessTreeJVMRSSMemory_bytes ProcessTreePythonVMemory_bytes
    ProcessTreePythonRSSMemory_bytes ProcessTreeOtherVMemory_bytes ProcessTreeOtherRSSMemory_bytes
    MinorGCCount_total MinorGCTime_seconds_total MajorGCCount_total MajorGCTime_seconds_total
    ConcurrentGCCount_total ConcurrentGCTime_seconds_total
"""

EXECUTOR_METRICS: Final = tuple(f"metrics_executor_{each}" for each in _WORDS.split())
"""What a driver says of each executor (PrometheusResource.executors of Spark 4.1)."""

_DRIVER_GAUGES: Final = (
    "ExecutorAllocationManager_executors_numberTargetExecutors",
    "LiveListenerBus_queue_eventLog_numDroppedEvents",
    "DAGScheduler_stage_runningStages",
    "DAGScheduler_stage_waitingStages",
    "appStatus_stages_completedStages",
    *(f"BlockManager_memory_gauge{number}_MB" for number in range(60)),
)

MARK: Final = b"@"
"""Stands for what grows: the seconds since the start."""


def name_of(driver: int) -> str:
    """Name of a driver's pod."""
    return f"etl-{driver}-driver"


def executors_page(driver: int, executors: int) -> bytes:
    """What a driver says of its executors, and of itself as one.

    Args:
        driver: its number.
        executors: how many.
    """
    lines = []
    for executor in ("driver", *range(1, executors + 1)):
        labels = (
            f'{{application_id="spark-{driver:032x}", application_name="etl-{driver}", '
            f'executor_id="{executor}"}}'
        )
        # Some of them move from scrape to scrape, as in a job at work; the rest are as they were.
        lines += [
            f"{name}{labels} {'@' if number % 4 == 0 else number}"
            for number, name in enumerate(EXECUTOR_METRICS)
        ]
    return ("\n".join(lines) + "\n").encode()


def driver_page(driver: int, executors: int) -> bytes:
    """What a driver says of itself.

    Args:
        driver: its number.
        executors: how many it wants.
    """
    lines = []
    for number, gauge in enumerate(_DRIVER_GAUGES):
        value = executors if number == 0 else 0
        lines += [
            f'metrics_spark_driver_{gauge}_{end}{{type="gauges"}} {value}'
            for end in ("Number", "Value", "Count")
        ]
    return ("\n".join(lines) + "\n").encode()


def main() -> None:
    """Answer until somebody ends it."""
    port, drivers, executors = map(int, sys.argv[1:4])
    pages = {}
    for number in range(drivers):
        pages[f"/{name_of(number)}{EXECUTORS_PATH}"] = executors_page(number, executors)
        pages[f"/{name_of(number)}{DRIVER_PATH}"] = driver_page(number, executors)
    began = time.monotonic()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            page = pages.get(self.path, b"up 1\n")
            body = page.replace(MARK, str(int(time.monotonic() - began)).encode())
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
