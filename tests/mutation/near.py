"""Which test files are asked about a mutant where nobody has noted which tests call what.

To note it takes a run of all tests. Those that name a module, or its package, and the inputs of whole stacks
find most of its mutants: what they find is found, so that the score is too low at most.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

LAST: Final = "tests/program/test_inputs.py"
"""What builds whole stacks: asked where no other file found anything."""

FOUND: Final = Path("mutants", "found-by.txt")
"""What `tests/mutation/order.py` writes: a line for each test that failed with a mutant."""


def near(mutant: str, texts: Mapping[str, str]) -> list[str]:
    """Choose files, those first that are most about the module that a mutant is in.

    Args:
        mutant: its name.
        texts: of all test files, by their paths.
    """
    module = mutant.rpartition(".")[0]
    package, _, last = module.rpartition(".")
    about = re.compile(rf"\b{re.escape(module)}\b|\bfrom {re.escape(package)} import \(?[^)\n]*\b{last}\b")
    beside = re.compile(rf"\b{re.escape(package)}\b") if "." in package else about
    found = {
        path: (not about.search(text), path)
        for path, text in texts.items()
        if about.search(text) or beside.search(text)
    }
    return [*sorted(found.keys() - {LAST}, key=lambda path: found[path]), LAST]


def near_files() -> dict[str, str]:
    """Read all test files that mutmut is given, by their paths."""
    from mutmut.configuration import config

    arguments = config().pytest_add_cli_args
    left_out = {each.removeprefix("--ignore=") for each in arguments if each.startswith("--ignore=")}
    paths = (
        path
        for folder in config().pytest_add_cli_args_test_selection
        for path in Path(folder).rglob("test_*.py")
    )
    return {str(path): path.read_text() for path in sorted(paths) if str(path) not in left_out}


def found_by() -> list[str]:
    """Tests that failed with a mutant, or files that could not be imported with one."""
    return sorted({line for line in FOUND.read_text().splitlines() if line}) if FOUND.exists() else []
