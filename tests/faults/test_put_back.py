"""Each fault is put back into a copy of the checkout, and its test fails there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shutil import copy2
from typing import Any

import pytest

from tests.faults.table import FAULTS, Fault
from tests.support.stacks import ROOT

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

FAILED = 1
"""What pytest ends with when tests failed; 2 to 5 mean that none was run to its end."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A copy of the checkout as it stands, its changes among it; without a fault the tests pass there."""
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            copy2(ROOT / name, folder / name)
    # What is made beside the tracked files, and looked for there.
    for made in (".venv", "charts/.upstream"):
        (folder / made).symlink_to(ROOT / made)
    chosen = {f"tests/{each.callspec.params['fault'].test}" for each in _faults_of(request.session)}
    done = _pytest(folder, *sorted(chosen))
    assert done.returncode == 0, f"a fault that nobody put fails:\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
    return folder


def _faults_of(session: pytest.Session) -> list[Any]:
    return [each for each in session.items if each.path == Path(__file__)]


def _pytest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("fault", FAULTS, ids=[each.fault for each in FAULTS])
def test_a_fault_that_is_put_back_is_found_by_its_test(fault: Fault, copy: Path) -> None:
    file = copy / fault.file
    right = file.read_text()
    inputs = copy / "tests" / "golden" / "inputs"
    goldens = {each: each.read_bytes() for each in inputs.rglob("*.yaml")} if fault.goldens else {}
    try:
        file.write_text(right.replace(fault.was, fault.put))
        if fault.goldens:
            _pytest(copy, "tests/program/test_inputs.py", "--update-goldens")
        done = _pytest(copy, f"tests/{fault.test}")
    finally:
        file.write_text(right)
        for each, content in goldens.items():
            each.write_bytes(content)
    assert done.returncode == FAILED, (
        f"{fault.fault} stays unseen:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    )
    assert f"::{fault.test.partition('::')[2]}" in done.stdout
