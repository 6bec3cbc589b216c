"""Stacks for the tests: each applied once per run, and copies of it for tests that change something."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rehearsal.harness import Rehearsal
from tests.support.applied import Applied, shared

SAMPLE = Path(__file__).parent / "sample"
SETTINGS = "rehearsal-sample:settings"

MakeSample = Callable[..., Rehearsal]
"""Fixture `sample`: settings of the sample program -> a stack that nothing was done to yet."""


def make(folder: Path, settings: dict[str, Any]) -> Rehearsal:
    """A stack of the sample program."""
    return Rehearsal(project=SAMPLE, folder=folder, stack="sample", config={SETTINGS: settings})


@pytest.fixture
def sample(tmp_path: Path) -> MakeSample:
    """A stack of the sample program that nothing was done to yet."""
    return lambda **settings: make(tmp_path / "rehearsal", settings)


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Applied:
    """Stacks that were applied already; tests take copies of them."""
    return shared(tmp_path_factory)


@pytest.fixture
def network(applied: Applied, tmp_path: Path) -> Rehearsal:
    """A copy of the applied sample without a cluster."""
    stack = applied.get("sample-network", lambda folder: make(folder, {"cluster": False}))
    return stack.copy(tmp_path / "rehearsal")


@pytest.fixture
def cluster(applied: Applied, tmp_path: Path) -> Rehearsal:
    """A copy of the applied sample."""
    stack = applied.get("sample-cluster", lambda folder: make(folder, {}))
    return stack.copy(tmp_path / "rehearsal")
