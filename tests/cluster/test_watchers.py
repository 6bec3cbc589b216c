"""What watches the platform tells of its faults: induced side by side, seen to fire, and seen to be sent.

One wait for all of them, as long as the longest `for:` (half an hour). Then all is put back, and the last
tests look whether it is. Faults of jobs are in test_signals.py.
"""

from __future__ import annotations

import html
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import urllib3
from rich.table import Table
from urllib3.exceptions import HTTPError

import flights
from components.domain import Tenant
from components.observability.monitors import DRIVER_MONITOR
from tests.cluster import watcher_faults as faults
from tests.cluster.conftest import Say
from tests.cluster.paced import Paced
from tests.cluster.waiting import eventually
from tests.observability.api import PrometheusApi
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.soak, pytest.mark.timeout(3600)]

SEEN_SECONDS = 2100.0
"""Of the longest way: a minute to the schedule's first run, another until the next is due, 10 minutes until
it counts as missed, 5 for the alert, then Alertmanager's wait; and as much again on a busy machine."""

LOOK_SECONDS = 10.0
REAPED_SECONDS = 240.0
"""A minute of patience, and passes of the worker."""

APP = f"watched-{secrets.token_hex(3)}"
BACK_SECONDS = 420.0
"""Prometheus lets go of a store that takes nothing only after a while (--storage.remote.flush-deadline), and
answers nobody until then."""

NO_ANSWER = (ValueError, HTTPError)
"""What comes of a question that the login in front gives up."""

REAPED = "spark_jobs_executors_reaped_total"
HELD = ("prometheus/prometheus/monitoring", "networkpolicy/log-collector/spark-logs-nodes")
"""What is changed of the platform itself: kind, name and namespace."""


@dataclass
class Told:
    """What came of the faults.

    Args:
        expected: fault -> the alert's name and the labels that it has to have.
        began: when the story did, as the page writes it: what was sent before counts for nothing.
        firing: fault -> seconds until Prometheus said that it fires.
        sent: fault -> seconds until the page of what was sent had it.
        receiver: fault -> who was told.
        reaped: executors that the worker took away because of the killed driver; None before it did.
        before: specs of what was changed.
        after: the same, when all was put back.
    """

    expected: Mapping[str, Mapping[str, str]]
    began: str
    firing: dict[str, float] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)
    receiver: dict[str, str] = field(default_factory=dict)
    reaped: float | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    def table(self) -> Table:
        """The table that is printed."""
        table = Table("fault", "alert", "fires after", "sent after", "to whom")
        for fault, labels in self.expected.items():
            took = [f"{seen[fault]:.0f} s" if fault in seen else "never" for seen in (self.firing, self.sent)]
            table.add_row(fault, labels["alertname"], *took, self.receiver.get(fault, "nobody"))
        return table


FAULTS = (
    "a store of metrics refuses",
    "a store of metrics hangs",
    "a schedule's run holds up the next",
    "no store for logs",
    "hundreds of runs end at once",
    "a driver shows too many series",
    "a tenant has too many drivers",
    "a driver is killed",
)


def expected(mine: str, theirs: str, run: str) -> dict[str, dict[str, str]]:
    """By fault, the alert and what of its labels says whose or which it is."""
    remote = [{"alertname": "SparkRemoteWriteBehind", "remote_name": name} for name in faults.STORES]
    limit = "SparkScrapeLimitHit"
    found = [
        *remote,
        {"alertname": "SparkScheduleMissed", "namespace": theirs, "name": APP},
        {"alertname": "SparkLogsNotStored", "exporter": f"s3archive/{theirs}"},
        {"alertname": "SparkHistoryBacklog"},
        {"alertname": limit, "namespace": theirs, "team": team(theirs), "bound": "samplesPerDriver"},
        {"alertname": limit, "namespace": mine, "team": team(mine), "bound": "driversPerTenant"},
        {"alertname": "SparkDriverFailed", "namespace": mine, "app": run},
    ]
    return dict(zip(FAULTS, found, strict=True))


