"""In which order tables are moved: files before what reads them, views after what they name. Pure."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final

from emr.catalog.classes import Level, Wave
from emr.catalog.classify import Classified
from emr.catalog.export import Table

_VIEWS: Final = frozenset(
    {"athena-view", "hive-view", "multi-dialect-view", "materialized-view", "resource-link"}
)

_PRESTO = re.compile(r"/\*\s*Presto(?: Materialized)? View:\s*([A-Za-z0-9+/=]+)\s*\*/")
"""How Athena keeps a view's text: JSON in base64 within a comment."""


@dataclass(frozen=True)
class Move:
    """A table in its place.

    Args:
        number: when, from 1.
        what: the table and its class.
        needs: full names of tables of the export that it reads.
        held_up_by: those of them that are blocked.
    """

    number: int
    what: Classified
    needs: tuple[str, ...]
    held_up_by: tuple[str, ...]


def order(found: Iterable[Classified]) -> list[Move]:
    """All tables in the order of their moves.

    Args:
        found: classified tables, in any order.
    """
    tables = sorted(found, key=lambda each: (each.wave, each.table.full_name, each.table.at))
    by_name = {each.table.full_name.lower(): each for each in tables}
    needs = {name: _needs(each, by_name) for name, each in by_name.items()}
    views = [name for name, each in by_name.items() if each.wave is Wave.VIEWS]
    place = {name: at for at, name in enumerate(_after_what_they_read(views, needs))}
    placed = sorted(
        tables, key=lambda each: (each.wave, place.get(each.table.full_name.lower(), 0), each.table.full_name)
    )
    return [
        Move(
            number,
            each,
            tuple(by_name[name].table.full_name for name in needs[each.table.full_name.lower()]),
            tuple(
                by_name[name].table.full_name
                for name in needs[each.table.full_name.lower()]
                if by_name[name].level is Level.BLOCKED
            ),
        )
        for number, each in enumerate(placed, 1)
    ]


def view_text(table: Table) -> str:
    """The query of a view, taken out of Presto's envelope.

    Args:
        table: of the catalog, a view.
    """
    text = str(table.document.get("ViewOriginalText") or table.document.get("ViewExpandedText") or "")
    if not (match := _PRESTO.search(text)):
        return text
    try:
        return str(json.loads(base64.b64decode(match[1], validate=True)).get("originalSql", ""))
    except (ValueError, AttributeError):
        return text


def _needs(view: Classified, known: Mapping[str, Classified]) -> list[str]:
    """Names of the export's tables that a view reads; those of another database only with its name."""
    if view.of.name not in _VIEWS:
        return []
    target = view.table.document.get("TargetTable")
    if isinstance(target, dict):
        name = f"{target.get('DatabaseName')}.{target.get('Name')}".lower()
        return [name] if name in known and name != view.table.full_name.lower() else []
    words = set(re.findall(r"[\w$]+(?:\.[\w$]+)*", re.sub(r'["`]', "", view_text(view.table)).lower()))
    own = f"{view.table.database}.".lower()
    named = {word if "." in word else own + word for word in words}
    # A catalog's name may stand in front.
    named |= {word.partition(".")[2] for word in words if word.count(".") == 2}
    return sorted((named & set(known)) - {view.table.full_name.lower()})


def _after_what_they_read(views: Sequence[str], needs: Mapping[str, Sequence[str]]) -> Sequence[str]:
    sorter = TopologicalSorter({view: sorted(set(needs[view]) & set(views)) for view in views})
    try:
        return tuple(sorter.static_order())
    except CycleError:
        return views  # views that name each other by a column's name: any order is as good
