"""Values of kube-prometheus-stack: every key is one that the chart has, and they say what we mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.observability.alert_receivers import Receiver
from components.observability.alert_routing import AlertRouting
from components.observability.alerts import inhibit_rules
from components.observability.chart_values import (
    CHART_INHIBIT_RULES,
    SILENT_RULES,
    StackValues,
    chart_values,
)
from components.observability.prometheus import MetricStorage
from components.observability.remote_write import RemoteWrite, workspace_url
from components.observability.replaced_alerts import disabled
from components.observability.rule_model import Site
from components.versions import KUBE_PROMETHEUS_STACK
from tests.support.golden import Golden

DATA: dict[str, Any] = json.loads(
    (
        Path(__file__).resolve().parents[1] / "data" / f"kube-prometheus-stack-{KUBE_PROMETHEUS_STACK}.json"
    ).read_text()
)
KNOWN: dict[str, str] = DATA["values"]
KINDS = {"boolean": bool, "number": int | float, "string": str, "list": list, "map": dict}
FREE = {
    # Maps that the chart hands on as they are, with defaults of its own in them.
    *("prometheus-node-exporter.containerSecurityContext", "prometheus-node-exporter.securityContext"),
}

VALUES = StackValues(
    storage=MetricStorage(retention_days=15, size="50Gi", storage_class="gp3"),
    interval_seconds=30,
    memory="4Gi",
    state_metrics_memory="512Mi",
    cluster="spark-prod",
    alerts=AlertRouting(),
    remote_write=RemoteWrite(url=workspace_url("eu-central-1", "ws-1"), region="eu-central-1"),
)


def faults(values: dict[str, Any], path: str = "") -> Iterator[str]:
    """Values that the chart has no place for, or another kind of."""
    for key, value in values.items():
        place = f"{path}.{key}" if path else key
        kind = KNOWN.get(place)
        if kind is None:
            yield f"{place} is not a value of the chart"
        elif kind == "map" and isinstance(value, dict):
            yield from () if place in FREE else faults(value, place)
        # Its own default for "no limit" is false, and an empty text stands for many things.
        elif kind not in ("any", "boolean", "string") and not isinstance(value, KINDS[kind]):
            yield f"{place} must be a {kind}"


def test_every_value_is_one_that_the_chart_has() -> None:
    assert list(faults(chart_values(VALUES))) == [], "Helm ignores a misspelt value without a word"


@pytest.mark.parametrize("name", sorted(disabled()))
def test_an_alert_that_is_left_out_is_one_that_the_chart_brings(name: str) -> None:
    assert name in DATA["alerts"], "its name changed: it would fire again"


@pytest.mark.parametrize("name", SILENT_RULES)
def test_a_group_of_rules_that_is_left_out_is_one_that_the_chart_has(name: str) -> None:
    assert f"defaultRules.rules.{name}" in KNOWN


def test_the_values_are_the_reviewed_ones(golden: Golden) -> None:
    golden("observability/kube-prometheus-stack.json", chart_values(VALUES))


def test_only_what_rules_computed_leaves_the_cluster_and_only_if_asked_for() -> None:
    def spec(remote: RemoteWrite | None) -> dict[str, Any]:
        values = StackValues(**{**vars(VALUES), "remote_write": remote})
        found = chart_values(values)["prometheus"]["prometheusSpec"]
        assert isinstance(found, dict)
        return found

    assert "remoteWrite" not in spec(None)
    (remote,) = spec(VALUES.remote_write)["remoteWrite"]
    assert remote["sigv4"] == {"region": "eu-central-1"}, "signed with the pod's own identity"
    (kept,) = remote["writeRelabelConfigs"]
    assert (kept["action"], "spark:.*" in kept["regex"]) == ("keep", True)


def test_grafana_asks_loki_only_where_it_is_told_to() -> None:
    def sources(loki: str | None) -> Any:
        return chart_values(replace(VALUES, loki=loki))["grafana"].get("additionalDataSources")

    assert sources(None) is None
    (source,) = sources("http://loki.spark-logs.svc:3100")
    assert (source["type"], source["url"]) == ("loki", "http://loki.spark-logs.svc:3100")


def test_a_store_of_ones_own_is_written_to_by_name_and_password_of_a_secret() -> None:
    assert "basicAuth" not in RemoteWrite(url="https://mimir.example.com/push").spec()
    remote = RemoteWrite(url="https://mimir.example.com/push", secret="mimir").spec()
    assert remote["basicAuth"] == {
        "username": {"name": "mimir", "key": "username"},
        "password": {"name": "mimir", "key": "password"},
    }
    assert "sigv4" not in remote


def test_no_password_is_made_anew_at_every_look() -> None:
    assert chart_values(VALUES)["grafana"]["admin"]["existingSecret"]


def test_objects_of_other_namespaces_are_not_listened_to() -> None:
    spec = chart_values(VALUES)["prometheus"]["prometheusSpec"]
    for kind in ("podMonitor", "probe", "rule", "serviceMonitor"):
        (expression,) = spec[f"{kind}NamespaceSelector"]["matchExpressions"]
        assert expression["values"] == ["monitoring", "monitoring-nodes"], "a tenant must not add to it"
        assert spec[f"{kind}SelectorNilUsesHelmValues"] is False, "ours carry no label of the release"


def test_what_a_dead_source_explains_is_silent_beside_the_charts_own_rules() -> None:
    ours = inhibit_rules(Site(teams={}))
    values = chart_values(replace(VALUES, alerts=AlertRouting(inhibit_rules=ours)))
    found = values["alertmanager"]["config"]["inhibit_rules"]
    assert found == [*CHART_INHIBIT_RULES, *ours], "Helm replaces lists: the chart's own must be there too"
    (blind,) = next(each for each in ours if "SparkMetricsSourceDown" in str(each["source_matchers"]))[
        "target_matchers"
    ]
    assert "SparkDriverFailed" in blind, "it is computed from what is down"
    assert "SparkMetricsSourceDown" not in blind, "an alert must not silence itself"


def test_who_is_told_has_no_secret_in_the_values_and_keeps_what_was_sent() -> None:
    receiver = Receiver(name="on-call", kind="pagerduty", secret="alert-on-call")
    values = replace(VALUES, alerts=AlertRouting(receivers=[receiver], default="on-call"))
    made = chart_values(values)["alertmanager"]
    assert made["alertmanagerSpec"]["secrets"] == ["alert-on-call"], "the operator mounts it"
    (told,) = next(each for each in made["config"]["receivers"] if each["name"] == "on-call")[
        "pagerduty_configs"
    ]
    assert told["routing_key_file"] == "/etc/alertmanager/secrets/alert-on-call/routing-key"
    claim = made["alertmanagerSpec"]["storage"]["volumeClaimTemplate"]["spec"]
    assert claim["storageClassName"] == "gp3", "after a restart nobody is told twice"


def test_the_charts_own_rules_about_prometheus_have_their_source() -> None:
    values = chart_values(VALUES)
    assert "prometheus" not in values["defaultRules"]["rules"]
    assert values["prometheus"]["serviceMonitor"]["selfMonitor"] is True, (
        "they select by the job of the chart's own monitor"
    )
