"""What the platform's own pods hold of memory, by Prometheus: now, at most lately, and what each may."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.table import Table

from metering.ask import Prometheus

MIB: Final = 2**20
LATELY: Final = "1h"
"""Time that the largest value is of, as PromQL has it: a soak test takes less."""

_HELD: Final = "container_memory_working_set_bytes"
_ALLOWED: Final = "kube_pod_container_resource_limits"


@dataclass(frozen=True, kw_only=True)
class PodMemory:
    """Memory of a pod, in bytes.

    Args:
        pod: its name.
        held: what it holds now: the working set, by which the kernel counts it against its limit.
        most: the most that it held lately.
        limit: what it may hold; None if nothing is said.
    """

    pod: str
    held: float
    most: float
    limit: float | None


def memory(prometheus: Prometheus, namespaces: Sequence[str]) -> list[PodMemory]:
    """Ask for the pods of some namespaces; those that have ended are left out.

    Args:
        prometheus: that is asked.
        namespaces: of the pods.

    Raises:
        ReportedError: it does not answer.
    """
    where = f'namespace=~"{"|".join(sorted(namespaces))}", container!=""'
    # One series a container, whatever scraped it; a pod's containers share its memory.
    each = f"sum by (pod) (max by (namespace, pod, container) ({_HELD}{{{where}}}))"
    most = f"sum by (pod) (max by (namespace, pod, container) (max_over_time({_HELD}{{{where}}}[{LATELY}])))"
    allowed = f'sum by (pod) (max by (namespace, pod, container) ({_ALLOWED}{{resource="memory", {where}}}))'
    held, peaks, limits = (prometheus.by(question, "pod") for question in (each, most, allowed))
    return [
        PodMemory(pod=pod, held=found, most=peaks.get(pod, math.nan), limit=limits.get(pod))
        for pod, found in sorted(held.items())
    ]


def show_memory(pods: Sequence[PodMemory], say: Callable[[Any], None]) -> None:
    """Print a table.

    Args:
        pods: what was found.
        say: prints text or a table.
    """
    if not pods:
        say("Prometheus knows no pod: it asks the kubelet twice a minute, so wait for that")
        return
    table = Table()
    table.add_column("pod")
    for title in ("MiB now", f"most in {LATELY}", "limit"):
        table.add_column(title, justify="right")
    for each in pods:
        limit = f"{each.limit / MIB:.0f}" if each.limit else "-"
        table.add_row(each.pod, f"{each.held / MIB:.0f}", f"{each.most / MIB:.0f}", limit)
    say(table)
