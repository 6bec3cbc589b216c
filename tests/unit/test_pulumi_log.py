"""Pulumi's log of every property: off wherever the project calls Pulumi, and nobody else's is touched."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from toolchain import pulumi_cli
from toolchain.pulumi_cli import Stack
from workspace import pulumi_log
from workspace.paths import ROOT

PROGRAM = """#!/bin/sh
if [ -f "$PULUMI_HOME/logs" ]; then log=off; else log=on; fi
echo "$log $*" >> "{calls}"
echo {{}}
"""
"""Stands where `pulumi` stands, and notes of each call whether Pulumi could have made its log's folder."""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What was called, a line each; `off` or `on` comes first."""
    program, calls = tmp_path / "pulumi", tmp_path / "calls"
    program.write_text(PROGRAM.format(calls=calls))
    program.chmod(0o755)
    monkeypatch.setattr(pulumi_cli, "find", lambda _: program)
    monkeypatch.delenv("PULUMI_HOME", raising=False)
    return calls


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(name="local", state=tmp_path / "state", kubeconfig=None)


@pytest.mark.parametrize(
    "call", [pulumi_cli.prepare, pulumi_cli.up, pulumi_cli.preview, pulumi_cli.destroy, pulumi_cli.outputs]
)
def test_no_call_of_ours_lets_pulumi_log(calls: Path, stack: Stack, call: Callable[[Stack], object]) -> None:
    call(stack)
    made = calls.read_text().splitlines()
    assert made, "nothing was called, so nothing was shown"
    assert [line for line in made if not line.startswith("off ")] == [], "each of these logs every property"


def test_a_home_that_the_caller_chose_is_the_callers(
    calls: Path, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "mine" / "logs" / "of-yesterday.log"
    kept.parent.mkdir(parents=True)
    kept.touch()
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "mine"))
    pulumi_cli.run(stack, ["version"], capture=True)
    assert calls.read_text() == "on --non-interactive version\n"
    assert kept.exists(), "somebody wants these"


def test_whoever_starts_pulumi_turns_its_log_off() -> None:
    starts = ('find("pulumi")', "binary('pulumi')", 'binary("pulumi")')
    tracked = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20
    ).stdout.splitlines()
    texts = {name: (ROOT / name).read_text() for name in tracked if name != "tests/unit/test_pulumi_log.py"}
    starting = {name for name, text in texts.items() if any(start in text for start in starts)}
    assert {"toolchain/pulumi_cli.py", "rehearsal/harness.py"} <= starting, "the search finds what there is"
    assert {name for name in starting if "pulumi_log.turn_off(" not in texts[name]} == set()


def test_what_was_logged_before_goes_and_a_note_says_why(tmp_path: Path) -> None:
    logs = tmp_path / "home" / "logs"
    logs.mkdir(parents=True)
    (logs / "local-20261125T120000.log").write_text("every property")
    pulumi_log.turn_off(logs.parent)
    assert logs.read_text() == pulumi_log.NOTE
    pulumi_log.turn_off(logs.parent)
    assert logs.read_text() == pulumi_log.NOTE, "once more changes nothing"


def test_only_the_owner_reads_what_pulumi_keeps(tmp_path: Path) -> None:
    pulumi_log.turn_off(tmp_path / "home")
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0, "credentials of backends are kept there"
