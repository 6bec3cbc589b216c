"""What a run ran with and what it did, kept beside its record at its end."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from apps.jobs.ledger.identity import RunId
from apps.jobs.ledger.record import Record
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs.external import masked
from apps.jobs.runs.outcome import NO_EVENT_LOG
from apps.jobs.verdict.snapshots import SNAPSHOT, profile, snapshot, written

from .evidence import EventLogs


def keep_snapshot(ledger: Ledger, logs: EventLogs, record: Record, spark: str, nodes: Iterable[str]) -> None:
    """Put it beside the run's record, or that there is no log; what is there from an earlier try stays.

    Args:
        ledger: the ledger.
        logs: Spark's event logs.
        record: the run's.
        spark: Spark's id of it; empty if it never had one.
        nodes: instance types of its pods' nodes.
    """
    if spark and not logs.has(record.namespace, spark):
        ledger.add(record.run, NO_EVENT_LOG, b"")
    did = profile(logs.lines(record.namespace, spark) if spark else ())
    found = snapshot(record, _driver(ledger, record.run), nodes, did)
    ledger.add(record.run, SNAPSHOT, json.dumps(masked(written(found, did.heaps))).encode())


def _driver(ledger: Ledger, run: RunId) -> dict[str, Any]:
    content = ledger.beside(run, "evidence/driver.json")
    return {} if content is None else dict(json.loads(content))
