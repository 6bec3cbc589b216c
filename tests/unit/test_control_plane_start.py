"""A control plane whose API server takes long to get ready: what gave up meanwhile starts again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from local.cluster import api, control_plane, processes
from local.cluster.control_plane import COMPONENTS
from local.cluster.spec import ClusterSpec
from workspace.errors import ReportedError


class Plane:
    """Components of which some end while the API server is waited for.

    Args:
        ends: what has ended, by how often the cluster was started.
    """

    def __init__(self, ends: Sequence[Sequence[str]]) -> None:
        self._ends = ends
        self.started = 0

    def wait_for(self, what: str, *_: object, needs: Callable[[], Sequence[str]], **__: object) -> None:
        """End as the real one does."""
        if gone := needs():
            raise ReportedError(f"{what}: {', '.join(gone)} ended while it was waited for")

    def ended(self, _: ClusterSpec, names: Sequence[str]) -> list[str]:
        """What of these has ended."""
        return [name for name in names if name in self._ends[self.started]]

    def kwokctl(self, _: ClusterSpec, *arguments: str) -> str:
        """Start what has ended."""
        assert arguments == ("start", "cluster")
        self.started += 1
        return ""


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Plane], None]:
    """Wait for a control plane whose processes have just been started."""

    def run(plane: Plane) -> None:
        monkeypatch.setattr(api, "wait_for", plane.wait_for)
        monkeypatch.setattr(processes, "ended", plane.ended)
        monkeypatch.setattr(control_plane, "kwokctl", plane.kwokctl)
        monkeypatch.setattr(control_plane, "_current", lambda *_: True)
        control_plane.start(ClusterSpec(state=tmp_path))

    return run


def test_a_controller_manager_that_gave_up_is_started_again(start: Callable[[Plane], None]) -> None:
    plane = Plane([["kube-controller-manager"], ["kube-controller-manager", "kube-scheduler"], []])
    start(plane)
    assert plane.started == 2


def test_one_that_ends_each_time_is_named(start: Callable[[Plane], None]) -> None:
    plane = Plane([["kube-scheduler"]] * 5)
    with pytest.raises(ReportedError, match="kube-scheduler ended while it was waited for"):
        start(plane)
    assert plane.started == control_plane.STARTS - 1


@pytest.mark.parametrize("server", COMPONENTS[:2])
def test_what_all_need_is_named_at_once(server: str, start: Callable[[Plane], None]) -> None:
    plane = Plane([[server, "kube-scheduler"], []])
    with pytest.raises(ReportedError, match=f"{server}, kube-scheduler ended"):
        start(plane)
    assert plane.started == 0
