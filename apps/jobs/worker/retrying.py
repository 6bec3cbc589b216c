"""Whether a run that failed is tried again, and what is different then. Pure.

The verdict says what another attempt is good for: after a data error none is, after a lost node one is, and
after too little memory one with a bounded step more of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from apps.jobs.definitions.settings import Retries
from apps.jobs.ledger.record import Cause, Record, Wanted, again
from apps.jobs.verdict.judging import Verdict
from apps.jobs.verdict.memory import Refused, Step, applied, step
from apps.jobs.verdict.rules import Retry

UNBOUNDED_MIB: Final = 1024**2
"""Bound of a container's memory where the namespace has none: 1 TiB, more than a node has."""

OVERHEAD_FACTOR: Final = {"Python": Decimal("0.4"), "R": Decimal("0.4")}
"""Part of the heap that lies beside it (Spark: spark.kubernetes.memoryOverheadFactor of non-JVM jobs)."""

JVM_OVERHEAD_FACTOR: Final = Decimal("0.1")
"""Likewise for JVM jobs (Spark: spark.kubernetes.memoryOverheadFactor)."""


@dataclass(frozen=True, kw_only=True)
class Next:
    """Another attempt.

    Args:
        wanted: the run.
        step: the memory that it gets more; None if it is the same again.
    """

    wanted: Wanted
    step: Step | None = None


@dataclass(frozen=True, kw_only=True)
class NoMore:
    """No further attempt.

    Args:
        reason: a sentence.
    """

    reason: str


def next_attempt(
    record: Record, verdict: Verdict, retries: Retries, *, stepped: bool, most_mib: int | None
) -> Next | NoMore:
    """What follows a run that failed.

    Args:
        record: of the run.
        verdict: why it failed.
        retries: what its job says of further attempts.
        stepped: whether it was itself an attempt with more memory, or follows one.
        most_mib: MiB that a container of the namespace may have; None if nothing bounds it.
    """
    if verdict.retry is Retry.NEVER:
        return NoMore(reason=f"another attempt ends the same way ({verdict.code})")
    most = min(retries.most, retries.by.get(verdict.code, retries.most))
    if record.attempt > most:
        return NoMore(reason=f"it was tried {record.attempt} times, and {most} further are allowed")
    manifest = again(record)
    if verdict.retry is Retry.AGAIN:
        return Next(wanted=_wanted(record, manifest))
    bound = UNBOUNDED_MIB if most_mib is None else most_mib
    taken = step(
        record.manifest["spec"], verdict, stepped=stepped, most_mib=bound, factor=_factor(record.manifest)
    )
    if isinstance(taken, Refused):
        return NoMore(reason=taken.reason)
    return Next(wanted=_wanted(record, {**manifest, "spec": applied(manifest["spec"], taken)}), step=taken)


def _wanted(record: Record, manifest: Mapping[str, Any]) -> Wanted:
    same = ("start", "end", "revision", "commit", "path", "owner", "requester")
    return Wanted(
        **{name: getattr(record, name) for name in same},
        series=record.series,
        key=f"retry:{record.n}",
        cause=Cause.RETRY,
        parent=record.n,
        attempt=record.attempt + 1,
        manifest=dict(manifest),
    )


def _factor(manifest: Mapping[str, Any]) -> Decimal:
    spec = manifest["spec"]
    said = spec.get("memoryOverheadFactor") or (spec.get("sparkConf") or {}).get(
        "spark.kubernetes.memoryOverheadFactor"
    )
    return Decimal(str(said)) if said else OVERHEAD_FACTOR.get(spec.get("type", ""), JVM_OVERHEAD_FACTOR)
