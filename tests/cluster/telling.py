"""Looks at faults until everybody was told who had to be: at Prometheus, and at what receivers got."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from urllib3.exceptions import HTTPError

from bench import machine
from tests.cluster import receivers
from tests.cluster.receivers import TEAM, Receivers
from tests.cluster.told import Account, Fault
from tests.observability.api import PrometheusApi
from workspace.errors import ReportedError

LOOK_SECONDS = 10.0

NO_ANSWER = (ValueError, HTTPError)
"""What comes of a question that the login in front gives up."""


def team(namespace: str) -> str:
    """Whose a tenant's namespace is.

    Args:
        namespace: its name.
    """
    return namespace.rpartition("-")[0]


def watch(
    story: str,
    faults: Sequence[Fault],
    began: datetime,
    told: Receivers,
    prometheus: PrometheusApi,
    seconds: float,
) -> Account:
    """Look until somebody was told of each fault, and keep the record.

    Args:
        story: its name, for the record.
        faults: what was induced.
        began: when, in UTC.
        told: the receivers.
        prometheus: the platform's.
        seconds: how long to look.
    """
    described = machine.describe()
    account = Account(faults, began.timestamp(), f"{began:%Y-%m-%dT%H:%M:%S}")
    deadline = time.monotonic() + seconds
    while account.untold and time.monotonic() < deadline:
        look(account, told, prometheus)
        time.sleep(LOOK_SECONDS)
    beats = [each for each in told.heartbeats() if each >= account.began]
    account.keep(story, described, f"{datetime.now(UTC):%Y-%m-%d}", beats)
    return account


def look(account: Account, told: Receivers, prometheus: PrometheusApi) -> None:
    """Note what fires now and what was sent; a busy machine may have no answer, and is asked again.

    Args:
        account: where it is noted.
        told: the receivers.
        prometheus: the platform's.
    """
    with suppress(*NO_ANSWER):
        alerts = prometheus.get("alerts")["alerts"]
        now = [each["labels"] for each in alerts if each["state"] == "firing"]
        account.see(now, time.time() - account.began)
    with suppress(ReportedError):
        account.messages = told.messages()


def misled(account: Account, mine: str) -> list[tuple[str, str]]:
    """Receivers that were told of an alert which is another one's, each with the alert's name.

    Args:
        account: what was told.
        mine: namespace of the team with a receiver of its own.
    """
    every = [(message.to, dict(alert.labels)) for message in account.messages for alert in message.alerts]
    return [
        (to, labels["alertname"])
        for to, labels in every
        if to
        != receivers.whose(
            labels["severity"], TEAM if labels.get("namespace") == mine else labels.get("team", "")
        )
    ]
