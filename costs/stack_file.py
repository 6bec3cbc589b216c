"""The one place that knows how a stack file says what the platform is made of."""

from __future__ import annotations

from pathlib import Path

from costs.shape import PlatformShape


class NotPricedError(ValueError):
    """The stack has no price: it doesn't exist, is wrong, or doesn't stand on AWS."""


def read(stack: str, *, root: Path) -> PlatformShape:
    """Placeholder."""
    raise NotPricedError(stack)
