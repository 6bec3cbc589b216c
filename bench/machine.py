"""What machine the figures are from."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def describe() -> list[str]:
    """Processor, cores, memory and kernel, each as `name: value`."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"processor: {_processor()}, {os.cpu_count()} cores",
        f"memory: {memory:.0f} GiB",
        f"kernel: {platform.system()} {platform.release()}",
        f"load before the run: {os.getloadavg()[0]:.1f}",
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
