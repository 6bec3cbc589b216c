"""For all tests: no credentials of whoever runs them, the golden flag, the settings of property tests."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, settings

from testing.tiers import MARKS
from tests.support.golden import Golden, GoldenFolder, compare, compare_folder

if TYPE_CHECKING:
    from tests.walls.server import ApiServer

ROOT = Path(__file__).resolve().parent.parent

# Examples share the machine with builds and clusters: a slow one says nothing about the code.
settings.register_profile(
    "project", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("project")

_AT_FIRST: Final = (time.tzname, Path.cwd())
"""Time zone and folder in which the tests were started."""

_CREDENTIALS = ("AWS_", "PULUMI_ACCESS_TOKEN", "GITHUB_TOKEN", "GOOGLE_", "AZURE_", "ARM_")
"""Beginnings of variables that could let a test reach a real account."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flag that rewrites the reviewed files."""
    parser.addoption(
        "--update-goldens", action="store_true", help="write tests/golden anew instead of comparing"
    )


def pytest_configure() -> None:
    """Take credentials out of the environment before any test module is imported, and collect seldom."""
    # A tenth of the unit tier was spent on looking for cycles among the same imported classes.
    gc.set_threshold(200_000, 50, 100)
    for name in list(os.environ):
        if name.startswith(_CREDENTIALS):
            del os.environ[name]
    # boto3 looks for credentials of the machine over the network unless told not to.
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test whose tier's mark is not in its file's text: by it the tiers choose what they collect."""
    found = {(item.path, mark.name) for item in items for mark in item.iter_markers() if mark.name in MARKS}
    texts = {path: path.read_text() for path, _ in found}
    if lost := sorted(f"{path}: {mark}" for path, mark in found if f"mark.{mark}" not in texts[path]):
        raise pytest.UsageError(f"write `pytest.mark.<mark>` into the file itself: {', '.join(lost)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    """Name the test that leaves its process elsewhere: it is another that would fail, in some orders only."""
    yield
    assert (time.tzname, Path.cwd()) == _AT_FIRST, (
        f"now in {time.tzname}, {Path.cwd()}: go back to {_AT_FIRST}"
    )


@pytest.fixture(scope="session")
def policed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """One API server for all tenants that policies are made for: to settle one costs more than its start."""
    from tests.walls.server import api_server

    with api_server(tmp_path_factory.mktemp("api-server")) as running:
        yield running


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a value with a reviewed file below `tests/golden`."""
    update = bool(request.config.getoption("--update-goldens"))
    return lambda name, actual: compare(name, actual, update=update)


@pytest.fixture
def golden_folder(request: pytest.FixtureRequest) -> GoldenFolder:
    """Compare texts with all reviewed files of a folder below `tests/golden`."""
    update = bool(request.config.getoption("--update-goldens"))
    return lambda name, actual: compare_folder(name, actual, update=update)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the rehearsals saw, if any ran."""
    from tests.rehearsal import summary

    noted = [
        pair
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for pair in report.user_properties
    ]
    if shown := summary.text(noted):
        terminalreporter.write_line("")
        terminalreporter.write(shown)
