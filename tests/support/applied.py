"""Stacks that were applied once and for all tests of a run: each test works on a copy of the state."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from rehearsal.harness import Rehearsal, of_stack


class Applied:
    """Applied stacks by name; several test processes share them.

    Args:
        root: folder that the processes have in common.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def stack(self, name: str) -> Rehearsal:
        """One of the project's own stacks, as its file says."""
        return self.get(name, lambda folder: of_stack(name, folder))

    def get(self, name: str, make: Callable[[Path], Rehearsal]) -> Rehearsal:
        """The stack of that name; made and applied if no test asked for it before.

        Args:
            name: unique in the run.
            make: makes the stack in a folder.
        """
        folder = self._root / name
        done = folder / "applied"
        with FileLock(self._root / f"{name}.lock"):
            stack = make(folder)
            if not done.exists():
                done.write_text(f"{stack.up().seconds:.1f} s")
        return stack

    def took(self, name: str) -> str:
        """How long it took to apply a stack."""
        return (self._root / name / "applied").read_text()


def shared(factory: pytest.TempPathFactory) -> Applied:
    """The applied stacks of this run, whichever of its processes asks.

    Args:
        factory: pytest's factory of temporary folders.
    """
    own = factory.getbasetemp()
    root = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "applied"
    root.mkdir(exist_ok=True)
    return Applied(root)
