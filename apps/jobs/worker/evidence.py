"""What is left of a run: collected once, kept beside its record without secrets, and judged."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final, Protocol

from apps.jobs.ledger.identity import RunId
from apps.jobs.ledger.store import VERDICT, Ledger
from apps.jobs.runs import objects
from apps.jobs.runs.deriving import Live
from apps.jobs.runs.external import masked
from apps.jobs.runs.objects import Json
from apps.jobs.runs.status import Status
from apps.jobs.verdict.gathering import Remains, gather
from apps.jobs.verdict.judging import Verdict, judge
from apps.jobs.verdict.masking import mask

from .cluster import Cluster

LOG_NAME: Final = "driver.log.gz"
"""The end of the driver's log, as the verdict was made of it."""

PARTS: Final = ("application", "driver", "executors", "events")


class EventLogs(Protocol):
    """Spark's event logs."""

    def lines(self, namespace: str, spark: str) -> Iterable[str]:
        """Events of a run, one a line, as far as they are stored."""

    def has(self, namespace: str, spark: str) -> bool:
        """Say whether a run left a log."""


def collect(
    cluster: Cluster,
    logs: EventLogs,
    namespace: str,
    status: Status,
    live: Live,
    *,
    record: Sequence[str] = (),
    words: bool = True,
) -> Remains:
    """Read all that is left of a run.

    Args:
        cluster: where it ran.
        logs: event logs.
        namespace: the run's.
        status: where it is.
        live: its application and its driver's pod.
        record: what we did ourselves, in the form of the table in `verdict.facts`.
        words: whether logs are read too: of a run that went well nobody asks why.
    """
    names = [name for name in (status.driver, _name(live.application)) if name]
    executors = cluster.executors(namespace, status.spark) if status.spark else ()
    log = cluster.log((namespace, status.driver)) if status.driver and words else None
    missing = [
        word
        for word, there in (("driver's pod", live.driver is not None), ("driver's log", log is not None))
        if not there
    ]
    return Remains(
        application=live.application,
        driver=live.driver,
        executors=executors,
        events=cluster.events(namespace, [*names, *(objects.name(pod) for pod in executors)]),
        log=log or "",
        event_log=list(logs.lines(namespace, status.spark)) if status.spark and words else (),
        record=record,
        missing=tuple(missing),
    )


def keep(ledger: Ledger, run: RunId, remains: Remains) -> None:
    """Put what was collected beside the run's record; what is there from an earlier try stays.

    Args:
        ledger: the ledger.
        run: which run.
        remains: what was collected.
    """
    for part in PARTS:
        found = getattr(remains, part)
        if found:
            content = json.dumps(masked(_plain(found)), default=str).encode()
            ledger.add(run, f"evidence/{part}.json", content)
    if remains.log:
        content = gzip.compress(mask(remains.log).encode(), mtime=0)
        ledger.add(run, LOG_NAME, content, media_type="application/gzip")


def verdict_of(remains: Remains) -> Verdict:
    """Say why a run failed.

    Args:
        remains: what was collected of it.
    """
    return judge(gather(remains))


def keep_verdict(ledger: Ledger, run: RunId, verdict: Verdict, *, no_more: str = "") -> None:
    """Put a verdict beside the run's record; one that is there stays.

    Args:
        ledger: the ledger.
        run: which run.
        verdict: why it failed.
        no_more: why it is not tried again, in a sentence; empty if it is.
    """
    ledger.add(run, VERDICT, json.dumps({**asdict(verdict), "no_more": no_more}).encode())


def _name(thing: Json | None) -> str:
    return objects.name(thing) if thing else ""


def _plain(value: Any) -> Any:
    """An object as JSON has it, without what Kubernetes keeps for itself."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items() if name != "managedFields"}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
