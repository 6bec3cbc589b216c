"""Files that a person has reviewed; `--update-goldens` writes them anew for the next review."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent.parent / "golden"

Golden = Callable[[str, Any], None]
"""The fixture `golden`: file name and what should stand there; text as it is, anything else as JSON."""

GoldenFolder = Callable[[str, Mapping[str, str]], None]
"""The fixture `golden_folder`: a folder, and the texts of all its files by their names."""


def compare(name: str, actual: Any, *, update: bool) -> None:
    """Compare a value with its golden file, or write the file.

    Args:
        name: path below `tests/golden`.
        actual: text, or something that JSON can hold.
        update: write instead of comparing.
    """
    path = FOLDER / name
    text = actual if isinstance(actual, str) else json.dumps(actual, indent=2, sort_keys=True) + "\n"
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return
    assert path.is_file(), f"{path} is missing; run pytest with --update-goldens and review the new file"
    wanted = path.read_text()
    if wanted != text:
        difference = difflib.unified_diff(
            wanted.splitlines(), text.splitlines(), "reviewed", "now", lineterm="", n=2
        )
        lines = "\n".join(difference)
        raise AssertionError(f"{name} differs; if that is meant, run pytest with --update-goldens\n{lines}")


def compare_folder(name: str, actual: Mapping[str, str], *, update: bool) -> None:
    """Compare texts with all golden files of a folder, or write them; a file without a text is too much.

    Args:
        name: folder below `tests/golden`.
        actual: file name -> what should stand there.
        update: write, and remove what nothing makes any more, instead of comparing.
    """
    there = {path.name for path in (FOLDER / name).glob("*")}
    for left in sorted(there - actual.keys()):
        assert update, f"{name}/{left} shows what no longer is; run pytest with --update-goldens"
        (FOLDER / name / left).unlink()
    for file, text in actual.items():
        compare(f"{name}/{file}", text, update=update)
