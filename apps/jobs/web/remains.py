"""What lies beside a run's record: what its pods were, its log, what it was made of."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from apps.jobs.cost.pods import Node, PodUse, of_pod
from apps.jobs.ledger.identity import RunId
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs.outcome import COST
from apps.jobs.runs.run import Run
from apps.jobs.verdict.masking import mask

from .cluster import PODS, Cluster
from .viewer import Viewer

STORED_LOG: Final = "driver.log.gz"
LOG_LINES: Final = 5000

_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, kw_only=True)
class Log:
    """A driver's log.

    Args:
        text: without secrets and colours; empty if there is none.
        source: where it is from, or why there is none.
    """

    text: str
    source: str


def pods(ledger: Ledger, run: RunId) -> list[PodUse]:
    """The driver and the executors that were kept, in the order in which they came.

    Args:
        ledger: the ledger.
        run: which run.
    """
    driver = _json(ledger, run, "evidence/driver.json")
    executors = _json(ledger, run, "evidence/executors.json") or []
    found = {
        use.name: use
        for use in (of_pod(each, Node()) for each in ([driver] if driver else []) + list(executors))
    }
    # Executors end a moment after their driver, or long before and are gone then: what a run took has all.
    for row in (_json(ledger, run, COST) or {}).get("pods", ()):
        found[row["name"]] = _counted(row, found.get(row["name"]))
    return sorted(found.values(), key=lambda pod: (pod.bound is None, pod.bound, pod.name))


def _counted(row: Mapping[str, Any], kept: PodUse | None) -> PodUse:
    """A pod as it was counted; records from before ends were noted have what was kept of the pod."""
    ended = row.get("ended")
    return PodUse(
        name=row["name"],
        role=row["role"],
        node=Node(type=row["type"], zone=row["zone"], spot=row["spot"]),
        cpu=Decimal(str(row["cores"])),
        memory_gib=Decimal(str(row["gib"])),
        bound=datetime.fromisoformat(row["bound"]),
        ended=datetime.fromisoformat(ended) if ended else None,
        number=kept.number if kept else None,
        end=row.get("end") or (kept.end if kept else ""),
    )


def manifest(ledger: Ledger, run: RunId) -> Mapping[str, Any] | None:
    """The SparkApplication that the run was made of; None without a record.

    Args:
        ledger: of the runs.
        run: which one.
    """
    record = ledger.read(run)
    return None if record is None else record.manifest


def log(ledger: Ledger, cluster: Cluster, viewer: Viewer, run: Run) -> Log:
    """A driver's log: of its pod while there is one, else as it was kept.

    Args:
        ledger: the ledger.
        cluster: the API server.
        viewer: who asks.
        run: which run.
    """
    stored = ledger.beside(run.run, STORED_LOG) if STORED_LOG in run.kept or run.is_over else None
    if stored is not None:
        try:
            return Log(
                text=_clean(gzip.decompress(stored).decode(errors="replace")), source="kept at its end"
            )
        except (OSError, EOFError, zlib.error):
            return Log(text="", source="what was kept of it can not be read")
    if run.driver and cluster.may(viewer, "get", run.namespace, PODS, "log"):
        text = cluster.log(viewer, run.namespace, run.driver, LOG_LINES)
        if text is not None:
            return Log(text=_clean(text), source=f"of its pod, now: the last {LOG_LINES:,} lines at most")
    if not run.driver:
        return Log(text="", source="it has no driver yet" if not run.is_over else "it never had a driver")
    return Log(text="", source="its pod is gone, and nothing was kept of it")


def _clean(text: str) -> str:
    return mask(_COLOURS.sub("", text))


def _json(ledger: Ledger, run: RunId, name: str) -> Any:
    found = ledger.beside(run, name)
    return None if found is None else json.loads(found)
