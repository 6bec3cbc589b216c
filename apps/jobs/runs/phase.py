"""Where a run is between its claim and its end. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Phase(StrEnum):
    """Where a run is."""

    PLANNED = "planned"
    """Claimed, and its SparkApplication is not made yet."""
    HELD = "held"
    """Made, and not to be submitted before there is a place for it (`spec.suspend`)."""
    QUEUED = "queued"
    """Submitted, or about to be; its driver does not run yet."""
    RUNNING = "running"
    """Its driver runs."""
    ORPHANED = "orphaned"
    """The operator says that it failed, or knows nothing of it any more, and its driver runs."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    """Somebody stopped it."""
    SKIPPED = "skipped"
    """Its interval was let go; nothing was made for it."""
    LOST = "lost"
    """Application and driver are gone, and nobody saw how it ended."""


ENDED: Final = frozenset({Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED, Phase.SKIPPED, Phase.LOST})
"""Phases that no other follows."""

ACTIVE: Final = frozenset(Phase) - ENDED
"""Phases of a run that is under way: another one may have to wait for it."""
