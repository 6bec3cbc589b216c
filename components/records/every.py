"""Every record there is: each module of this package that has one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Final

from components import records
from components.records.model import Reach, ServiceRecord

_OTHERS: Final = {"model", "rights", "every", "table"}

RECORDS: Final[Mapping[str, ServiceRecord]] = MappingProxyType(
    {
        found.name: import_module(f"{records.__name__}.{found.name}").RECORD
        for found in sorted(iter_modules(records.__path__), key=lambda each: each.name)
        if found.name not in _OTHERS
    }
)
"""The records, by the name of their module."""

PLATFORM_NAMESPACES: Final = tuple(name for record in RECORDS.values() for name in record.namespaces)
"""Namespaces that the platform keeps for itself."""


def services_that_reach(reach: Reach) -> tuple[str, ...]:
    """List the namespaces of services whose pods talk to something.

    Args:
        reach: to what.
    """
    found = [record for record in RECORDS.values() if any(reach in each for each in record.reaches.values())]
    return tuple(name for record in found for name in record.places)
