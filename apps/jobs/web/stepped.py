"""The step of memory that an attempt got after one that had too little, and what both cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from apps.jobs.ledger.record import Cause
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs.run import Run
from apps.jobs.verdict.memory import STEP, Step

_STEP = TypeAdapter(Step)


@dataclass(frozen=True, kw_only=True)
class Stepped:
    """Two attempts for the same interval.

    Args:
        step: what the second had more than the first, and what speaks for it.
        first: the run that had too little memory, with its cost.
        second: the attempt after it, with its cost so far.
        gib_more: GiB that the second holds beyond what the first held, in all pods of that kind.
    """

    step: Step
    first: Run
    second: Run
    gib_more: float


def stepped(ledger: Ledger, every: Sequence[Run], run: Run) -> Stepped | None:
    """The step that a run got, or the attempt after it; None if neither of them got one.

    Args:
        ledger: where the step was kept.
        every: all runs for the interval.
        run: one of them.
    """
    retries = [each for each in every if each.cause is Cause.RETRY and each.parent]
    # Its own first: a run that had more and failed once more is followed by none with still more.
    for second in sorted(retries, key=lambda each: each is not run):
        if second is not run and second.parent != run.n:
            continue
        first = next((each for each in every if each.n == second.parent), None)
        kept = ledger.beside(second.run, STEP)
        if first is not None and kept is not None:
            step = _STEP.validate_json(kept)
            return Stepped(step=step, first=first, second=second, gib_more=step.gib_more)
    return None
