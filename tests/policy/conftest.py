"""The policy pack with its own environment, and stacks that the engine shows to it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from rehearsal.harness import Rehearsal, Run
from rehearsal.policy_env import Pack, prepare

PROGRAM = Path(__file__).parent / "program"
SETTINGS = "policy-sample:settings"


@dataclass
class Guarded(Rehearsal):
    """A stack whose engine asks the policy pack about everything.

    Args:
        pack: the pack.
    """

    pack: Pack | None = None

    def process_environment(self) -> dict[str, str]:
        """As in a rehearsal, and with the pack's starter on PATH."""
        inherited = super().process_environment()
        assert self.pack is not None
        return {**inherited, **self.pack.environment(inherited["PATH"])}

    def judge(self, *, fails: bool = False) -> Run:
        """`pulumi preview` with the pack; as text, because only that has what the pack says."""
        return self._operate(["preview", *self._pack()], fails=fails)

    def up(self, *arguments: str, fails: bool = False) -> Run:
        """`pulumi up` with the pack."""
        return super().up(*self._pack(), *arguments, fails=fails)

    def _pack(self) -> tuple[str, ...]:
        assert self.pack is not None
        return ("--policy-pack", str(self.pack.folder))


def guarded(stack: Rehearsal, pack: Pack) -> Guarded:
    """A rehearsal under the pack's eyes."""
    return Guarded(
        **{each.name: getattr(stack, each.name) for each in fields(Rehearsal) if each.init}, pack=pack
    )


def sample(folder: Path, pack: Pack, *breaks: str) -> Guarded:
    """A stack of the sample program that breaks some rules."""
    config = {SETTINGS: {"breaks": list(breaks)}}
    return Guarded(project=PROGRAM, folder=folder, stack="sample", config=config, pack=pack)


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The pack, ready to run."""
    return prepare()
