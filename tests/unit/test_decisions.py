"""Decisions are numbered once each, and each says when it holds, why and what follows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "adr"
PARTS = ("Context", "Decision", "Consequences")
PAGES = sorted(FOLDER.glob("*.md"))


def test_no_two_decisions_have_the_same_number() -> None:
    assert [int(page.name[:4]) for page in PAGES] == list(range(1, len(PAGES) + 1))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_has_its_number_and_its_parts(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {int(page.name[:4])}. "), "its title begins with its number"
    parts = re.findall(r"^## (\w+)", text, re.MULTILINE)
    assert [each for each in parts if each in PARTS] == list(PARTS), "why, what, and what follows"
