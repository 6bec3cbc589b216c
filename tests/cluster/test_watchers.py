"""What watches the platform tells of its faults: induced side by side, seen to fire, and seen to be sent.

One wait for all of them, as long as the longest `for:` (half an hour). Then all is put back, and the last
tests look whether it is. Faults of jobs are in test_signals.py.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from urllib3.exceptions import HTTPError

import flights
from bench import machine
from components.domain import Tenant
from components.observability.alert_routing import HEARTBEAT_INTERVAL
from components.observability.monitors import DRIVER_MONITOR
from components.observability.rule_model import seconds
from local.cluster import ClusterSpec
from local.platform import Target
from tests.cluster import knock, receivers, sent_page
from tests.cluster import watcher_faults as faults
from tests.cluster.conftest import Say
from tests.cluster.paced import Paced
from tests.cluster.received import RESOLVED
from tests.cluster.receivers import CLOSED_PORT, DESK, ON_CALL, PORT, TEAM, Receivers
from tests.cluster.told import Account, Fault
from tests.cluster.waiting import eventually
from tests.observability.api import PrometheusApi
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

pytestmark = [pytest.mark.cluster, pytest.mark.soak, pytest.mark.timeout(4800)]

SEEN_SECONDS = 2100.0
"""Of the longest way: a minute to the schedule's first run, another until the next is due, 10 minutes until
it counts as missed, 5 for the alert, then Alertmanager's wait; and as much again on a busy machine."""

LOOK_SECONDS = 10.0

APP = f"watched-{secrets.token_hex(3)}"
BACK_SECONDS = 420.0
"""Prometheus lets go of a store that takes nothing only after a while (--storage.remote.flush-deadline), and
answers nobody until then."""

NO_ANSWER = (ValueError, HTTPError)
"""What comes of a question that the login in front gives up."""

REAPED = "spark_jobs_executors_reaped_total"
HELD = ("prometheus/prometheus/monitoring", "networkpolicy/log-collector/spark-logs-nodes")
"""What is changed of the platform itself: kind, name and namespace."""

FAULTS = (
    "a store of metrics refuses",
    "a store of metrics hangs",
    "a schedule's run holds up the next",
    "no store for logs",
    "hundreds of runs end at once",
    "a driver shows too many series",
    "a tenant has too many drivers",
    "a driver is killed",
    "executors outgrow their memory",
    "a quota refuses a driver",
    "a quota refuses executors",
    "a run is later than agreed",
    "the index of runs has no database",
)


@dataclass
class Watched:
    """What came of the faults.

    Args:
        account: who was told of what.
        reaped: executors that the worker took away because of the killed driver.
        before: specs of what was changed.
        after: the same, when all was put back.
    """

    account: Account
    reaped: float = 0.0
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def expected(mine: str, theirs: str, runs: Mapping[str, str]) -> list[Fault]:
    """What each fault's alert says of whose or which it is, and who has to be told.

    Args:
        mine: namespace of the team with a receiver of its own.
        theirs: of one without.
        runs: names of the runs that go wrong.
    """
    remote = [({"alertname": "SparkRemoteWriteBehind", "remote_name": name}, DESK) for name in faults.STORES]
    limit = "SparkScrapeLimitHit"
    here, there = {"namespace": mine, "team": team(mine)}, {"namespace": theirs, "team": team(theirs)}
    found = [
        *remote,
        ({"alertname": "SparkScheduleMissed", "name": APP, **there}, DESK),
        ({"alertname": "SparkLogsNotStored", "exporter": f"s3archive/{theirs}"}, DESK),
        ({"alertname": "SparkHistoryBacklog"}, DESK),
        ({"alertname": limit, "bound": "samplesPerDriver", **there}, DESK),
        ({"alertname": limit, "bound": "driversPerTenant", **here}, TEAM),
        ({"alertname": "SparkDriverFailed", "app": runs["killed"], **here}, TEAM),
        ({"alertname": "SparkExecutorOOMKilled", "app": runs["outgrows"], **here}, TEAM),
        ({"alertname": "SparkSubmissionFailing", "name": runs["driver"], **there}, DESK),
        ({"alertname": "SparkQuotaRefusingExecutors", "app": runs["executors"], **there}, DESK),
        ({"alertname": "SparkAppSLABreached", "name": runs["executors"], **there}, ON_CALL),
        ({"alertname": "SparkJobsDatabaseAway"}, ON_CALL),
    ]
    return [Fault(what, labels, to) for what, (labels, to) in zip(FAULTS, found, strict=True)]


