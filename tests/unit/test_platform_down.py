"""`down` takes all data of this machine's platform: a person is asked first, a script is not."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from rich.console import Console

from local import cluster, platform
from testing import tiers
from toolchain import pulumi_cli
from workspace.errors import ReportedError


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A platform on this machine; gains a line when it is removed."""
    gone: list[str] = []
    monkeypatch.setattr(cluster, "uses_external_cluster", lambda: False)
    monkeypatch.setattr(cluster, "status", lambda: SimpleNamespace(exists=True))

    def remove(*, say: object) -> bool:
        gone.append("removed")
        return True

    monkeypatch.setattr(cluster, "down", remove)
    return gone


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """Let somebody sit there who writes this line."""
    stdin = io.StringIO(f"{answer}\n")
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", stdin)


def test_a_person_who_says_no_keeps_everything(removed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch, "n")
    with pytest.raises(ReportedError, match="all jobs, logs and buckets in it; nothing was"):
        platform.down(Console(file=io.StringIO()))
    assert not removed


def test_a_person_who_says_yes_is_rid_of_it(removed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch, "y")
    platform.down(Console(file=io.StringIO()))
    assert removed


def test_who_is_sure_is_not_asked(removed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch, "n")
    platform.down(Console(file=io.StringIO()), sure=True)
    assert removed


def test_what_the_tests_brought_up_goes_without_a_question(
    removed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_a_terminal(monkeypatch, "n")
    monkeypatch.setattr(cluster, "status", lambda: SimpleNamespace(exists=False))
    ends: list[Callable[[], None]] = []
    monkeypatch.setattr(tiers, "run", lambda steps, console, *, leave: ends.append(leave))
    tiers.run_all(Console(file=io.StringIO()))
    monkeypatch.setattr(cluster, "status", lambda: SimpleNamespace(exists=True))
    for leave in ends:
        leave()
    assert removed == ["removed"]


@pytest.mark.parametrize("kept", [False, True])
def test_a_platform_that_goes_with_the_tests_has_its_state_written_once(
    kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[object] = []
    monkeypatch.setattr(platform, "up", lambda console, *, extra: given.append(extra))
    *_, step = tiers.all_steps(Console(file=io.StringIO()), kept=kept)
    assert step.before is not None
    step.before()
    assert given == [None if kept else pulumi_cli.WRITTEN_ONCE], "a person's own is to be gone on with"


def test_a_script_is_not_asked(removed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    platform.down(Console(file=io.StringIO()))
    assert removed
