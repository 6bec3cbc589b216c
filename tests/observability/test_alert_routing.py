"""Who is told of which alert, asked of Alertmanager's own tool over every alert that there is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from components.observability.alert_receivers import Receiver
from components.observability.alert_routing import (
    HEARTBEAT,
    NOBODY,
    WATCHDOG,
    AlertRouting,
    TeamRoute,
    alertmanager_config,
)
from components.observability.alerts import inhibit_rules
from components.observability.alerts_targets import NODES
from components.observability.chart_values import CHART_INHIBIT_RULES
from components.observability.rule_model import Severity
from tests.observability.alertmanager import amtool
from tests.observability.series import SITE
from tests.observability.test_alerts_fire import ALERTS, CASES
from tests.support.recorder import World
from tests.support.stacks import build_stack, stack_settings, world_of

pytestmark = pytest.mark.promtool

RECEIVERS = (
    Receiver(name="on-call", kind="pagerduty", secret="on-call"),
    Receiver(name="data", kind="slack", secret="alert-data", to="#data"),
    Receiver(name="science", kind="webhook", secret="alert-science"),
    Receiver(
        name="mail",
        kind="email",
        secret="alert-mail",
        to="team@example.com",
        sender="spark@example.com",
        server="smtp.example.com:587",
        user="spark",
    ),
    Receiver(name="platform", kind="slack", secret="alert-platform", to="#platform"),
    Receiver(name="data-tickets", kind="webhook", secret="alert-data-tickets"),
    Receiver(name="topic", kind="sns", to="arn:aws:sns:eu-central-1:1:alerts", region="eu-central-1"),
)
ROUTING = AlertRouting(
    receivers=RECEIVERS,
    default="on-call",
    warnings="platform",
    teams=[
        TeamRoute(
            team="data", namespaces=["data-dev", "data-test"], receiver="data", warnings="data-tickets"
        ),
        TeamRoute(team="science", namespaces=["science-dev"], receiver="science"),
    ],
    heartbeat=Receiver(name="outside", kind="webhook", secret="alert-outside"),
    inhibit_rules=inhibit_rules(SITE),
)


def fired() -> Iterator[dict[str, str]]:
    """Labels of every alert, as its cases fire it."""
    for case in CASES:
        alert = ALERTS[case.alert]
        own = {"alertname": alert.name, "severity": alert.severity.value, "signal": alert.signal.value}
        yield from ({**own, **labels} for labels in case.fires)


def expected(labels: Mapping[str, str]) -> str:
    if labels["severity"] == Severity.INFO:
        return NOBODY
    warning = labels["severity"] == Severity.WARNING
    if labels.get("team") == "data":
        return "data-tickets" if warning else "data"
    if labels.get("team") == "science":
        return "science"
    return "platform" if warning else "on-call"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("alerts") / "alertmanager.yml"
    file.write_text(yaml.safe_dump(alertmanager_config(ROUTING)))
    return file


def told(config: Path, labels: Mapping[str, str]) -> str:
    said = [f"{key}={value}" for key, value in labels.items()]
    return amtool("config", "routes", "test", f"--config.file={config}", *said).strip()


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_an_alert_goes_to_its_team_or_to_those_who_run_the_platform(config: Path, name: str) -> None:
    every = [labels for labels in fired() if labels["alertname"] == name]
    assert every, "it has no case that fires"
    for labels in every:
        assert told(config, labels) == expected(labels), labels


def test_an_alert_of_the_chart_about_a_tenants_namespace_goes_to_that_team(config: Path) -> None:
    labels = {"alertname": "KubePodCrashLooping", "severity": "warning"}
    assert told(config, {**labels, "namespace": "data-test"}) == "data-tickets"
    assert told(config, {**labels, "namespace": "science-dev"}) == "science"
    assert told(config, {**labels, "namespace": "monitoring"}) == "platform"
    critical = {**labels, "severity": "critical"}
    assert told(config, {**critical, "namespace": "data-test"}) == "data"
    assert told(config, {**critical, "namespace": "monitoring"}) == "on-call"


@pytest.mark.parametrize("name", ["KubeDaemonSetNotScheduled", "KubeDaemonSetRolloutStuck"])
@pytest.mark.parametrize("namespace", NODES.split("|"))
def test_what_ours_says_of_a_daemon_set_the_chart_does_not_say_too(
    config: Path, name: str, namespace: str
) -> None:
    of_chart = {"alertname": name, "severity": "warning", "job": "kube-state-metrics"}
    assert told(config, of_chart | {"namespace": namespace}) == "nobody"
    assert told(config, of_chart | {"namespace": "somebody-elses"}) == "platform"


def test_that_warnings_do_not_arrive_is_told_to_whom_they_do_not_go(config: Path) -> None:
    labels = {"alertname": "SparkAlertsNotDelivered", "severity": "warning"}
    assert told(config, {**labels, "receiver": "platform"}) == "on-call"
    assert told(config, {**labels, "receiver": "data-tickets"}) == "platform"


def test_without_a_receiver_of_warnings_one_is_told_of_all(tmp_path: Path) -> None:
    routing = replace(ROUTING, warnings=None, teams=[replace(each, warnings=None) for each in ROUTING.teams])
    (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(alertmanager_config(routing)))
    for severity in (Severity.WARNING, Severity.CRITICAL):
        labels = {"alertname": "SparkDriverFailed", "severity": severity.value}
        assert told(tmp_path / "alertmanager.yml", {**labels, "team": "data"}) == "data"
        assert told(tmp_path / "alertmanager.yml", labels) == "on-call"


def test_in_the_example_of_production_a_run_that_failed_wakes_nobody(tmp_path: Path) -> None:
    config = tmp_path / "alertmanager.yml"
    config.write_text(wired(world_of("prod")))
    kinds = {
        each["name"]: {key for key, configs in each.items() if key != "name" and configs}
        for each in yaml.safe_load(config.read_text())["receivers"]
    }
    failed = {"alertname": "SparkDriverFailed", "severity": "warning"}
    for who in ({"team": "data"}, {"team": "science"}, {"namespace": "spark-canary"}):
        assert "pagerduty_configs" not in kinds[told(config, {**failed, **who})], who
    burns = {"alertname": "SparkBudgetBurnsFast", "severity": "critical", "team": "data"}
    assert told(config, burns) == "data-on-call"
    assert told(config, {"alertname": "SparkOperatorDown", "severity": "critical"}) == "on-call"


def test_the_alert_that_always_fires_goes_to_the_heartbeat_alone(config: Path) -> None:
    assert told(config, {"alertname": WATCHDOG, "severity": "none"}) == HEARTBEAT
    assert told(config, {"alertname": "InfoInhibitor", "severity": "none"}) == NOBODY


def test_alertmanager_accepts_every_kind_of_receiver_and_the_charts_rules(tmp_path: Path) -> None:
    made = alertmanager_config(ROUTING)
    made["inhibit_rules"] = [*CHART_INHIBIT_RULES, *made["inhibit_rules"]]
    (tmp_path / "config.yml").write_text(yaml.safe_dump(made))
    said = amtool("check-config", str(tmp_path / "config.yml"))
    # Nobody and the heartbeat besides.
    assert f"{len(RECEIVERS) + 2} receivers" in said


@pytest.mark.parametrize("stack", ["local", "prod"])
def test_whoever_gets_the_heartbeat_may_be_told_of_alerts_too(tmp_path: Path, stack: str) -> None:
    values = stack_settings(stack)
    hook = {"name": "hook", "kind": "webhook", "secret": "hook"}
    team = {"team": "data", "receiver": "hook"}
    values["observability"] |= {
        "runbooks": "https://git.example.com/runbooks",
        "alerts": {"receivers": [hook], "default": "hook", "teams": [team], "heartbeat": "hook"},
    }
    (tmp_path / "alertmanager.yml").write_text(wired(build_stack(stack, values)))
    amtool("check-config", str(tmp_path / "alertmanager.yml"))
    for labels, receiver in (
        ({"alertname": "SparkOperatorDown", "severity": "critical"}, "hook"),
        ({"alertname": "SparkDriverFailed", "severity": "warning", "team": "data"}, "hook"),
        ({"alertname": WATCHDOG, "severity": "none"}, HEARTBEAT),
    ):
        assert told(tmp_path / "alertmanager.yml", labels) == receiver, labels


def wired(world: World) -> str:
    """Alertmanager's configuration as a stack hands it over."""
    if charts := [each for each in world.landed if each.name == "observability-chart"]:
        return yaml.safe_dump(charts[0].inputs["values"]["alertmanager"]["config"])
    made = world.one("ConfigMap", "alertmanager-alertmanager-configmap").inputs["data"]
    return str(made["alertmanager.yml"])


@pytest.mark.parametrize("page", [None, "http://127.0.0.1:9095/sent"])
def test_a_platform_without_receivers_has_a_configuration_too(tmp_path: Path, page: str | None) -> None:
    (tmp_path / "config.yml").write_text(yaml.safe_dump(alertmanager_config(AlertRouting(page=page))))
    amtool("check-config", str(tmp_path / "config.yml"))
    where = told(tmp_path / "config.yml", {"alertname": "SparkOperatorDown", "severity": "critical"})
    assert where == ("page" if page else NOBODY)


def test_no_secret_stands_in_the_configuration() -> None:
    text = json.dumps(alertmanager_config(ROUTING))
    for field in ("api_url", "url", "routing_key", "auth_password"):
        assert f'"{field}":' not in text, "each is read from a file"
        assert f'"{field}_file":' in text
