"""The canary sees each broken link of the chain, names it in its alert, and sees that it is mended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from components.naming import CANARY_NAMESPACE
from components.observability.alerts import alerts
from components.observability.rule_model import Site
from components.records.canary import CHECKER, METRICS_PORT
from components.services.canary.plan import SCHEDULE, patience_seconds, times
from tests.cluster.faults import HISTORY, OPERATOR, STORE, Part
from tests.cluster.waiting import eventually
from tests.observability.api import PrometheusApi
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

pytestmark = [pytest.mark.soak, pytest.mark.timeout(2400)]

MINUTES = 2
"""From one run to the next while these tests run: the shortest in which a run ends on a busy machine."""

SEEN_SECONDS = 900.0
"""Two intervals and the checker's patience; the operator's absence takes longest."""

ALERT = next(
    each.expr for each in alerts(Site(teams={}, canary=times(MINUTES))) if each.name == "SparkCanaryFailing"
)
"""As a platform has it whose canary is in such a hurry."""

ALERT_SECONDS = patience_seconds(MINUTES) + 180.0
"""Without a good look for as long as the alert waits, then a scrape and a round of the rules."""

WORKLOADS = {STORE: "statefulset/object-store", HISTORY: "deployment/spark-history"}


class Canary:
    """The checker's metrics, as Prometheus scrapes them, and the alert on them."""

    def __init__(self, kubectl: Kubectl, prometheus: PrometheusApi) -> None:
        self.kubectl = kubectl
        self.prometheus = prometheus

    def alerted(self) -> set[str]:
        """The links that the alert's expression names; an empty name if it holds without one."""
        return {each["metric"].get("outcome", "") for each in self.prometheus.query(ALERT)}

    def wait_for_alert(self, outcome: str) -> None:
        """Wait until the alert names a link."""
        eventually(
            f"the alert names {outcome}; the canary says {self.log()}",
            lambda: outcome in self.alerted(),
            timeout=ALERT_SECONDS,
            every=5,
        )

    def wait_for_silence(self) -> None:
        """Wait until the alert's expression gives nothing."""
        eventually("the alert is silent", lambda: not self.alerted(), timeout=ALERT_SECONDS, every=5)

    def counts(self) -> dict[str, float]:
        """Looks so far by outcome; empty while the checker starts."""
        found = re.findall(
            r'^spark_canary_checks_total\{outcome="([^"]+)"\} (\S+)', self._text(), re.MULTILINE
        )
        return {outcome: float(count) for outcome, count in found}

    def last_success(self) -> float:
        """End of the last run that went through; 0 if there was none."""
        found = re.search(r"^spark_canary_last_success_timestamp_seconds (\S+)", self._text(), re.MULTILINE)
        return float(found[1]) if found else 0.0

    def wait_for(self, outcome: str) -> None:
        """Wait until a look finds that; the failure says what the looks found instead."""
        before = self.counts().get(outcome, 0.0)

        def seen() -> bool:
            counts = self.counts()
            return counts.get(outcome, 0.0) > before

        eventually(f"the canary says {outcome}; it says {self.log()}", seen, timeout=SEEN_SECONDS, every=5)

    def wait_for_success(self) -> None:
        """Wait until a further run has gone through."""
        before = self.last_success()
        eventually(
            f"a run goes through; the canary says {self.log()}",
            lambda: self.last_success() > before,
            timeout=SEEN_SECONDS,
            every=5,
        )

    def log(self) -> str:
        """The last thing that the checker wrote."""
        try:
            return self.kubectl.run("logs", f"deployment/{CHECKER}", "-n", CANARY_NAMESPACE, "--tail=2")
        except ReportedError as error:
            return str(error)

    def _text(self) -> str:
        pods = self.kubectl.list("pods", CANARY_NAMESPACE, f"app.kubernetes.io/name={CHECKER}")
        running = [each for each in pods if each["status"]["phase"] == "Running"]
        if not running:
            return ""
        name = running[-1]["metadata"]["name"]
        path = f"/api/v1/namespaces/{CANARY_NAMESPACE}/pods/{name}:{METRICS_PORT}/proxy/metrics"
        try:
            return self.kubectl.run("get", "--raw", path)
        except ReportedError:
            return ""


