"""Settings of the canary: a small job that shows, again and again, that jobs run from end to end."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from components.settings.fields import Flag, Section, why


class CanarySettings(Section):
    """A small job on a schedule; that it ran is read from the history server."""

    enabled: Flag = Field(
        True,
        description="Whether it runs.",
        json_schema_extra=why("Only a job from end to end shows that all links of the chain hold."),
    )
    interval_minutes: Literal[5, 10, 15, 20, 30, 60] = Field(
        60,
        description="Minutes from one run to the next.",
        json_schema_extra=why(
            "More often, and the nodes of one run wait for the next: they are then paid for ever."
        ),
    )
