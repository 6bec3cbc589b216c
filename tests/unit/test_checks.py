"""The checks of shell, Dockerfiles and secrets find what they are for, in what git tracks."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from testing import tiers
from workspace.paths import ROOT

WRONG = {
    "shell": ("run.sh", "#!/bin/bash\ncd $1\n", "SC2086"),
    "Dockerfiles": ("docker/a/Dockerfile", "FROM debian:latest\n", "DL3007"),
    # Put together here, so that this file holds no key.
    "no secrets": ("settings.yaml", f"key: {'AKIA' + 'QYLPMN5HHHFPZAM2'}\n", "AWS Access Key"),
}
"""Step -> a file that it must refuse, its content, and what it says."""

SHEBANG = re.compile(rb"#!\S*[/ ](env +)?(ba|da)?sh\b")


@pytest.mark.parametrize("name", WRONG)
def test_a_check_finds_what_is_wrong_in_a_file_that_git_tracks(name: str, tmp_path: Path) -> None:
    path, content, says = WRONG[name]
    for config in (".hadolint.yaml", ".shellcheckrc", ".secrets.baseline"):
        shutil.copy(ROOT / config, tmp_path)
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    command = next(step.command for step in tiers.checks() if step.name == name)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / path).write_text(content)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0, "it found nothing"
    assert says in done.stdout + done.stderr


def _shell_scripts() -> list[str]:
    """What git tracks and a shell runs, by its first line; what a link leads to is read where it lies."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [name for name in listed.stdout.split("\0") if name and not (ROOT / name).is_symlink()]
    return [name for name in files if SHEBANG.match((ROOT / name).read_bytes()[:80])]


def test_every_script_for_a_shell_is_checked_by_what_makes_it_one() -> None:
    matched = subprocess.run(
        ["git", "ls-files", "-z", "--", *tiers.SHELL], cwd=ROOT, capture_output=True, text=True, check=True
    )
    scripts = _shell_scripts()
    assert "rehearsal/standin/bin/pulumi-resource-aws" in scripts
    assert set(scripts) <= set(matched.stdout.split("\0")), "name it in testing.tiers.SHELL"
