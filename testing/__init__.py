"""`make test`: every check, what needs a whole platform beside what doesn't, and where the time went."""

from testing.runner import run
from testing.step import Step
from testing.tiers import (
    NEEDS_IMAGES,
    NEEDS_PLATFORM,
    NEEDS_TOOLS,
    OWN_CLUSTER,
    REHEARSAL,
    SOAK,
    all_steps,
    checks,
    rehearsal_steps,
    run_all,
    soak_steps,
    unit_steps,
)

__all__ = [
    "NEEDS_IMAGES",
    "NEEDS_PLATFORM",
    "NEEDS_TOOLS",
    "OWN_CLUSTER",
    "REHEARSAL",
    "SOAK",
    "Step",
    "all_steps",
    "checks",
    "rehearsal_steps",
    "run",
    "run_all",
    "soak_steps",
    "unit_steps",
]
