"""What watches the platform tells of its faults: induced side by side, seen to fire, and seen to be sent.

One wait for all of them, as long as the longest `for:` (half an hour). Then all is put back, and the last
tests look whether it is. Faults of jobs and teams are in test_told.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from typing import Any

import pytest

import flights
from components.observability.alert_routing import HEARTBEAT_INTERVAL
from components.observability.rule_model import seconds
from tests.cluster import watcher_faults as faults
from tests.cluster.conftest import Say
from tests.cluster.received import RESOLVED
from tests.cluster.receivers import DESK, Receivers
from tests.cluster.telling import LOOK_SECONDS, NO_ANSWER, misled, team, watch
from tests.cluster.told import Account, Fault
from tests.cluster.waiting import eventually
from tests.observability.api import PrometheusApi
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.soak, pytest.mark.timeout(4800)]

SEEN_SECONDS = 2100.0
"""Of the longest way: a minute to the schedule's first run, another until the next is due, 10 minutes until
it counts as missed, 5 for the alert, then Alertmanager's wait; and as much again on a busy machine."""

APP = f"watched-{secrets.token_hex(3)}"
BACK_SECONDS = 420.0
"""Prometheus lets go of a store that takes nothing only after a while (--storage.remote.flush-deadline), and
answers nobody until then."""

HELD = ("prometheus/prometheus/monitoring", "networkpolicy/log-collector/spark-logs-nodes")
"""What is changed of the platform itself: kind, name and namespace."""

FAULTS = (
    "a store of metrics refuses",
    "a store of metrics hangs",
    "a schedule's run holds up the next",
    "no store for logs",
    "hundreds of runs end at once",
)


@dataclass(frozen=True)
class Watched:
    """What came of the faults.

    Args:
        account: who was told of what.
        before: specs of what was changed.
        after: the same, when all was put back.
    """

    account: Account
    before: dict[str, Any]
    after: dict[str, Any]


def expected(theirs: str) -> list[Fault]:
    """What each fault's alert says of whose or which it is, and who has to be told.

    Args:
        theirs: namespace of a team without a receiver of its own.
    """
    found = [
        *({"alertname": "SparkRemoteWriteBehind", "remote_name": name} for name in faults.STORES),
        {"alertname": "SparkScheduleMissed", "name": APP, "namespace": theirs, "team": team(theirs)},
        {"alertname": "SparkLogsNotStored", "exporter": f"s3archive/{theirs}"},
        {"alertname": "SparkHistoryBacklog"},
    ]
    return [Fault(what, labels, DESK) for what, labels in zip(FAULTS, found, strict=True)]


def answers(prometheus: PrometheusApi) -> bool:
    """Whether Prometheus answers. It does not while it takes leave of a store that hangs."""
    try:
        return bool(prometheus.query("up"))
    except NO_ANSWER:
        return False


@pytest.fixture(scope="module")
def watched(
    kubectl: Kubectl,
    theirs: flights.Platform,
    prometheus: PrometheusApi,
    told: Receivers,
    priorities: Mapping[str, str],
    say: Say,
) -> Watched:
    """The whole story: all faults, one wait, and all put back."""
    before = {each: faults.spec_of(kubectl, *each.split("/")) for each in HELD}
    began = datetime.now(UTC)
    with ExitStack() as induced:
        induce = induced.enter_context
        induce(faults.schedule_that_is_held_up(theirs, APP))
        induce(faults.stores_that_take_nothing(kubectl))
        induce(faults.wall_before_the_store(kubectl))
        # What it prints waits for the store.
        induce(faults.loud_drivers(theirs, priorities[theirs.namespace], megabytes=faults.PRINTED_MB))
        induce(faults.runs_that_ended_at_once(theirs, APP))
        account = watch("what watches", expected(theirs.namespace), began, told, prometheus, SEEN_SECONDS)
        for table in account.tables():
            say(table)
    eventually("Prometheus answers", lambda: answers(prometheus), timeout=BACK_SECONDS, every=LOOK_SECONDS)
    return Watched(account, before, {each: faults.spec_of(kubectl, *each.split("/")) for each in HELD})


@pytest.fixture(scope="module")
def account(watched: Watched) -> Account:
    """Who was told of what."""
    return watched.account


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


def test_the_heartbeat_goes_on_through_all_of_it(watched: Watched, told: Receivers) -> None:
    beats = [each for each in told.heartbeats() if each >= watched.account.began]
    assert len(beats) >= 10
    gaps = [later - sooner for sooner, later in pairwise(beats)]
    assert median(gaps) < 1.5 * seconds(HEARTBEAT_INTERVAL)


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
