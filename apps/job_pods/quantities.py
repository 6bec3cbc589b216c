"""Quantities as Kubernetes writes them, in numbers that can be compared."""

from __future__ import annotations

import re
from typing import Final

_FORM: Final = re.compile(
    r"(?P<number>[+-]?[0-9]*\.?[0-9]*)(?P<unit>[eE](?P<power>[+-]?[0-9]+)|[KMGTPE]i|[numkMGTPE]?)"
)
"""All suffixes of apimachinery's api/resource/quantity.go; an E with digits behind it is an exponent."""

_UNITS: Final = {
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "": 1.0,
    "k": 1e3,
    **{unit: 1000.0 ** (power + 2) for power, unit in enumerate("MGTPE")},
    **{f"{unit}i": 1024.0 ** (power + 1) for power, unit in enumerate("KMGTPE")},
}


def amount(quantity: str) -> float:
    """Say how much a quantity is, in cores, bytes or pieces.

    Args:
        quantity: such as "500m", "0.5", "2Gi" or "1e3".

    Raises:
        ValueError: it is none.
    """
    found = _FORM.fullmatch(quantity)
    if found is None:
        raise ValueError(f"must be a quantity such as 500m or 2Gi, not {quantity!r}")
    unit = 10.0 ** int(found["power"]) if found["power"] else _UNITS[found["unit"]]
    return float(found["number"]) * unit
