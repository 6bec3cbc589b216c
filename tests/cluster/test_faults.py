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
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

BEFORE = 4
"""Files that are there when something breaks; more than half are still to come."""


@dataclass(frozen=True)
class Aftermath:
    """A run during which something broke, once it has ended.

    Args:
        run: the run.
        fault: what broke, in words.
        exit_status: the driver's.
        driver: uid of the driver's pod before the fault.
        listed_before: applications that the history server listed before.
    """

    run: Paced
    fault: str
    exit_status: int
    driver: str
    listed_before: frozenset[str]


@pytest.fixture(scope="module", params=list(FAULTS))
def aftermath(
    request: pytest.FixtureRequest, theirs: flights.Platform, history: History
) -> Iterator[Aftermath]:
    """A job in the middle of which one thing breaks; nobody mends anything by hand."""
    run = paced.start(theirs, Pace())
    run.wait_until_written(BEFORE)
    driver, listed = run.driver(), frozenset(history.names())
    assert driver is not None, "the driver writes, so it exists"
    FAULTS[request.param](run)
    ended = run.wait_until_ended()
    yield Aftermath(run, request.param, ended, driver["metadata"]["uid"], listed)
    run.remove()


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


def test_the_history_server_has_lost_none_of_the_earlier_runs(aftermath: Aftermath, history: History) -> None:
    aftermath.run.wait_until_listed(history)
    lost = aftermath.listed_before - set(history.names())
    assert not lost, f"{aftermath.fault}, and {sorted(lost)} are no longer listed"


@pytest.fixture(scope="module", autouse=True)
def everything_works_again(kubectl: Kubectl) -> Iterator[None]:
    """The next module finds each part ready."""
    yield
    for part in (OPERATOR, HISTORY):
        part.wait_until_ready(kubectl)