def team(namespace: str) -> str:
    """Whose a tenant's namespace is."""
    return namespace.rpartition("-")[0]


def rows(page: str) -> Iterator[list[str]]:
    """Time, state, receiver, alert, and what it says, of each line of the page of what was sent."""
    for row in re.findall(r"<tr>(<td.*?)</tr>", page, re.DOTALL):
        cells = re.findall(r"<td.*?</td>", row, re.DOTALL)
        yield [html.unescape(re.sub(r"<[^>]+>", "\n", cell)) for cell in cells]


def look(
    told: Told, prometheus: PrometheusApi, address: str, head: Mapping[str, str], seconds: float
) -> None:
    """Note what fires now, and what was sent of it; a busy machine may have no answer, and is asked again."""
    try:
        alerts = prometheus.get("alerts")["alerts"]
        page = urllib3.request("GET", address, headers=dict(head), timeout=30).data.decode()
    except NO_ANSWER:
        return
    for fault, labels in told.expected.items():
        for alert in alerts:
            if alert["state"] != "firing" or not labels.items() <= alert["labels"].items():
                continue
            told.firing.setdefault(fault, seconds)
            for cells in rows(page):
                said = alert["annotations"]["summary"] in cells[-1] and "FIRING" in cells[1]
                if said and labels["alertname"] in cells[3] and cells[0].strip() >= told.began:
                    told.sent.setdefault(fault, seconds)
                    told.receiver.setdefault(fault, cells[2].strip())


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
    kubectl: Kubectl,
    mine: flights.Platform,
    theirs: flights.Platform,
    prometheus: PrometheusApi,
    outputs: dict[str, Any],
    signed_in: dict[str, str],
    priorities: Mapping[str, str],
    say: Say,
) -> Told:
    """The whole story: all faults, one wait, and all put back."""
    page = f"{outputs['pagesUrl']}/alerts/"
    held = [*HELD, f"podmonitor/{DRIVER_MONITOR}{mine.namespace}/monitoring"]
    before = {each: faults.spec_of(kubectl, *each.split("/")) for each in held}
    taken, began = reaped(prometheus, mine.namespace), time.monotonic()
    started = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
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
        found = Told(expected(mine.namespace, theirs.namespace, run.name), started, before=before)
        deadline = time.monotonic() + SEEN_SECONDS
        while len(found.sent) < len(FAULTS) and time.monotonic() < deadline:
            look(found, prometheus, page, signed_in, time.monotonic() - began)
            if found.reaped is None and not run.pods("executor"):
                found.reaped = reaped(prometheus, mine.namespace) - taken
            time.sleep(LOOK_SECONDS)
        found.reaped = reaped(prometheus, mine.namespace) - taken
        say(found.table())
    eventually("Prometheus answers", lambda: answers(prometheus), timeout=BACK_SECONDS, every=LOOK_SECONDS)
    found.after = {each: faults.spec_of(kubectl, *each.split("/")) for each in held}
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fires_and_is_sent(told: Told, fault: str) -> None:
    assert fault in told.firing, f"{fault}: Prometheus does not say {told.expected[fault]}"
    assert fault in told.sent, f"{fault}: it fires, and the page of what was sent has nothing of it"


def test_executors_that_waited_for_a_killed_drivers_job_are_taken_away_and_counted(told: Told) -> None:
    assert (told.reaped or 0) >= 1


def test_what_was_changed_of_the_platform_is_as_it_was(told: Told) -> None:
    assert told.before
    assert told.after == told.before


def test_what_fired_has_ended(told: Told, prometheus: PrometheusApi) -> None:
    """That of a failed run counts for a quarter of an hour, and that of limits looks back for ten minutes."""

    def left() -> set[str]:
        firing = [each["labels"] for each in prometheus.get("alerts")["alerts"] if each["state"] == "firing"]
        return {
            fault
            for fault, labels in told.expected.items()
            if any(labels.items() <= each.items() for each in firing)
        }

    eventually("every fault's alert has ended", lambda: not left(), timeout=1200, every=LOOK_SECONDS)