def patch(kubectl: Kubectl, kind: str, name: str, change: object, *options: str) -> None:
    kubectl.run(
        *("patch", kind, name, "-n", CANARY_NAMESPACE, "--type=merge", f"--patch={json.dumps(change)}"),
        *options,
    )


def set_schedule(kubectl: Kubectl, cron: str) -> None:
    """Change when it runs, from now on: the operator alone would keep the next run of the old schedule."""
    kind = "scheduledsparkapplication"
    patch(kubectl, kind, SCHEDULE, {"spec": {"schedule": cron}})
    patch(kubectl, kind, SCHEDULE, {"status": {"nextRun": None}}, "--subresource=status")


def set_interval(kubectl: Kubectl, seconds: str) -> None:
    kubectl.run(
        *("set", "env", f"deployment/{CHECKER}", "-n", CANARY_NAMESPACE),
        f"CANARY_INTERVAL_SECONDS={seconds}",
    )
    kubectl.run("rollout", "status", f"deployment/{CHECKER}", "-n", CANARY_NAMESPACE, "--timeout=120s")


@pytest.fixture(scope="module")
def canary(kubectl: Kubectl, prometheus: PrometheusApi) -> Iterator[Canary]:
    """The canary in a hurry, and well."""
    found = kubectl.get("scheduledsparkapplication", SCHEDULE, CANARY_NAMESPACE)
    checker = kubectl.get("deployment", CHECKER, CANARY_NAMESPACE)
    assert found is not None
    assert checker is not None
    (container,) = checker["spec"]["template"]["spec"]["containers"]
    (usual,) = [each["value"] for each in container["env"] if each["name"] == "CANARY_INTERVAL_SECONDS"]
    set_schedule(kubectl, f"*/{MINUTES} * * * *")
    set_interval(kubectl, str(MINUTES * 60))
    made = Canary(kubectl, prometheus)
    made.wait_for_success()
    yield made
    set_schedule(kubectl, found["spec"]["schedule"])
    set_interval(kubectl, usual)


@contextmanager
def away(kubectl: Kubectl, part: Part, workload: str) -> Iterator[None]:
    """A part of the platform that is not there for a while."""
    kubectl.run("scale", workload, "-n", part.namespace, "--replicas=0")
    try:
        yield
    finally:
        kubectl.run("scale", workload, "-n", part.namespace, "--replicas=1")
        part.wait_until_ready(kubectl)


def test_a_run_goes_through(canary: Canary) -> None:
    assert canary.last_success() > 0
    canary.wait_for("ok")
    canary.wait_for_silence()


@pytest.mark.parametrize(("part", "outcome"), [(STORE, "store"), (HISTORY, "history")])
def test_a_part_that_does_not_answer_is_named(
    canary: Canary, kubectl: Kubectl, part: Part, outcome: str
) -> None:
    with away(kubectl, part, WORKLOADS[part]):
        canary.wait_for(outcome)
        canary.wait_for_alert(outcome)
    canary.wait_for_success()
    canary.wait_for_silence()


def test_an_operator_that_serves_no_schedule_is_named(canary: Canary, kubectl: Kubectl) -> None:
    (workload,) = [
        f"deployment/{each['metadata']['name']}"
        for each in kubectl.list("deployments", OPERATOR.namespace, OPERATOR.selector)
    ]
    with away(kubectl, OPERATOR, workload):
        canary.wait_for("operator")
        canary.wait_for_alert("operator")
    canary.wait_for_success()
    canary.wait_for_silence()


def test_a_full_quota_is_named(canary: Canary, kubectl: Kubectl) -> None:
    found = kubectl.get("resourcequota", "quota", CANARY_NAMESPACE)
    assert found is not None
    usual = found["spec"]["hard"]["pods"]
    # The checker is one of them: there is room for no run.
    patch(kubectl, "resourcequota", "quota", {"spec": {"hard": {"pods": "1"}}})
    try:
        canary.wait_for("quota")
        canary.wait_for_alert("quota")
    finally:
        patch(kubectl, "resourcequota", "quota", {"spec": {"hard": {"pods": usual}}})
    canary.wait_for_success()
    canary.wait_for_silence()
