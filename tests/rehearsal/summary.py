"""What the rehearsals saw, as tables at the end of a run: size and times of stacks, effects of changes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from rehearsal.preview import Plan

STACK: Final = "rehearsed stack"
CHANGE: Final = "rehearsed change"
ORDER: Final = "rehearsed order of destroy"
"""Names under which tests note what they saw."""

Noted = Callable[[str, object], None]
"""pytest's fixture `record_property`."""

WIDTH: Final = 140
NAMES_SHOWN: Final = 4

_STACK_COLUMNS: Final = {
    "resources": "resources",
    "preview": "preview",
    "up": "up",
    "no-op": "preview without changes",
    "destroy": "destroy",
}


def what_happens(plan: Plan) -> dict[str, list[str]]:
    """A plan as the table shows it: names by what happens to them; replacements with what forces them."""
    found: dict[str, list[str]] = {}
    for step in plan.changes:
        if step.op in ("create-replacement", "delete-replaced"):
            continue
        why = f" ({', '.join(step.replacing)})" if step.op == "replace" else ""
        found.setdefault(step.op, []).append(f"{step.name}{why}")
    return {op: sorted(names) for op, names in found.items()}


def text(noted: Iterable[tuple[str, Any]]) -> str:
    """The tables; empty if nothing was noted.

    Args:
        noted: what tests noted, in their order.
    """
    stacks: dict[str, dict[str, str]] = {}
    changes: list[Mapping[str, Any]] = []
    orders: list[Mapping[str, Any]] = []
    for name, value in noted:
        if name == STACK:
            stacks.setdefault(value["stack"], {}).update(value)
        elif name == CHANGE:
            changes.append(value)
        elif name == ORDER:
            orders.append(value)
    file = io.StringIO()
    console = Console(file=file, width=WIDTH, highlight=False)
    for table in (*_stacks(stacks), *_orders(orders), *_changes(changes)):
        console.print(table)
    return file.getvalue()


def _stacks(stacks: Mapping[str, Mapping[str, str]]) -> Iterator[Table]:
    if not stacks:
        return
    table = Table(title="Stacks by the real engine, with stand-ins for the providers", title_justify="left")
    table.add_column("stack")
    for title in _STACK_COLUMNS.values():
        table.add_column(title, justify="right")
    for stack, seen in sorted(stacks.items()):
        table.add_row(stack, *(str(seen.get(column, "")) for column in _STACK_COLUMNS))
    yield table


def _orders(orders: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    if not orders:
        return
    table = Table(title="Destroy, around the network", title_justify="left", show_lines=True)
    for column in ("stack", "what goes, in this order"):
        table.add_column(column, overflow="fold")
    for order in sorted(orders, key=lambda each: str(each["stack"])):
        table.add_row(order["stack"], "\n".join(order["lines"]))
    yield table


def _changes(changes: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    if not changes:
        return
    table = Table(title="One setting of prod changes", title_justify="left", show_lines=True)
    for column in ("change", "setting", "what the plan does, and nothing else"):
        table.add_column(column, overflow="fold")
    for change in changes:
        lines = [_line(op, names) for op, names in sorted(change["does"].items())]
        table.add_row(change["what"], f"{change['path']}\n= {change['value']}", "\n".join(lines))
    yield table


def _line(op: str, names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMES_SHOWN])
    rest = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"{op.upper() if op == 'replace' else op} {len(names)}: {shown}{rest}"
