"""Whose certificate a server of RDS shows in which region. Pure: it reads the file beside it alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

FILE: Final = Path(__file__).with_suffix(".pem")
"""The certificates, each after a line with its region; its head says where they are from."""

_ENTRY: Final = re.compile(
    r"^# (?P<region>[a-z]+-[a-z]+-\d)\n(?P<pem>-----BEGIN CERTIFICATE-----\n.*?-----END CERTIFICATE-----\n)",
    re.MULTILINE | re.DOTALL,
)


@cache
def authorities() -> Mapping[str, str]:
    """The authorities' certificates as PEM, by region."""
    return MappingProxyType({found["region"]: found["pem"] for found in _ENTRY.finditer(FILE.read_text())})
