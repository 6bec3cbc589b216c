"""How Java compiles in drivers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from components.spark.setting import Setting

LATER: Final = 4
"""How many times as often as Java's own choice a driver's code runs before the second compiler takes it."""

THRESHOLDS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "Tier4InvocationThreshold": 5000,
        "Tier4MinInvocationThreshold": 600,
        "Tier4CompileThreshold": 15000,
        "Tier4BackEdgeThreshold": 40000,
    }
)
"""Java's own, from 8 to 25 (globals of HotSpot's compilation policy)."""


def java_settings() -> Iterable[Setting]:
    """List the properties."""
    yield Setting(
        "spark.driver.defaultJavaOptions",
        " ".join(f"-XX:{name}={LATER * runs}" for name, runs in THRESHOLDS.items()),
        "four times Java's own: the start of a driver calls much code some thousand times and then no more, "
        "and what compiling it best costs never comes back. Code that goes on is compiled a little later "
        "(docs/adr/0028). Executors have Java's own, as theirs is the code that goes on",
    )
