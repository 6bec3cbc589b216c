"""Who may open the history server's UI, and whom the server may talk to, by the chart's NetworkPolicy."""

from __future__ import annotations

import pytest

from tests.charts.conftest import RELEASE, Objects, Render
from tests.support.network_reach import Endpoint, Port, reaches

pytestmark = pytest.mark.charts

HTTP = Port(18080)


def reach(objects: Objects, source: Endpoint, target: Endpoint, port: Port) -> bool:
    """Whether the chart's policy lets a connection through."""
    return reaches({RELEASE: [objects.one("NetworkPolicy")["spec"]]}, source, target, port)


def test_the_network_lets_in_and_out_whom_the_values_name(render: Render) -> None:
    objects = render(
        networkPolicy={
            "allowedNamespaces": ["monitoring"],
            "allowedCidrs": ["10.1.0.0/16"],
            "egress": [{"namespace": "object-store", "port": 7070}, {"cidr": "10.9.0.0/16", "port": 443}],
        }
    )
    labels = objects.one("Deployment")["spec"]["template"]["metadata"]["labels"]
    server = Endpoint(name="server", address="10.244.0.2", namespace=RELEASE, labels=labels)

    def pod(namespace: str, **labels: str) -> Endpoint:
        given = {key.replace("_", "-"): value for key, value in labels.items()}
        return Endpoint(name=namespace, address="10.244.0.9", namespace=namespace, labels=given)

    def host(address: str) -> Endpoint:
        return Endpoint(name=address, address=address)

    seen = {
        "monitoring in": reach(objects, pod("monitoring"), server, HTTP),
        "near host in": reach(objects, host("10.1.2.3"), server, HTTP),
        "other pod in": reach(objects, pod("data-dev"), server, HTTP),
        "far host in": reach(objects, host("203.0.113.7"), server, HTTP),
        "other port in": reach(objects, pod("monitoring"), server, Port(22)),
        "store out": reach(objects, server, pod("object-store"), Port(7070)),
        "host out": reach(objects, server, host("10.9.1.1"), Port(443)),
        "dns out": reach(objects, server, pod("kube-system", k8s_app="kube-dns"), Port(53, "UDP")),
        "store's own API out": reach(objects, server, pod("object-store"), Port(7071)),
        "tenant out": reach(objects, server, pod("data-dev"), Port(7078)),
        "internet out": reach(objects, server, host("203.0.113.7"), Port(443)),
    }
    open_ = {"monitoring in", "near host in", "store out", "host out", "dns out"}
    assert seen == {what: what in open_ for what in seen}


def test_by_default_nobody_gets_in_and_s3_can_be_reached(render: Render) -> None:
    spec = render().one("NetworkPolicy")["spec"]
    assert spec["ingress"] == [], "the UI has no login, so opening it is a decision"
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert [(rule["to"][0]["ipBlock"]["cidr"], rule["ports"][0]["port"]) for rule in spec["egress"][1:]] == [
        ("0.0.0.0/0", 443),
        ("169.254.170.23/32", 80),
    ]


def test_the_network_policy_can_be_left_out(render: Render) -> None:
    assert "NetworkPolicy" not in render(networkPolicy={"enabled": False}).kinds()
