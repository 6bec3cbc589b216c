"""Settings of what a team has agreed on: how many of its runs end well, and in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, Strict

from components.settings.fields import Section, why
from components.settings.problems import Problem

if TYPE_CHECKING:
    from components.settings.model import Settings

LEAST_PERCENT: Final = 94
"""Least that an objective may be. Below 93.1 a budget can't go 14.4 times too fast, even if every run
fails (1 - 1 / 14.4), and the alert about that would never come."""

LONGEST_WINDOW_DAYS: Final = 3
"""Longest time over which an alert looks at the runs of a team."""

Percent = Annotated[float, Strict(), Field(ge=LEAST_PERCENT, le=99.99)]


class ObjectiveSettings(Section):
    """What a team has agreed on: shares of its runs, in percent."""

    success: Percent | None = Field(
        None,
        description="Percent of its runs that end well, tries of the operator's own left out.",
        json_schema_extra=why("A number that is agreed on, never guessed: by it somebody is called at once."),
    )
    timeliness: Percent | None = Field(
        None,
        description="Percent of its runs with an agreed time that end well within it.",
        json_schema_extra=why("As for `success`; runs without an agreed time don't count."),
    )

    @property
    def shares(self) -> Mapping[str, float]:
        """Share of runs of each objective that is agreed on."""
        agreed = {"success": self.success, "timeliness": self.timeliness}
        return {name: round(value / 100, 6) for name, value in agreed.items() if value is not None}


def check(settings: Settings) -> Iterator[Problem]:
    """Find objectives that nothing could hold.

    Args:
        settings: all settings.
    """
    watched = settings.observability
    if not watched.enabled or watched.retention_days >= LONGEST_WINDOW_DAYS:
        return
    for number, tenant in enumerate(settings.tenants):
        if tenant.objectives.shares:
            yield Problem(
                path=("observability", "retentionDays"),
                value=watched.retention_days,
                message=f"is too short for objectives of teams, whose runs of {LONGEST_WINDOW_DAYS} days are "
                f"looked at; write {LONGEST_WINDOW_DAYS} or more",
                read=(("tenants", number, "objectives"),),
            )
            return
