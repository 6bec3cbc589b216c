"""A plugin of pytest for mutation runs: which tests belong to what, and the quick ones first."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

_QUICK_FIRST = ("tests/unit/", "tests/program/test_inputs.py")
"""Beginnings of tests' names, by how soon they find something: units, then the inputs of whole stacks."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what takes milliseconds before what builds whole stacks: the first failure ends a mutant."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    found = (rank for rank, prefix in enumerate(_QUICK_FIRST) if item.nodeid.startswith(prefix))
    return next(found, len(_QUICK_FIRST))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Give what runs while modules are imported to the tests that are about those modules.

    mutmut notes which functions a test calls. What was called on import would all go to the first test.
    """
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        from mutmut.state import state

        called = sorted(state()._stats)
        state()._stats.clear()
        for name, tests in about(called, session.items).items():
            state().tests_by_mangled_function_name[name] |= tests


def about(functions: Sequence[str], items: Sequence[pytest.Item]) -> dict[str, set[str]]:
    """Name the tests about functions' packages: in files that name one, and the whole stacks' inputs."""
    packages = {_package(name) for name in functions}
    naming: dict[str, set[str]] = {package: set() for package in packages}
    for path in {item.path for item in items}:
        text = path.read_text()
        here = {item.nodeid for item in items if item.path == path}
        for package in packages:
            if package in text or path.name == "test_inputs.py":
                naming[package] |= here
    return {name: naming[_package(name)] for name in functions}


def _package(function: str) -> str:
    """Name the package that a function is in, or its module if that lies in `components` itself."""
    package, _, module = function.rpartition(".")[0].rpartition(".")
    return package if package != "components" else f"{package}.{module}"
