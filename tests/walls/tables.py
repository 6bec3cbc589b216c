"""The tables of docs/walls.md, made of what the tests try."""

from __future__ import annotations

from typing import Final

from tests.walls.attacks import ATTACKS
from tests.walls.attacks_reach import REACH_ATTACKS
from tests.walls.written import REPORTED, UPSTREAM
from tests.walls.written_elsewhere import ELSEWHERE

EVERY_ATTACK: Final = (*ATTACKS, *REACH_ATTACKS)


def attacks_table() -> str:
    """What is tried, by whom, and the answer."""
    rows = [f"| {each.what} | {each.who} | {each.does} | {each.said} |" for each in EVERY_ATTACK]
    return "\n".join(
        ["| tried | by | what it would do | what the API server says |", "|---|---|---|---|", *rows]
    )


def written_table() -> str:
    """What people have written, and the answer."""
    rows = [
        *(f"| upstream's `{file}.yaml` | {said or 'taken'} |" for file, said in UPSTREAM.items()),
        *(f"| {each.what} | {each.said or 'taken'} |" for each in (*REPORTED, *ELSEWHERE)),
    ]
    return "\n".join(["| manifest | what the API server says |", "|---|---|", *rows])