def team(namespace: str) -> str:
    """Whose a tenant's namespace is."""
    return namespace.rpartition("-")[0]


def look(account: Account, told: Receivers, prometheus: PrometheusApi) -> None:
    """Note what fires now and what was sent; a busy machine may have no answer, and is asked again."""
    with suppress(*NO_ANSWER):
        alerts = prometheus.get("alerts")["alerts"]
        now = [each["labels"] for each in alerts if each["state"] == "firing"]
        account.see(now, time.time() - account.began)
    with suppress(ReportedError):
        account.messages = told.messages()


def answers(prometheus: PrometheusApi) -> bool:
    """Whether Prometheus answers. It does not while it takes leave of a store that hangs."""
    try:
        return bool(prometheus.query("up"))
    except NO_ANSWER:
        return False


def reaped(prometheus: PrometheusApi, namespace: str) -> float:
    """Executors that were ever taken away in a namespace."""
    found = prometheus.query(f'sum({REAPED}{{namespace="{namespace}"}})')
    return float(found[0]["value"][1]) if found else 0.0


@pytest.fixture(scope="module")
def priorities(tenants: tuple[Tenant, ...]) -> Mapping[str, str]:
    """Priority class of each tenant's pods."""
    return {tenant.namespace: f"spark-{tenant.priority}" for tenant in tenants}


@pytest.fixture(scope="module")
def told(
    where: Target, mine: flights.Platform, outputs: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Receivers]:
    """Four receivers that the stack names, until the last test."""
    runbooks = f"{outputs['pagesUrl']}/alerts/runbooks"
    with receivers.told(where, mine.image, runbooks, tmp_path_factory.mktemp("told")) as found:
        yield found


@pytest.fixture(scope="module")
def watched(
    kubectl: Kubectl,
    mine: flights.Platform,
    theirs: flights.Platform,
    prometheus: PrometheusApi,
    told: Receivers,
    priorities: Mapping[str, str],
    say: Say,
) -> Watched:
    """The whole story: all faults, one wait, and all put back."""
    described = machine.describe()
    held = [*HELD, f"podmonitor/{DRIVER_MONITOR}{mine.namespace}/monitoring"]
    before = {each: faults.spec_of(kubectl, *each.split("/")) for each in held}
    taken = reaped(prometheus, mine.namespace)
    started = datetime.now(UTC)
    with ExitStack() as induced:
        induce = induced.enter_context
        induce(faults.schedule_that_is_held_up(theirs, APP))
        induce(faults.stores_that_take_nothing(kubectl))
        induce(faults.wall_before_the_store(kubectl))
        induce(
            faults.loud_drivers(
                theirs,
                priorities[theirs.namespace],
                series=faults.MOST_SERIES,
                megabytes=faults.PRINTED_MB,
            )
        )
        induce(faults.bound_of_drivers(kubectl, mine.namespace, 1))
        induce(faults.loud_drivers(mine, priorities[mine.namespace], count=2))
        induce(faults.runs_that_ended_at_once(theirs, APP))
        run: Paced = induce(faults.driver_killed_beside_waiting_executors(mine))
        wrong = induce(faults.jobs_that_go_wrong(mine, theirs))
        induce(faults.no_database(kubectl))
        names = {"killed": run.name, **{what: each.name for what, each in wrong.items()}}
        account = Account(
            expected(mine.namespace, theirs.namespace, names),
            started.timestamp(),
            f"{started:%Y-%m-%dT%H:%M:%S}",
        )
        deadline = time.monotonic() + SEEN_SECONDS
        while account.untold and time.monotonic() < deadline:
            look(account, told, prometheus)
            time.sleep(LOOK_SECONDS)
        found = Watched(account, before=before, reaped=reaped(prometheus, mine.namespace) - taken)
        for table in account.tables():
            say(table)
        beats = [each for each in told.heartbeats() if each >= account.began]
        account.keep(described, f"{started:%Y-%m-%d}", beats)
    eventually("Prometheus answers", lambda: answers(prometheus), timeout=BACK_SECONDS, every=LOOK_SECONDS)
    found.after = {each: faults.spec_of(kubectl, *each.split("/")) for each in held}
    return found


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_told_to_whom_it_belongs_and_nobody_else_and_once(watched: Watched, what: str) -> None:
    (fault,) = (each for each in watched.account.faults if each.what == what)
    assert what in watched.account.firing, f"{what}: Prometheus does not say {fault.labels}"
    assert watched.account.told(fault) == {fault.to: 1}


