"""A run as a row of the index, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apps.jobs.runs.run import Run

from .schema import COMPUTED, RUNS

COLUMNS: Final = tuple(column.key for column in RUNS.columns if column.key not in COMPUTED)
"""Columns that hold a run, each under the name of its field."""

_DOCUMENTS: Final = frozenset({"failure", "cost", "checks"})
"""Fields that are kept as JSON."""

_NOT_TEXT: Final = dict.fromkeys((0, *range(0xD800, 0xE000)), "\N{REPLACEMENT CHARACTER}")
"""Characters that no text in PostgreSQL has: NUL, and halves of a pair of UTF-16."""


def row_of(run: Run) -> dict[str, Any]:
    """What is stored of a run.

    Args:
        run: the run; characters that the database has none of become U+FFFD.
    """
    plain = run.model_dump(exclude=set(_DOCUMENTS))
    documents = run.model_dump(mode="json", include=set(_DOCUMENTS))
    row = {name: _storable(value) for name, value in {**plain, **documents}.items()}
    return {**row, "kept": sorted(row["kept"])}


def run_of(row: Mapping[str, Any]) -> Run:
    """The run of a row.

    Args:
        row: with all columns that hold a run.
    """
    return Run.model_validate({name: row[name] for name in COLUMNS})


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return str(value).translate(_NOT_TEXT)
    if isinstance(value, Mapping):
        return {_storable(key): _storable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(each) for each in value]
    return value
