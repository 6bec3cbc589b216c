"""One property of Spark, with the reason for its value. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One property of a Spark configuration.

    Args:
        key: the property's name.
        value: its value, as text.
        why: the reason for the value, and where it is from.
    """

    key: str
    value: str
    why: str
