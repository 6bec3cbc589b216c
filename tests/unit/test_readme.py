"""What the README tells people to type exists and is run by the tests."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from testing import tiers

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()

RUN_BY_TESTS = {
    "bench": "tests/cluster/test_bench.py",
    "cost": "tests/unit/test_costs_cli.py",
    "images": "tests/docker/test_builder.py",
    "rehearse": "tests/rehearsal/test_aws_stacks.py",
    "soak": "tests/cluster/test_faults.py",
    "doctor": "tests/cluster/test_commands.py",
    "down": "tests/cluster/test_commands.py",
    "password": "tests/cluster/test_commands.py",
    "preview": "tests/cluster/test_commands.py",
    "status": "tests/cluster/test_commands.py",
    "test": ".ci/run",
    "unit": ".github/workflows/ci.yaml",
    "up": "testing/tiers.py",
}
"""Target -> the file that runs it, or what it is made of, whenever everything is tested."""


def targets_in(text: str) -> set[str]:
    return set(re.findall(r"\bmake ([a-z]+)", text))


def test_every_make_target_in_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in targets_in(README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"README names `make {target}`"


def test_every_make_target_in_the_readme_is_run_by_a_test() -> None:
    assert targets_in(README) <= set(RUN_BY_TESTS), "say in RUN_BY_TESTS which test runs the new command"


@pytest.mark.parametrize("path", sorted(set(RUN_BY_TESTS.values())))
def test_the_files_that_run_the_commands_exist(path: str) -> None:
    assert (ROOT / path).is_file()


def test_every_file_that_the_readme_links_to_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), f"README links to {target}"


def test_make_alone_prints_every_target_with_its_purpose() -> None:
    printed = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    declared = set(re.findall(r"^\.PHONY: (\S+)", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for target in declared:
        assert re.search(rf"^\s+{target}\s+\S", printed, re.MULTILINE), f"`make` does not explain {target}"


def test_every_marker_belongs_to_a_tier_that_something_runs() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    markers = set(re.findall(r'^    "(\w+): ', pyproject, re.MULTILINE))
    assert markers == tiers.MARKS, "a marker outside the tiers would never run"
