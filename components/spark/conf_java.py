"""How Java compiles in drivers, and in jobs of seconds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from components.spark.setting import Setting

ONE_COMPILER: Final = "-XX:TieredStopAtLevel=1"
"""Of jobs of seconds: what the second compiler would speed up is over before it has compiled it (ADR 23)."""

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
"""Java's own, as Java 17 tells them (tests/submission/test_driver_java.py asks it)."""


def java_settings() -> Iterable[Setting]:
    """List the properties."""
    yield Setting(
        "spark.driver.defaultJavaOptions",
        " ".join(f"-XX:{name}={LATER * runs}" for name, runs in THRESHOLDS.items()),
        "four times Java's own: the start of a driver calls much code some thousand times and then no more, "
        "and what compiling it best costs never comes back. Code that goes on is compiled a little later "
        "(docs/adr/0028). Executors have Java's own, as theirs is the code that goes on",
    )
