"""The sample program's stacks: one applied per run, and copies of it for tests that change something."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.harness import Rehearsal

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
def applied_network(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """The sample without its cluster, applied; tests take a copy of it."""
    made = make(tmp_path_factory.mktemp("network") / "rehearsal", {"cluster": False})
    made.up()
    return made


@pytest.fixture(scope="session")
def applied_cluster(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """The whole sample, applied; tests take a copy of it."""
    made = make(tmp_path_factory.mktemp("cluster") / "rehearsal", {})
    made.up()
    return made


@pytest.fixture
def network(applied_network: Rehearsal, tmp_path: Path) -> Rehearsal:
    """A copy of the applied sample without a cluster."""
    return applied_network.copy(tmp_path / "rehearsal")


@pytest.fixture
def cluster(applied_cluster: Rehearsal, tmp_path: Path) -> Rehearsal:
    """A copy of the applied sample."""
    return applied_cluster.copy(tmp_path / "rehearsal")
