"""Who reaches whom in the monitoring namespace: the whole table, worked out from the policies as objects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.kube.network_rules import NetworkPlan
from components.naming import HISTORY_NAMESPACE, LOGIN_NAMESPACE, MONITORING_NAMESPACE
from components.observability.network import MonitoringPlan, monitoring_policies, operator_name
from components.observability.remote_write import RemoteWrite, workspace_url
from components.records import history_exporter, spark_operator
from components.services.spark_operator.network import operator_policies
from components.spark.pod_labels import DRIVER, EXECUTOR
from components.tenants.network import tenant_policies
from tests.support.network_reach import Endpoint, Policies, Port, reach_table
from tests.support.object_storages import AWS

TENANTS = ("data-dev", "science-dev")
AROUND = NetworkPlan(api_server_port=6443, storage=AWS, api_server_cidrs=("192.0.2.10/32",))


def own(name: str, number: int) -> Endpoint:
    """A pod of the monitoring namespace."""
    labels = {"app.kubernetes.io/name": name}
    return Endpoint(name=name, namespace=MONITORING_NAMESPACE, labels=labels, address=f"10.244.3.{number}")


def endpoints(*, chart: bool) -> list[Endpoint]:
    ours = ["prometheus", "kube-state-metrics", operator_name(chart=chart), "spark-history-exporter"]
    ours += ["alertmanager", *(["grafana"] if chart else [])]
    karpenter = {"app.kubernetes.io/name": "karpenter"}
    return [
        *(own(name, number) for number, name in enumerate(ours, start=1)),
        own("stranger", 9),
        Endpoint(name="driver", namespace="data-dev", labels=DRIVER, address="10.244.0.1"),
        Endpoint(name="executor", namespace="data-dev", labels=EXECUTOR, address="10.244.0.2"),
        Endpoint(name="spark operator", namespace="spark-operator", address="10.244.2.1"),
        Endpoint(name="history server", namespace=HISTORY_NAMESPACE, address="10.244.4.1"),
        Endpoint(name="login proxy", namespace=LOGIN_NAMESPACE, address="10.244.6.1"),
        Endpoint(name="karpenter", namespace="kube-system", labels=karpenter, address="10.244.5.3"),
        Endpoint(name="dns", namespace="kube-system", labels={"k8s-app": "kube-dns"}, address="10.244.5.1"),
        Endpoint(name="API server", address="192.0.2.10"),
        Endpoint(name="node", address="192.0.2.20"),
        Endpoint(name="internet", address="198.51.100.7"),
        Endpoint(name="identity agent", address="169.254.170.23"),
    ]


NUMBERS = (
    22,
    53,
    80,
    443,
    3000,
    4040,
    6443,
    7079,
    8080,
    8081,
    8090,
    9090,
    9093,
    9095,
    9100,
    9180,
    10250,
    18080,
)
PORTS = (*map(Port, NUMBERS), Port(53, "UDP"))


def policies(plan: MonitoringPlan) -> Policies:
    around = NetworkPlan(
        api_server_port=6443,
        storage=AWS,
        api_server_cidrs=AROUND.api_server_cidrs,
        monitoring_namespace=MONITORING_NAMESPACE,
    )
    return {
        "data-dev": list(tenant_policies(around).values()),
        "spark-operator": list(operator_policies(around).values()),
        MONITORING_NAMESPACE: list(monitoring_policies(plan).values()),
    }


def table(plan: MonitoringPlan) -> dict[tuple[str, str], set[str]]:
    """Ports by both ends, as far as a pod of the monitoring namespace is one of them."""
    ends = endpoints(chart=plan.chart)
    ours = {each.name for each in ends if each.namespace == MONITORING_NAMESPACE}
    found: dict[tuple[str, str], set[str]] = {}
    for source, target, port in reach_table(policies(plan), ends, PORTS):
        if source in ours or target in ours:
            text = str(port.number) if port.protocol == "TCP" else f"{port.number}/{port.protocol}"
            found.setdefault((source, target), set()).add(text)
    return found


ANYWHERE = {"9100", "10250"}
"""The nodes' addresses are not known: what listens on these ports is reached wherever it is."""


