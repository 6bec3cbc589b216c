"""A plugin of pytest for mutation runs: which tests belong to what, and in which order they run."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

_QUICK_FIRST = ("tests/unit/", "tests/program/test_inputs.py")
"""Beginnings of tests' names, by how soon they find something: units, then the inputs of whole stacks."""


_WANTED = pytest.StashKey[set[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Collect whole files where single tests are named.

    A mutant may change what a test is called by its parameters: asked for by its old name, pytest would stop
    before the first test, which says nothing of the mutant.
    """
    named = {each for each in config.args if "::" in each}
    if named:
        config.stash[_WANTED] = named
        config.args[:] = sorted({each.partition("::")[0] for each in config.args})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run what takes milliseconds before what builds whole stacks: the first failure ends a mutant."""
    if wanted := config.stash.get(_WANTED, None):
        items[:] = asked_for(wanted, items)
    items.sort(key=_rank)


def asked_for(wanted: set[str], items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Choose the tests that were named; of one that is not there by its name, all its parameters."""
    missing = {name.partition("[")[0] for name in wanted - {item.nodeid for item in items}}
    return [item for item in items if item.nodeid in wanted or item.nodeid.partition("[")[0] in missing]


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
