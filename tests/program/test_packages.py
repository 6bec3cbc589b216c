"""Packages know one another in one direction: what runs anywhere knows nothing of what is around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MAY_IMPORT = {
    "apps": {"costs"},
    "jobs": {"emr"},
    "components": set(),
    "policy": {"components", "workspace"},
    "costs": {"components", "workspace"},
    "emr": {"apps", "components", "costs", "workspace"},
    "leftovers": {"components", "workspace"},
    "workspace": set(),
    "toolchain": {"components", "workspace"},
    "images": {"components", "toolchain", "workspace"},
    "rehearsal": {"toolchain", "workspace"},
    "flights": {"components", "jobs", "toolchain", "workspace"},
    "metering": {"components", "toolchain", "workspace"},
    "local": {"components", "flights", "images", "metering", "toolchain", "workspace"},
    "bench": {"components", "flights", "images", "local", "toolchain", "workspace"},
    "testing": {"local", "rehearsal", "toolchain", "workspace"},
    "spark_on_eks": {
        *(
            "bench",
            "components",
            "costs",
            "emr",
            "images",
            "leftovers",
            "local",
            "policy",
            "rehearsal",
            "testing",
            "toolchain",
        ),
        "workspace",
    },
}
"""Package -> the others of this project that it may know. Nobody knows the tests."""

PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"jobs"}


def imported(file: Path) -> Iterator[str]:
    """First names of what a file imports, wherever in it that stands."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def files(package: str) -> list[Path]:
    return [path for path in (ROOT / package).rglob("*.py") if ".venv" not in path.parts]


def test_every_package_has_its_place() -> None:
    assert PACKAGES - {"tests"} == set(MAY_IMPORT), "say in MAY_IMPORT what a new package may know"


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    found = files(package)
    assert found, "there is nothing to look at"
    for file in found:
        wrong = set(imported(file)) & (PACKAGES | {"docker"}) - MAY_IMPORT[package] - {package}
        assert not wrong, f"{file.relative_to(ROOT)} imports {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "apps").iterdir() if path.is_dir()))
def test_the_tests_of_a_program_lie_where_it_lies(name: str) -> None:
    if name != "__pycache__":
        assert list((ROOT / "tests" / "apps" / name).rglob("test_*.py")), (
            f"apps/{name} has no tests/apps/{name}"
        )


@pytest.mark.parametrize("package", sorted({*MAY_IMPORT, "tests"}))
def test_modules_are_read_in_one_go(package: str) -> None:
    long = {str(file): len(file.read_text().splitlines()) for file in files(package)}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}, (
        "split it by what changes together"
    )


def test_no_package_is_below_itself() -> None:
    def below(package: str) -> set[str]:
        return MAY_IMPORT[package].union(*(below(each) for each in MAY_IMPORT[package]))

    assert not [package for package in MAY_IMPORT if package in below(package)]


def test_programs_in_the_cluster_take_nothing_of_costs_but_its_prices() -> None:
    for file in files("apps"):
        names = [
            node.module
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("costs")
        ]
        assert set(names) <= {"costs.prices", "costs.formulas"}, f"{file.relative_to(ROOT)}: {names}"
