"""A plugin of pytest for mutation runs: what is imported, which tests belong to what, and their order."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Final

import pytest

from tests.mutation.near import FOUND
from tests.mutation.originals import import_originals

_QUICK_FIRST = ("tests/unit/", "tests/program/test_inputs.py")
"""Beginnings of tests' names, by how soon they find something: units, then the inputs of whole stacks."""


SHARE: Final = "MUTATION_SHARE"
"""Environment variable that names a share of the test files, such as 0/2: `tests/mutation/run.py` sets it."""

_WANTED = pytest.StashKey[set[str]]()
_FILE = pytest.StashKey[Path]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Choose what is imported as components/, before the first conftest imports any of it."""
    import_originals(os.environ.get("MUTANT_UNDER_TEST", ""))


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
    if share := os.environ.get(SHARE):
        items[:] = of_share(share, items)
    if wanted := config.stash.get(_WANTED, None):
        items[:] = asked_for(wanted, items)
    items.sort(key=_rank)


def of_share(share: str, items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Choose the tests of a share of the files: what a file's tests build stays in one process."""
    number, of = map(int, share.split("/"))
    mine = set(sorted({item.path for item in items})[number::of])
    return [item for item in items if item.path in mine]


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
    if _notes_calls():
        from mutmut.state import state

        called = sorted(state()._stats)
        state()._stats.clear()
        for name, tests in about(called, session.items).items():
            state().tests_by_mangled_function_name[name] |= tests


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Have each file build its own stacks while calls are noted: a kept one calls nothing."""
    if _notes_calls() and item.config.stash.get(_FILE, None) != item.path:
        item.config.stash[_FILE] = item.path
        for name, module in list(sys.modules.items()):
            if name.startswith(("tests.", "components.")):
                for value in list(vars(module).values()):
                    if isinstance(value, _lru_cache_wrapper):
                        value.cache_clear()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Give what one test of a file calls to all of them: they share what the first one built."""
    if _notes_calls():
        from mutmut.state import state

        names = [item.nodeid for item in session.items]
        for tests in state().tests_by_mangled_function_name.values():
            tests.update(of_the_same_files(tests, names))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note which test found a mutant."""
    _note(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note which file could not be imported with a mutant."""
    _note(report)


def _note(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.failed and "__mutmut_" in os.environ.get("MUTANT_UNDER_TEST", ""):
        # Tests run in `mutants/`.
        with Path(FOUND.name).open("a") as found:
            found.write(f"{report.nodeid}\n")


def of_the_same_files(some: set[str], names: Sequence[str]) -> set[str]:
    """Choose the tests that are in a file with one of some tests."""
    files = {name.partition("::")[0] for name in some}
    return {name for name in names if name.partition("::")[0] in files}


def _notes_calls() -> bool:
    return os.environ.get("MUTANT_UNDER_TEST") == "stats"


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
