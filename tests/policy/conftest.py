"""The policy pack with its own environment, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.policy_env import Pack, prepare
from tests.rehearsal.harness import Rehearsal

PROGRAM = Path(__file__).parent / "program"
SETTINGS = "policy-sample:settings"


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The pack, ready to run."""
    return prepare()


def guarded(stack: Rehearsal, pack: Pack) -> Rehearsal:
    """A stack whose engine finds the pack's starter."""
    stack.environment.update(pack.environment(stack.process_environment()["PATH"]))
    return stack


def sample(folder: Path, pack: Pack, *breaks: str) -> Rehearsal:
    """A stack of the sample program that breaks some rules."""
    stack = Rehearsal(
        project=PROGRAM, folder=folder, stack="sample", config={SETTINGS: {"breaks": list(breaks)}}
    )
    return guarded(stack, pack)
