"""Something dies in the middle of a job, and the job ends well: its status is right, its log is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

import flights
from tests.cluster import paced
from tests.cluster.faults import FAULTS, HISTORY, OPERATOR
from tests.cluster.history import History
from tests.cluster.paced import Pace, Paced
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

BEFORE = 4
"""Files that are there when something breaks; more than half are still to come."""

PACE = Pace(tasks=12, executors=1)
PACES = {"an executor is killed": Pace(tasks=24, executors=2)}
"""Where another one has to go on. As long as the others, which have one executor."""


@dataclass(frozen=True)
class Broken:
    """A run in the middle of which something broke.

    Args:
        run: the run.
        fault: what broke, in words.
        driver: uid of the driver's pod before the fault.
    """

    run: Paced
    fault: str
    driver: str


@dataclass(frozen=True)
class Aftermath(Broken):
    """The same run, once it has ended.

    Args:
        exit_status: the driver's.
    """

    exit_status: int


@pytest.fixture(scope="module")
def listed_before(history: History) -> frozenset[str]:
    """Applications that the history server listed before anything broke."""
    return frozenset(eventually("`make up` ran the flights", history.names))


@pytest.fixture(scope="module")
def broken(
    theirs: flights.Platform, listed_before: frozenset[str]
) -> Iterator[dict[str, Broken | BaseException]]:
    """By fault, a job in the middle of which it came, or why it could not; nobody mends anything by hand.

    The next job starts while the one before goes on, so that its end is not waited for as well.
    """
    runs: list[Paced] = []
    found: dict[str, Broken | BaseException] = {}
    try:
        for fault, act in FAULTS.items():
            try:
                runs.append(paced.start(theirs, PACES.get(fault, PACE)))
                runs[-1].wait_until_written(BEFORE)
                driver = runs[-1].driver()
                assert driver is not None, "the driver writes, so it exists"
                act(runs[-1])
                found[fault] = Broken(runs[-1], fault, driver["metadata"]["uid"])
            except (AssertionError, ReportedError, pytest.fail.Exception) as error:
                # Of this fault alone: the others are tried all the same.
                found[fault] = error
        yield found
    finally:
        for run in runs:
            run.remove()


@pytest.fixture(scope="module", params=list(FAULTS))
def aftermath(request: pytest.FixtureRequest, broken: dict[str, Broken | BaseException]) -> Aftermath:
    """A job during which one thing broke, once it has ended."""
    found = broken[request.param]
    if isinstance(found, BaseException):
        raise found
    return Aftermath(found.run, found.fault, found.driver, found.run.wait_until_ended())


def test_the_job_ends_well_with_each_number_written_once(aftermath: Aftermath) -> None:
    assert aftermath.exit_status == 0, f"the driver failed because {aftermath.fault}"
    assert aftermath.run.numbers() == aftermath.run.expected_numbers(), (
        f"because {aftermath.fault}, numbers were lost or written twice (count, different ones, sum)"
    )


def test_its_status_is_right(aftermath: Aftermath) -> None:
    assert aftermath.run.wait_for_state("COMPLETED") == "COMPLETED", aftermath.run.why()


def test_it_was_run_once_by_one_driver(aftermath: Aftermath) -> None:
    drivers = {pod["metadata"]["uid"] for pod in aftermath.run.pods("driver")}
    assert drivers == {aftermath.driver}, f"{aftermath.fault}, and the driver was replaced"
    assert aftermath.run.application()["status"]["submissionAttempts"] == 1, (
        f"{aftermath.fault}, and the job was submitted once more"
    )


def test_its_event_log_is_closed_and_in_the_store(aftermath: Aftermath) -> None:
    names = [key.rpartition("/")[2] for key in aftermath.run.log_files()]
    assert any(name.startswith("events_1_") for name in names), f"no events in {names}"
    assert f"appstatus_{aftermath.run.spark_id()}" in names, f"the log was not closed: {names}"


def test_the_history_server_lists_it_as_completed(aftermath: Aftermath, history: History) -> None:
    assert aftermath.run.wait_until_listed(history), (
        f"{aftermath.fault}: after {paced.LOG_SECONDS:.0f} s the history server does not list "
        f"{aftermath.run.spark_id()} as completed; it lists {sorted(history.names())}"
    )


def test_the_history_server_has_lost_none_of_the_earlier_runs(
    broken: dict[str, Broken | BaseException], listed_before: frozenset[str], history: History
) -> None:
    assert {"the history server is killed", "the store is restarted"} <= broken.keys()
    eventually(
        "all that was listed before it was killed, and the store restarted",
        lambda: listed_before <= set(history.names()),
        timeout=paced.LOG_SECONDS,
    )


@pytest.fixture(scope="module", autouse=True)
def everything_works_again(kubectl: Kubectl) -> Iterator[None]:
    """The next module finds each part ready."""
    yield
    for part in (OPERATOR, HISTORY):
        part.wait_until_ready(kubectl)
