"""What becomes of fields that no code translates: the table `fields.yaml`. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from emr.model.job import Source
from emr.model.ledger import End, Finding, Ledger, Level
from emr.model.tree import Leaf, holes, leaves, named_leaves, shown
from emr.tables import table
from emr.translate.secrets import masked

_SECRET_BELOW: Final = ("KerberosAttributes",)


def account(source: Source, ledger: Ledger) -> None:
    """Give an end to every leaf of a description that has none yet.

    Args:
        source: the description.
        ledger: where the account is kept.
    """
    ledger.expect(leaf for leaf in leaves(source.tree) if leaf.at)
    for path, leaf in named_leaves(source.tree):
        if not leaf.at or leaf.at in ledger.ends:
            continue
        if not leaf.text:
            ledger.note(_empty(leaf))
            continue
        row = _row(source.form.value, path)
        hidden = path[0] in _SECRET_BELOW or row is None
        level = Level(row["level"]) if row else Level.BY_HAND
        ledger.note(
            Finding(
                at=leaf.at,
                level=level,
                code=row["code"] if row else "COMPUTED_FIELD" if holes(leaf.text) else "UNKNOWN_FIELD",
                why=row["why"] if row else _unknown(path, leaf),
                todo=row.get("do", "") if row else "find out what it does, and whether a job needs it",
                value="" if hidden else masked(shown(leaf.text), path[-1]),
                end=End.DROPPED if level is Level.EXACT else End.REPORTED,
            )
        )


def _unknown(path: tuple[str, ...], leaf: Leaf) -> str:
    name = ".".join(path)
    if holes(leaf.text):
        return f"{name} is worked out when it runs"
    return f"{name} is no field that this kit knows"


def _empty(leaf: Leaf) -> Finding:
    """Exporters and templates write a field out even if nobody has set it."""
    return Finding(at=leaf.at, level=Level.EXACT, code="EMPTY", why="nothing stands there", end=End.DROPPED)


@cache
def _rows(form: str) -> tuple[tuple[tuple[str, ...], dict[str, Any]], ...]:
    return tuple(_patterns(form))


def _patterns(form: str) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    name = "job flow" if form == "EMR on EC2" else form
    for row in table("fields.yaml")[name]:
        for at in row["at"] if isinstance(row["at"], list) else [row["at"]]:
            yield tuple(at.split(".")), row


def _row(form: str, path: tuple[str, ...]) -> dict[str, Any] | None:
    for pattern, row in _rows(form):
        if _fits(pattern, path):
            return row
    return None


def _fits(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    if pattern[-1:] == ("**",):
        head = pattern[:-1]
        return len(path) >= len(head) and all(_same(a, b) for a, b in zip(head, path, strict=False))
    return len(pattern) == len(path) and all(_same(a, b) for a, b in zip(pattern, path, strict=True))


def _same(pattern: str, name: str) -> bool:
    return pattern in ("*", name)
