"""What is found of a containerd that has ended: sockets of its shims, and programs that wait for it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cluster import ClusterSpec, host, teardown


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(host, "SHIM_SOCKETS", tmp_path)
    return tmp_path


@pytest.fixture
def listening(folder: Path) -> Iterator[Path]:
    """The socket of a shim that runs, which takes one caller at a time."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "runs"))
        server.listen(0)
        yield folder / "runs"


def test_the_socket_of_a_shim_that_has_ended_is_removed(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "ended"))
        server.listen()
    teardown.remove_dead_shim_sockets()
    assert list(folder.iterdir()) == []


def test_the_socket_of_a_shim_that_runs_stays(listening: Path) -> None:
    teardown.remove_dead_shim_sockets()
    assert listening.is_socket()


def test_the_socket_of_a_shim_that_is_busy_with_others_stays(listening: Path) -> None:
    waiting = [socket.socket(socket.AF_UNIX) for _ in range(3)]
    for client in waiting:
        client.setblocking(False)
        client.connect_ex(str(listening))
    teardown.remove_dead_shim_sockets()
    for client in waiting:
        client.close()
    assert listening.is_socket()


def test_a_shim_that_listens_a_moment_after_it_has_bound_keeps_its_socket(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "starts"))
        monkeypatch.setattr(time, "sleep", lambda _: server.listen())
        teardown.remove_dead_shim_sockets()
        assert (folder / "starts").is_socket()


def test_a_file_that_is_no_socket_stays(folder: Path) -> None:
    (folder / "notes").write_text("somebody's")
    teardown.remove_dead_shim_sockets()
    assert (folder / "notes").exists()


def test_a_machine_without_the_folder_is_fine(folder: Path) -> None:
    folder.rmdir()
    teardown.remove_dead_shim_sockets()
    assert not folder.exists()


@pytest.fixture
def spec(tmp_path: Path) -> ClusterSpec:
    return ClusterSpec(state=tmp_path / "state", run=tmp_path / "run")


@pytest.mark.parametrize(("whose", "found"), [("run", True), ("run-of-another", False)])
def test_a_program_that_waits_for_the_containerd_is_found_and_one_of_another_is_not(
    spec: ClusterSpec, whose: str, found: bool
) -> None:
    socket_file = spec.run.with_name(whose) / spec.containerd_socket.name
    waits = [sys.executable, "-c", "import time; time.sleep(600)", f"--address={socket_file}"]
    with subprocess.Popen(waits) as program:
        try:
            assert [client.pid for client in teardown.clients(spec)] == [program.pid] * found
        finally:
            program.kill()