def test_no_message_says_what_its_receiver_knows(watched: Watched) -> None:
    assert watched.account.messages
    assert watched.account.said_again == []


def test_whatever_else_came_of_the_faults_was_told_by_the_same_rule(
    watched: Watched, mine: flights.Platform
) -> None:
    every = [
        (message.to, dict(alert.labels)) for message in watched.account.messages for alert in message.alerts
    ]
    whose = {
        receivers.whose(
            labels["severity"], TEAM if mine.namespace == labels.get("namespace") else labels.get("team", "")
        )
        == to
        for to, labels in every
    }
    assert whose == {True}


def test_the_page_shows_what_receivers_got(
    watched: Watched, told: Receivers, outputs: dict[str, Any], signed_in: dict[str, str]
) -> None:
    since = watched.account.since.replace("T", " ")

    def differ() -> str:
        got = Counter(
            (message.to, dict(alert.labels)["alertname"], alert.status)
            for message in told.messages()
            if message.at >= watched.account.began
            for alert in message.alerts
        )
        shown = Counter(
            (line.to, line.alert, line.status)
            for line in sent_page.lines(outputs["pagesUrl"], signed_in)
            if line.time >= since
        )
        return "the same" if got == shown else f"got {got - shown}, shown {shown - got}"

    assert eventually("the page shows the same", lambda: differ() == "the same" or None, timeout=60), differ()


def test_the_heartbeat_goes_on_through_all_of_it(watched: Watched, told: Receivers) -> None:
    beats = [each for each in told.heartbeats() if each >= watched.account.began]
    assert len(beats) >= 10
    gaps = [later - sooner for sooner, later in pairwise(beats)]
    assert median(gaps) < 1.5 * seconds(HEARTBEAT_INTERVAL)


@pytest.mark.usefixtures("watched")
def test_alertmanager_reaches_its_receivers_at_the_port_that_the_settings_name_and_no_other(
    told: Receivers, kubectl: Kubectl, where: Target
) -> None:
    if not where.embedded:
        pytest.skip("packets are sent from pods' networks on the node itself")
    (pod,) = kubectl.list("pods", receivers.TELLING.namespace, receivers.TELLING.selector)
    from_it = knock.networks(ClusterSpec())[pod["status"]["podIP"]]
    doors = [(told.address, PORT), (told.address, CLOSED_PORT)]
    assert from_it.knock(doors) == dict(zip(doors, (True, False), strict=True))


def test_executors_that_waited_for_a_killed_drivers_job_are_taken_away_and_counted(watched: Watched) -> None:
    assert watched.reaped >= 1


def test_what_was_changed_of_the_platform_is_as_it_was(watched: Watched) -> None:
    assert watched.before
    assert watched.after == watched.before


def test_what_fired_has_ended_and_is_told_to_be_over(watched: Watched, told: Receivers) -> None:
    """That of a failed run counts for a quarter of an hour, and that of limits looks back for ten minutes."""
    account = watched.account

    def left() -> set[str]:
        account.messages = told.messages()
        return {each.what for each in account.faults if not account.told(each, status=RESOLVED)}

    eventually("every fault is told to be over", lambda: not left(), timeout=2400, every=LOOK_SECONDS)
    assert {each.what: account.told(each, status=RESOLVED) for each in account.faults} == {
        each.what: {each.to: 1} for each in account.faults
    }
