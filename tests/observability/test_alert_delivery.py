"""Faults told: a real Prometheus, a real Alertmanager with the platform's routes, and who listens."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from apps.alert_page.sent import Sent
from apps.alert_page.server import AlertPage
from components.observability.alert_receivers import Receiver
from components.observability.alert_routing import (
    HEARTBEAT,
    HEARTBEAT_INTERVAL,
    WATCHDOG,
    AlertRouting,
    TeamRoute,
    alertmanager_config,
)
from components.observability.alerts import inhibit_rules
from components.observability.alerts_targets import NOT_DELIVERED
from components.observability.rule_model import Site, seconds
from components.observability.watchdog import watchdog
from tests.observability.alertmanager import SHORTER, Alertmanager, quick
from tests.observability.server import Server
from tests.store.gateway import free_port
from tests.support.serving import serving

pytestmark = pytest.mark.promtool

PATIENCE = 120.0
"""Seconds that a state is waited for; it comes within two on an idle machine."""

DATA = {"severity": "warning", "team": "data", "namespace": "data-dev"}
FAULTS = {
    "a run": ("SparkDriverFailed", {**DATA, "spark_job": "a", "app": "a-1"}),
    "another of its job": ("SparkDriverFailed", {**DATA, "spark_job": "a", "app": "a-2"}),
    "another job": ("SparkDriverFailed", {**DATA, "spark_job": "b", "app": "b-1"}),
    "science": ("SparkDriverFailed", {"severity": "warning", "team": "science", "namespace": "science-dev"}),
    "operator": ("SparkOperatorDown", {"severity": "critical"}),
    # Nothing is reconciled without an operator.
    "explained": ("SparkAppNotReconciled", {**DATA, "severity": "critical"}),
    # The canary fails without an operator too, and a run of it is no news beside that.
    "canary": ("SparkCanaryFailing", {"severity": "critical"}),
    "its run": ("SparkDriverFailed", {"severity": "warning", "namespace": "spark-canary"}),
    "collectors": ("SparkTargetDown", {"severity": "warning", "job": "log-collector"}),
    # Their nodes lack the pods, which is why they don't answer.
    "their pods": ("SparkDaemonSetUnavailable", {"severity": "warning", "job": "log-collector"}),
    "info": ("SparkTeamTrafficStopped", {**DATA, "severity": "info"}),
}


@dataclass
class Listener:
    """Somebody's webhook: what it was told, by its path; and who answers that the key is wrong."""

    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    called: list[float] = field(default_factory=list)
    port: int = 0

    @property
    def beats(self) -> int:
        """How often the service outside was called."""
        return len(self.told.get("outside", []))

    def gap(self, since: int) -> float:
        """Time between two heartbeats from a number of them on, the middle one of all: a busy machine is late
        now and then, in seconds."""
        return median(later - sooner for sooner, later in pairwise(self.called[since:]))

    def alerts(self, who: str) -> Counter[tuple[str, str, str]]:
        """Name, job and state of each alert that somebody was told of -> how often."""
        return Counter(
            (each["labels"]["alertname"], each["labels"].get("spark_job", ""), each["status"])
            for message in self.told.get(who, [])
            for each in message["alerts"]
        )


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            who = self.path.strip("/")
            found.told.setdefault(who, []).append(said)
            if who == "outside":
                found.called.append(time.monotonic())
            self.send_response(403 if who in found.refuses else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_address[1]
    with serving(server):
        yield found


@pytest.fixture
def page(tmp_path: Path) -> Iterator[AlertPage]:
    sent = Sent(tmp_path / "sent.jsonl", kept=100, now=time.time)
    made = AlertPage(("127.0.0.1", 0), sent, tmp_path)
    with serving(made):
        yield made


@pytest.fixture
def alertmanager(tmp_path: Path, listener: Listener, page: AlertPage) -> Iterator[Alertmanager]:
    config = alertmanager_config(
        AlertRouting(
            receivers=[
                Receiver(name="on-call", kind="webhook", secret="alert-on-call"),
                Receiver(name="data", kind="webhook", secret="alert-data"),
            ],
            default="on-call",
            teams=[TeamRoute(team="data", namespaces=["data-dev"], receiver="data")],
            heartbeat=Receiver(name="outside", kind="webhook", secret="alert-outside"),
            page=f"http://127.0.0.1:{page.server_address[1]}/sent",
            inhibit_rules=inhibit_rules(Site(teams={})),
        )
    )
    for name in ("on-call", "data", "outside"):
        (tmp_path / f"alert-{name}").mkdir()
        (tmp_path / f"alert-{name}" / "url").write_text(f"http://127.0.0.1:{listener.port}/{name}")
    made = Alertmanager(tmp_path, free_port())
    made.start(quick(config, tmp_path))
    yield made
    made.stop()


def eventually(state: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not state():
        assert time.monotonic() < deadline, f"not within {PATIENCE:g} seconds: {what}"
        time.sleep(0.2)


def rules() -> dict[str, Any]:
    faults = [
        {"alert": name, "expr": "vector(1)", "labels": labels, "annotations": {"summary": what}}
        for what, (name, labels) in FAULTS.items()
    ]
    return {"groups": [*watchdog()["spec"]["groups"], {"name": "faults", "rules": faults}]}


def test_each_fault_is_told_once_whatever_restarts_and_the_heartbeat_ends_with_prometheus(
    alertmanager: Alertmanager,
    listener: Listener,
    page: AlertPage,
    server: Callable[[], Server],
) -> None:
    prometheus = server()
    prometheus.start(rules(), alertmanager=alertmanager.port)
    data = {("SparkDriverFailed", "a", "firing"): 2, ("SparkDriverFailed", "b", "firing"): 1}
    others = {
        (name, "", "firing"): 1 for name in ("SparkDriverFailed", "SparkOperatorDown", "SparkTargetDown")
    }
    eventually(
        lambda: listener.alerts("data").total() >= 3 and len(listener.alerts("on-call")) >= 3,
        "both receivers hear of all faults",
    )
    alertmanager.restart()
    beats = listener.beats
    # Prometheus says every second again what still fires: some heartbeats later nothing was said twice.
    eventually(lambda: listener.beats >= beats + 8, "eight heartbeats after the restart")
    minute = seconds(HEARTBEAT_INTERVAL) / SHORTER
    assert listener.gap(beats) < 1.5 * minute, "a heartbeat in each round, not in every other one"
    assert listener.alerts("data") == data, "once each: another job's failure does not repeat the first"
    jobs = [{each["labels"]["spark_job"] for each in told["alerts"]} for told in listener.told["data"]]
    assert sorted(map(sorted, jobs)) == [["a"], ["b"]], "a message for each job, whichever of its runs failed"
    assert listener.alerts("on-call") == others, "neither info, nor what the operator's end explains"

    told = {
        (each.receiver, str(alert["labels"].get("spark_job", "")))
        for each in page.sent.messages
        for alert in each.alerts
    }
    assert told == {("data", "a"), ("data", "b"), ("on-call", "")}, (
        "the page shows what was sent, and to whom"
    )
    assert HEARTBEAT not in {receiver for receiver, _ in told}
    assert page.sent.heartbeat is not None

    prometheus.stop()
    eventually(lambda: _quiet_for(listener, 5.0), "five seconds without a heartbeat")
    ended = {(name, job, "resolved"): often for (name, job, _), often in data.items()}
    eventually(
        lambda: listener.alerts("data") == {**data, **ended}, "what nobody says any more has ended, once"
    )


def test_messages_that_a_receiver_refuses_are_counted_by_its_name_and_end_the_heartbeat(
    alertmanager: Alertmanager, listener: Listener, page: AlertPage
) -> None:
    listener.refuses.add("on-call")
    alertmanager.fire({"alertname": WATCHDOG}, {"alertname": "SparkOperatorDown", "severity": "critical"})
    eventually(lambda: alertmanager.failed("on-call") >= 1, "the refused message is counted")
    assert [alertmanager.failed(each) for each in ("data", "heartbeat")] == [0, 0]
    assert {each.receiver for each in page.sent.messages} == {"on-call"}, "the page shows what was sent"
    eventually(lambda: listener.beats > 0, "the heartbeat")
    alertmanager.fire({"alertname": NOT_DELIVERED, "receiver": "data"})
    beats = listener.beats
    eventually(lambda: listener.beats > beats, "that a team is not told ends no heartbeat")
    alertmanager.fire({"alertname": NOT_DELIVERED, "receiver": "on-call"})
    eventually(lambda: _quiet_for(listener, 5.0), "five seconds without a heartbeat")


def _quiet_for(listener: Listener, seconds: float) -> bool:
    before = listener.beats
    time.sleep(seconds)
    return listener.beats == before
