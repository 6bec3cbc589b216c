"""What a preview of the real engine says, read from its JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

SAME: Final = frozenset({"same", "read"})
"""Steps that change nothing."""


@dataclass(frozen=True)
class Step:
    """One step of a plan.

    Args:
        op: create, update, delete, replace, create-replacement, delete-replaced, same, ...
        urn: the resource's URN.
        changed: paths of its arguments that differ.
        replacing: those of them that force a new resource.
    """

    op: str
    urn: str
    changed: tuple[str, ...] = ()
    replacing: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]

    @property
    def type(self) -> str:
        """The resource's type token."""
        return self.urn.split("::")[2].rpartition("$")[2]


@dataclass(frozen=True)
class Plan:
    """What a preview says.

    Args:
        steps: all steps, in the engine's order.
        seconds: how long it took.
        text: what was printed, warnings and errors among it.
    """

    steps: tuple[Step, ...]
    seconds: float
    text: str = ""

    @property
    def changes(self) -> tuple[Step, ...]:
        """Steps that change something."""
        return tuple(step for step in self.steps if step.op not in SAME)

    def by_op(self) -> dict[str, list[str]]:
        """Names of changed resources, sorted, by what happens to them."""
        found: dict[str, list[str]] = {}
        for step in self.changes:
            found.setdefault(step.op, []).append(step.name)
        return {op: sorted(names) for op, names in sorted(found.items())}

    def counts(self) -> dict[str, int]:
        """Number of steps by resource type: the resource list of a stack."""
        found: dict[str, int] = {}
        for step in self.steps:
            if not step.op.startswith("delete"):
                found[step.type] = found.get(step.type, 0) + 1
        return dict(sorted(found.items()))


def read_plan(text: str) -> tuple[tuple[Step, ...], str]:
    """Steps and messages of `preview --json`; the text as it is if it failed before it had any.

    Args:
        text: what the command wrote.
    """
    try:
        document, _ = json.JSONDecoder().raw_decode(text[max(text.find("{"), 0) :])
    except json.JSONDecodeError:
        return (), text
    messages = [diagnostic["message"] for diagnostic in document.get("diagnostics", [])]
    return tuple(_step(raw) for raw in document.get("steps", [])), "".join(messages)


def _step(raw: Mapping[str, Any]) -> Step:
    detailed = raw.get("detailedDiff") or {}
    return Step(
        op=raw["op"],
        urn=raw["urn"],
        changed=tuple(sorted(detailed)),
        replacing=tuple(sorted(p for p, diff in detailed.items() if diff["kind"].endswith("-replace"))),
    )
