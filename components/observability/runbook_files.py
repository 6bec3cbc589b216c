"""The runbooks as they are deployed, where the page of sent alerts shows them. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from components.naming import RUNBOOKS

FOLDER: Final = Path(__file__).resolve().parents[2] / RUNBOOKS


def runbook_files() -> dict[str, str]:
    """File name -> text of every runbook, and of their list."""
    return {path.name: path.read_text() for path in sorted(FOLDER.glob("*.md"))}
