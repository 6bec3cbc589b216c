"""What the worker saw of a run: the one object beside its record that is written more than once. Pure."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

from .outcome import Cost
from .phase import Phase


class Span(BaseModel):
    """A time in which a run could have begun, and after which it was held.

    Args:
        since: its SparkApplication was made, or it was let begin.
        until: it was next seen not to be submitted yet.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    since: AwareDatetime
    until: AwareDatetime


class Times(BaseModel):
    """When a run got where; None for what it did not reach, or nobody saw.

    Args:
        asked: the API server was asked for the first time to make its SparkApplication.
        created: its SparkApplication was made.
        unheld: the times before its holds, of which those are kept that are longer than all before them: the
            first that was longer than the time agreed on is among them, whatever that is. An earlier release
            kept the first, or none.
        released: it was last let begin, or ended, after it was held.
        submitted: its driver's pod was made.
        started: its driver's container started.
        ended: its driver's container ended, or what is known of its end was seen.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    asked: AwareDatetime | None = None
    created: AwareDatetime | None = None
    unheld: tuple[Span, ...] = ()
    released: AwareDatetime | None = None
    submitted: AwareDatetime | None = None
    started: AwareDatetime | None = None
    ended: AwareDatetime | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_an_earlier_release(cls, data: Any) -> Any:
        """Read what was kept before: `held`, when it was first held."""
        if not isinstance(data, dict) or "unheld" in data or not (data.get("created") and data.get("held")):
            return data
        return {**data, "unheld": ({"since": data["created"], "until": data["held"]},)}


class Status(BaseModel):
    """Where a run is, as the worker last saw it.

    Args:
        phase: where it is.
        reason: why it waits, was let go or stopped, in a sentence; empty where the phase says it all.
        times: when it got where.
        uid: of its SparkApplication; of its driver's pod where it has none.
        driver: name of its driver's pod.
        node: the driver's node.
        spark: Spark's name of it, which event log and history server go by.
        executors: executors that run, or ran last.
        stopped_by: who stopped it.
        cost: what it has taken so far; None before that was counted. What it took in all lies beside its
            record, as an object of its own.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    phase: Phase = Phase.PLANNED
    reason: str = ""
    times: Times = Times()
    uid: str = ""
    driver: str = ""
    node: str = ""
    spark: str = ""
    executors: int | None = None
    stopped_by: str = ""
    cost: Cost | None = None
