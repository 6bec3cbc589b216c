"""Settings of what shows how the platform does."""

from __future__ import annotations

from pydantic import Field

from components.settings.canary import CanarySettings
from components.settings.fields import Section
from components.settings.logs import LogSettings


class ObservabilitySettings(Section):
    """What shows how the platform does."""

    logs: LogSettings = Field(
        default_factory=LogSettings, description="Logs of drivers and executors, kept after their pods."
    )
    canary: CanarySettings = Field(
        default_factory=CanarySettings, description="A small job that shows that jobs run."
    )
