"""What became of a run: why it failed, what it took, and whether its data is right. Pure.

Each lies beside the run's record as an object of its own (`verdict.json`, `cost.json`, `checks.json`),
written once, and is read back by these models. A field that a release does not know is passed over.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pydantic import BaseModel, ConfigDict

COST: Final = "cost.json"
CHECKS: Final = "checks.json"

NO_EVENT_LOG: Final = "no-event-log"
"""Lies beside the record of a run that has ended and left no event log where the history server looks."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Quote(_Kept):
    """What a verdict rests on.

    Args:
        source: where it was read, such as `driver` or `event-log`.
        text: the words, without secrets.
        about: the object; empty for the run itself.
    """

    source: str
    text: str
    about: str = ""


class Frame(_Kept):
    """The last call in the job's own code.

    Args:
        file: as the stack names it.
        line: number of the line.
        function: the function's name.
    """

    file: str
    line: int
    function: str = ""


class Failure(_Kept):
    """Why a run failed: `verdict.Verdict`, as it is stored.

    Args:
        code: the rule's, or `UNKNOWN`.
        sentence: what happened.
        confidence: `certain`, `likely` or `unknown`.
        evidence: what it rests on.
        advice: what to do next.
        retry: what another attempt is good for: `never`, `again` or `memory`.
        frame: the last call in the job's own code, where an exception names one.
        fingerprint: the same for equal failures.
        rules: version of the rules.
        missing: what could not be read.
        subject: what broke, such as a bucket, node or image; empty if nothing is named.
        misses: the path that it did not find.
        no_more: why it is not tried again, in a sentence; empty if it is, or nobody said.
    """

    code: str
    sentence: str
    confidence: str
    evidence: tuple[Quote, ...] = ()
    advice: str = ""
    retry: str = "never"
    frame: Frame | None = None
    fingerprint: str = ""
    rules: int = 0
    missing: tuple[str, ...] = ()
    subject: str = ""
    misses: str = ""
    no_more: str = ""


class Cost(_Kept):
    """What a run took; None, and no 0, for what nobody knows.

    Args:
        core_hours: cores that its pods reserved, by the hours that they did.
        gib_hours: GiB of memory, likewise.
        dollars: their part of the nodes' price.
        spot_dollars: what of it is for nodes that can be taken back.
        emr_dollars: what the same would have cost on EMR.
        source: which prices, and of which day.
        unknown: why there are no dollars, in a sentence; empty if there are.
        final: False while it still runs.
    """

    core_hours: float | None = None
    gib_hours: float | None = None
    dollars: Decimal | None = None
    spot_dollars: Decimal | None = None
    emr_dollars: Decimal | None = None
    source: str = ""
    unknown: str = ""
    final: bool = True


class Checks(_Kept):
    """What the checks of a run's data said, in sum.

    Args:
        passed: checks that held.
        warned: checks that held with a doubt.
        failed: checks that did not hold, or whose data is missing.
        first: the first that failed, in a sentence.
    """

    passed: int = 0
    warned: int = 0
    failed: int = 0
    first: str = ""
