"""What is read of a catalog: every table once, with what to do. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final

from emr.catalog.classes import CLASSES, Level, Wave
from emr.catalog.export import Unreadable
from emr.catalog.order import Move

_WAVES: Final = {
    Wave.AS_IT_IS: "Wave 1: read where they are",
    Wave.REWRITTEN: "Wave 2: written once in another format",
    Wave.BY_HAND: "Wave 3: by hand",
    Wave.VIEWS: "Wave 4: views and links, after what they read",
    Wave.BLOCKED: "Blocked: nothing reads them here as they are",
}


def text(moves: Sequence[Move], unreadable: Sequence[Unreadable]) -> str:
    """For people: the classes first, then each table in the order of its move.

    Args:
        moves: all tables in order.
        unreadable: entries that are none.
    """
    lines = [_head(moves, unreadable), "", *_classes(moves)]
    for wave, group in groupby(moves, key=lambda move: move.what.wave):
        lines += ["", _WAVES[wave]]
        for move in group:
            lines += _table(move)
    if unreadable:
        lines += ["", "Not tables:", *(f"  {each.at} {each.why}" for each in unreadable)]
    return "\n".join(lines) + "\n"


def document(moves: Sequence[Move], unreadable: Sequence[Unreadable]) -> str:
    """For programs: the same, whole.

    Args:
        moves: what becomes of each table, in their order.
        unreadable: entries that are no tables.
    """
    tables = [_entry(move) for move in moves]
    found: dict[str, Any] = {
        "tables": tables,
        "unreadable": [{"at": each.at, "why": each.why} for each in unreadable],
    }
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _head(moves: Sequence[Move], unreadable: Sequence[Unreadable]) -> str:
    levels = Counter(move.what.level for move in moves)
    said = ", ".join(f"{levels[level]} {level}" for level in Level if levels[level])
    aside = f"; {len(unreadable)} entries are no tables" if unreadable else ""
    return f"{len(moves)} tables: {said or 'none'}{aside}"


def _classes(moves: Iterable[Move]) -> list[str]:
    counts = Counter(move.what.of.name for move in moves)
    return [
        line
        for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        for line in (f"  {count:>4} {name}: {CLASSES[name].means}", f"       {CLASSES[name].action}")
    ]


def _table(move: Move) -> list[str]:
    what = move.what
    where = f"  {what.table.location}" if what.table.location else ""
    lines = [f"  {move.number:>4} {what.table.full_name}  {what.of.name}, {what.level}{where}"]
    if what.of.name == "unknown":
        lines.append(f"       {what.because}")
    lines += [f"       {each.code}: {each.why}: {each.action}" for each in what.traits]
    if move.needs:
        lines.append(f"       reads {', '.join(move.needs)}")
    if move.held_up_by:
        lines.append(f"       waits for {', '.join(move.held_up_by)}, which is blocked")
    return lines


def _entry(move: Move) -> dict[str, Any]:
    what = move.what
    return {
        "order": move.number,
        "at": what.table.at,
        "database": what.table.database,
        "table": what.table.name,
        "class": what.of.name,
        "because": what.because,
        "level": what.level,
        "wave": int(what.wave),
        "location": what.table.location,
        "action": what.of.action,
        "traits": [
            {"code": each.code, "level": each.level, "why": each.why, "action": each.action}
            for each in what.traits
        ],
        "reads": list(move.needs),
        "waitsFor": list(move.held_up_by),
    }
