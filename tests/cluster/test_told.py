"""Faults of jobs and teams are told to whom they belong, and once: by real receivers on the running platform.

Induced side by side, with one wait for all of them. Faults of what watches the platform are in
test_watchers.py, which takes half an hour; the page of both is docs/alerts-told.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

import flights
from local.cluster import ClusterSpec
from local.platform import Target
from tests.cluster import knock, receivers, sent_page
from tests.cluster import watcher_faults as faults
from tests.cluster.conftest import Say
from tests.cluster.paced import Paced
from tests.cluster.receivers import CLOSED_PORT, DESK, ON_CALL, PORT, TEAM, Receivers
from tests.cluster.telling import misled, team, watch
from tests.cluster.told import Account, Fault
from tests.cluster.waiting import eventually
from tests.observability.api import PrometheusApi
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.soak, pytest.mark.timeout(2400)]

SEEN_SECONDS = 1200.0
"""Of the longest way: a job's start, five minutes without executors, and Alertmanager's wait; and as much
again on a busy machine."""

REAPED = "spark_jobs_executors_reaped_total"

FAULTS = (
    "a driver is killed",
    "executors outgrow their memory",
    "a driver shows too many series",
    "a tenant has too many drivers",
    "a quota refuses a driver",
    "a quota refuses executors",
    "a run is later than agreed",
    "the index of runs has no database",
)


@dataclass(frozen=True)
class Induced:
    """What came of the faults.

    Args:
        account: who was told of what.
        reaped: executors that the worker took away because of the killed driver.
    """

    account: Account
    reaped: float


def expected(mine: str, theirs: str, runs: Mapping[str, str]) -> list[Fault]:
    """What each fault's alert says of whose or which it is, and who has to be told.

    Args:
        mine: namespace of the team with a receiver of its own.
        theirs: of one without.
        runs: names of the runs that go wrong.
    """
    limit = "SparkScrapeLimitHit"
    here, there = {"namespace": mine, "team": team(mine)}, {"namespace": theirs, "team": team(theirs)}
    found = [
        ({"alertname": "SparkDriverFailed", "app": runs["killed"], **here}, TEAM),
        ({"alertname": "SparkExecutorOOMKilled", "app": runs["outgrows"], **here}, TEAM),
        ({"alertname": limit, "bound": "samplesPerDriver", **there}, DESK),
        ({"alertname": limit, "bound": "driversPerTenant", **here}, TEAM),
        ({"alertname": "SparkSubmissionFailing", "name": runs["driver"], **there}, DESK),
        ({"alertname": "SparkQuotaRefusingExecutors", "app": runs["executors"], **there}, DESK),
        ({"alertname": "SparkAppSLABreached", "name": runs["executors"], **there}, ON_CALL),
        ({"alertname": "SparkJobsDatabaseAway"}, ON_CALL),
    ]
    return [Fault(what, labels, to) for what, (labels, to) in zip(FAULTS, found, strict=True)]


def reaped(prometheus: PrometheusApi, namespace: str) -> float:
    """Executors that were ever taken away in a namespace."""
    found = prometheus.query(f'sum({REAPED}{{namespace="{namespace}"}})')
    return float(found[0]["value"][1]) if found else 0.0


@pytest.fixture(scope="module")
def induced(
    kubectl: Kubectl,
    mine: flights.Platform,
    theirs: flights.Platform,
    prometheus: PrometheusApi,
    told: Receivers,
    priorities: Mapping[str, str],
    say: Say,
) -> Iterator[Induced]:
    """All faults, and one wait; what is seen of them is put back at the end."""
    taken, began = reaped(prometheus, mine.namespace), datetime.now(UTC)
    with ExitStack() as all_of_them:
        induce = all_of_them.enter_context
        run: Paced = induce(faults.driver_killed_beside_waiting_executors(mine))
        wrong = induce(faults.jobs_that_go_wrong(mine, theirs))
        induce(faults.no_database(kubectl))
        induce(faults.loud_drivers(theirs, priorities[theirs.namespace], series=faults.MOST_SERIES))
        induce(faults.bound_of_drivers(kubectl, mine.namespace, 1))
        induce(faults.loud_drivers(mine, priorities[mine.namespace], count=2))
        names = {"killed": run.name, **{what: each.name for what, each in wrong.items()}}
        found = expected(mine.namespace, theirs.namespace, names)
        account = watch("jobs", found, began, told, prometheus, SEEN_SECONDS)
        for table in account.tables():
            say(table)
        yield Induced(account, reaped(prometheus, mine.namespace) - taken)


@pytest.fixture(scope="module")
def account(induced: Induced) -> Account:
    """Who was told of what."""
    return induced.account


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_told_to_whom_it_belongs_and_nobody_else_and_once(account: Account, what: str) -> None:
    (fault,) = (each for each in account.faults if each.what == what)
    assert what in account.firing, f"{what}: Prometheus does not say {fault.labels}"
    assert account.told(fault) == {fault.to: 1}


def test_no_message_says_what_its_receiver_knows(account: Account) -> None:
    assert account.messages
    assert account.said_again == []


def test_whatever_else_came_of_the_faults_was_told_by_the_same_rule(
    account: Account, mine: flights.Platform
) -> None:
    assert misled(account, mine.namespace) == []


def test_the_page_shows_what_receivers_got(
    account: Account, told: Receivers, outputs: dict[str, Any], signed_in: dict[str, str]
) -> None:
    since = account.since.replace("T", " ")

    def differ() -> str:
        got = Counter(
            (message.to, dict(alert.labels)["alertname"], alert.status)
            for message in told.messages()
            if message.at >= account.began
            for alert in message.alerts
        )
        shown = Counter(
            (line.to, line.alert, line.status)
            for line in sent_page.lines(outputs["pagesUrl"], signed_in)
            if line.time >= since
        )
        return "the same" if got == shown else f"got {got - shown}, shown {shown - got}"

    assert eventually("the page shows the same", lambda: differ() == "the same" or None, timeout=60), differ()


@pytest.mark.usefixtures("induced")
def test_alertmanager_reaches_its_receivers_at_the_port_that_the_settings_name_and_no_other(
    told: Receivers, kubectl: Kubectl, where: Target
) -> None:
    if not where.embedded:
        pytest.skip("packets are sent from pods' networks on the node itself")
    (pod,) = kubectl.list("pods", receivers.TELLING.namespace, receivers.TELLING.selector)
    from_it = knock.networks(ClusterSpec())[pod["status"]["podIP"]]
    doors = [(told.address, PORT), (told.address, CLOSED_PORT)]
    assert from_it.knock(doors) == dict(zip(doors, (True, False), strict=True))


def test_executors_that_waited_for_a_killed_drivers_job_are_taken_away_and_counted(induced: Induced) -> None:
    assert induced.reaped >= 1
