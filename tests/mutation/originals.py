"""Modules as they are in the project, in the place of all mutated ones but the one with the mutant.

A mutated module holds a copy of each function for each of its mutants: all of them together take many seconds
to import, for every mutant anew, and all but one do what the original does.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

PACKAGE: Final = "components"

ORIGINALS: Final = ".originals"
"""Folder below `mutants/` with the modules as they were when they were mutated."""


def import_originals(mutant: str) -> None:
    """Have original modules imported besides the one that a mutant is in.

    Args:
        mutant: its name; one of mutmut's own words, such as "stats", for all mutated ones.
    """
    module = mutant.rpartition(".")[0]
    if module.partition(".")[0] == PACKAGE:
        # mutmut runs tests in `mutants/`.
        sys.meta_path.insert(0, _Originals(module, mutated=Path.cwd(), original=Path.cwd() / ORIGINALS))


class _Originals(MetaPathFinder):
    def __init__(self, mutant: str, *, mutated: Path, original: Path) -> None:
        self._mutant, self._mutated, self._original = mutant, mutated, original

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module where its mutated file is, with the original's code."""
        if fullname.partition(".")[0] != PACKAGE or fullname == self._mutant:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None and isinstance(spec.loader, SourceFileLoader):
            original = self._original / Path(spec.origin).resolve().relative_to(self._mutated)
            spec.loader = _OtherCode(fullname, spec.origin, original)
        return spec


class _OtherCode(SourceFileLoader):
    """A module with the code of another file: it finds what lies beside it where it is itself."""

    def __init__(self, fullname: str, path: str, original: Path) -> None:
        super().__init__(fullname, path)
        self._original = original

    def get_code(self, fullname: str) -> CodeType | None:
        """Compile the other file, or read what was compiled of it."""
        return SourceFileLoader(fullname, str(self._original)).get_code(fullname)
