"""What the kit knows, as data: labels, fields, classifications, keys, options."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def table(name: str) -> Any:
    """Read a table, once.

    Args:
        name: of its file.
    """
    text = (FOLDER / name).read_text(encoding="utf-8")
    return json.loads(text) if name.endswith(".json") else yaml.load(text, Loader=_LOADER)  # noqa: S506 - safe


@cache
def spark_keys(version: str) -> frozenset[str]:
    """Every property that a release of Spark declares in its registry.

    Args:
        version: the release ("3.5.8").
    """
    return frozenset((FOLDER / f"spark_keys_{version}.txt").read_text(encoding="utf-8").split())


@cache
def hive_keys(version: str) -> frozenset[str]:
    """Properties of Spark's module for Hive, which declares them when a session first uses it.

    Args:
        version: the release ("3.5.8").
    """
    return frozenset((FOLDER / f"hive_keys_{version}.txt").read_text(encoding="utf-8").split())