def test_these_connections_are_allowed_and_no_others() -> None:
    scraped = (history_exporter.SCRAPE, spark_operator.SCRAPE)
    plan = MonitoringPlan(tenants=TENANTS, around=AROUND, scraped=scraped)
    ours = ["prometheus", "kube-state-metrics", "prometheus-operator", "spark-history-exporter", "stranger"]
    ours.append("alertmanager")
    assert table(plan) == {
        **{(name, "dns"): {"53", "53/UDP"} for name in ours[1:]},
        ("prometheus", "dns"): {"53", "53/UDP", *ANYWHERE},
        **{("prometheus", name): ANYWHERE for name in ("node", "internet", "identity agent")},
        ("prometheus", "karpenter"): ANYWHERE,
        # A node's ports, to any address: policies of the other side refuse it.
        ("prometheus", "login proxy"): {"9100", "10250"},
        ("prometheus", "history server"): ANYWHERE,
        ("prometheus", "API server"): {"443", "6443", *ANYWHERE},
        ("prometheus", "driver"): {"4040", "8090"},
        ("prometheus", "executor"): {"8090"},
        ("prometheus", "spark operator"): {"8080"},
        ("prometheus", "kube-state-metrics"): {"8080", "8081"},
        ("prometheus", "prometheus-operator"): {"8080"},
        ("prometheus", "spark-history-exporter"): {"9180"},
        ("prometheus", "alertmanager"): {"9093"},
        ("kube-state-metrics", "API server"): {"443", "6443"},
        ("prometheus-operator", "API server"): {"443", "6443"},
        ("spark-history-exporter", "history server"): {"18080"},
    }


def test_with_the_chart_grafana_asks_prometheus_and_only_alertmanager_speaks_to_the_world() -> None:
    found = table(MonitoringPlan(tenants=TENANTS, around=AROUND, chart=True, told_at=[443]))
    assert found["grafana", "prometheus"] == {"9090"}
    assert found["grafana", "alertmanager"] == {"9093"}
    assert found["prometheus", "alertmanager"] >= {"9093"}
    assert found["prometheus", "karpenter"] >= {"8080"}
    to_the_world = {
        source for (source, target), ports in found.items() if target == "internet" and "443" in ports
    }
    assert to_the_world == {"alertmanager"}, "nothing else can carry data out"


def test_alertmanager_speaks_to_nobody_outside_whom_nobody_named() -> None:
    found = table(MonitoringPlan(tenants=TENANTS, around=AROUND, chart=True))
    assert ("alertmanager", "internet") not in found
    assert ("alertmanager", "identity agent") not in found
    signed = table(MonitoringPlan(tenants=TENANTS, around=AROUND, chart=True, told_at=[443], publishes=True))
    assert signed["alertmanager", "identity agent"] >= {"80"}


def test_the_page_of_sent_alerts_is_reached_by_the_login_and_where_it_is_ours_alone() -> None:
    behind = replace(AROUND, login_namespace=LOGIN_NAMESPACE)
    found = table(MonitoringPlan(tenants=TENANTS, around=behind))
    assert found["login proxy", "alertmanager"] == {"9095"}, "and not its own page, which silences"
    assert ("login proxy", "alertmanager") not in table(
        MonitoringPlan(tenants=TENANTS, around=behind, chart=True)
    )


def test_prometheus_speaks_to_the_world_only_to_write_there() -> None:
    plan = MonitoringPlan(
        tenants=TENANTS,
        around=AROUND,
        chart=True,
        remote_write=RemoteWrite(url=workspace_url("eu-central-1", "ws-1"), region="eu-central-1"),
    )
    assert "443" in table(plan)["prometheus", "internet"]
    assert table(plan)["prometheus", "identity agent"] >= {"80"}


def test_prometheus_reaches_a_store_of_ones_own_without_an_identity_of_aws() -> None:
    remote = RemoteWrite(url="https://mimir.example.com/api/v1/push")
    found = table(MonitoringPlan(tenants=TENANTS, around=AROUND, remote_write=remote))
    assert "443" in found["prometheus", "internet"]
    assert "80" not in found["prometheus", "identity agent"]


def test_grafana_reaches_loki_only_where_it_asks_it() -> None:
    plan = MonitoringPlan(tenants=TENANTS, around=AROUND, chart=True)
    before, after = (
        monitoring_policies(each)["grafana"]["egress"] for each in (plan, replace(plan, searched=3100))
    )
    (added,) = [rule for rule in after if rule not in before]
    assert [each["port"] for each in added["ports"]] == [3100]
    (peer,) = added["to"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "spark-logs"}


@pytest.mark.parametrize(
    ("url", "port"),
    [("https://a.example/push", 443), ("http://a.example/push", 80), ("http://a.example:9009/push", 9009)],
)
def test_the_port_that_is_opened_is_that_of_the_url(url: str, port: int) -> None:
    assert RemoteWrite(url=url).port == port


def test_people_reach_prometheus_by_the_login_alone() -> None:
    behind = replace(AROUND, login_namespace=LOGIN_NAMESPACE)
    found = table(MonitoringPlan(tenants=TENANTS, around=behind))
    assert found["login proxy", "prometheus"] == {"9090"}
    assert ("node", "prometheus") not in found
    without = table(MonitoringPlan(tenants=TENANTS, around=AROUND))
    assert ("login proxy", "prometheus") not in without


def test_no_tenant_reaches_anything_of_monitoring() -> None:
    found = table(MonitoringPlan(tenants=TENANTS, around=AROUND, chart=True))
    assert not [pair for pair in found if pair[0] in ("driver", "executor")]
