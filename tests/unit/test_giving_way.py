"""What runs beside the real node gets what that leaves of the processor."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from testing import giving_way


@pytest.fixture
def version_1(tmp_path: Path) -> Path:
    """A folder like that of control groups of version 1."""
    (tmp_path / "cpu").mkdir()
    return tmp_path


@pytest.fixture
def version_2(tmp_path: Path) -> Path:
    """A folder like that of control groups of version 2, in which nothing is handed down yet."""
    (tmp_path / "cgroup.controllers").write_text("cpu memory")
    (tmp_path / "cgroup.subtree_control").write_text("memory")
    return tmp_path


def made(root: Path) -> Path:
    (folder,) = root.rglob(f"spark-on-eks-beside-{os.getpid()}")
    return folder


def test_the_group_has_a_fifth_of_the_weight_of_any_other(version_1: Path) -> None:
    with giving_way.group(version_1):
        assert (made(version_1) / "cpu.shares").read_text() == "204", "of the 1024 that others have"


def test_with_version_2_the_weight_is_handed_down_and_set(version_2: Path) -> None:
    with giving_way.group(version_2):
        assert (version_2 / "cgroup.subtree_control").read_text() == "+cpu"
        assert (made(version_2) / "cpu.weight").read_text() == "20", "of the 100 that others have"


def test_a_command_and_what_it_starts_are_in_the_group(version_1: Path) -> None:
    with giving_way.group(version_1) as prefix:
        shell = subprocess.run(
            [*prefix, "sh", "-c", "echo $$"], capture_output=True, text=True, check=True
        ).stdout
        joined = (made(version_1) / "cgroup.procs").read_text()
    assert joined == shell, "the command took the place of the process that joined"


def test_where_no_group_can_be_made_the_priority_is_lowered(tmp_path: Path) -> None:
    with giving_way.group(tmp_path / "nothing here") as prefix:
        priority = subprocess.run([*prefix, "nice"], capture_output=True, text=True, check=True).stdout
    assert int(priority) == min(os.getpriority(os.PRIO_PROCESS, 0) + 8, 19)


@pytest.mark.skipif(not os.access("/sys/fs/cgroup/cpu", os.W_OK), reason="may not make control groups here")
def test_the_real_group_is_gone_with_what_ran_in_it() -> None:
    with giving_way.group() as prefix:
        inside = subprocess.run(
            [*prefix, "cat", "/proc/self/cgroup"], capture_output=True, text=True, check=True
        ).stdout
        folder = made(Path("/sys/fs/cgroup/cpu"))
    assert folder.name in inside
    assert not folder.exists()
