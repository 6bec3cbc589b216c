"""What a check says. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict


class State(StrEnum):
    """What a check says; the worst of several is that of an interval."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    STALE = "stale"
    FAIL = "fail"
    MISSING = "missing"


WORST: Final = (State.MISSING, State.FAIL, State.STALE, State.WARN, State.PASS)
RED: Final = frozenset({State.MISSING, State.FAIL, State.STALE})


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Finding(_Kept):
    """One thing that a check says.

    Args:
        check: its name.
        state: what it says.
        sentence: with the number and the bound.
        to_ask: whether Spark's answer is missing, or is of other data or another condition.
    """

    check: str
    state: State
    sentence: str
    to_ask: bool = False


Said = tuple[State, str]
"""A state, and the sentence with the number and the bound."""
