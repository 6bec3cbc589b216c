"""Who may reach whom: the whole table, worked out from the policies as objects."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from components.domain import Egress
from components.kube.network_rules import (
    NetworkPlan,
    ServiceName,
    enforcement_note,
    object_store_egress,
    store_address,
)
from components.object_store.network import network_policies as store_policies
from components.services.spark_operator.network import operator_policies
from components.spark.pod_labels import DRIVER, EXECUTOR, SUBMITTER
from components.tenants.network import tenant_policies
from tests.support.network_reach import Endpoint, Policies, Port, reach_table
from tests.support.object_storages import AWS, IN_CLUSTER

API_SERVER = ("10.96.0.1/32", "192.0.2.10/32")

ENDPOINTS = (
    Endpoint(name="data driver", namespace="data-dev", labels=DRIVER, address="10.244.0.1"),
    Endpoint(name="data executor", namespace="data-dev", labels=EXECUTOR, address="10.244.0.2"),
    Endpoint(name="data executor 2", namespace="data-dev", labels=EXECUTOR, address="10.244.0.3"),
    Endpoint(name="data submitter", namespace="data-dev", labels=SUBMITTER, address="10.244.0.4"),
    Endpoint(name="data other pod", namespace="data-dev", address="10.244.0.5"),
    Endpoint(name="science driver", namespace="science-dev", labels=DRIVER, address="10.244.1.1"),
    Endpoint(name="science executor", namespace="science-dev", labels=EXECUTOR, address="10.244.1.2"),
    Endpoint(name="operator", namespace="spark-operator", address="10.244.2.1"),
    Endpoint(name="prometheus", namespace="monitoring", address="10.244.3.1"),
    Endpoint(
        name="object store",
        namespace="object-store",
        labels={"app.kubernetes.io/name": "object-store", "app.kubernetes.io/component": "server"},
        address="10.244.4.1",
    ),
    Endpoint(name="dns", namespace="kube-system", labels={"k8s-app": "kube-dns"}, address="10.244.5.1"),
    Endpoint(name="other kube-system pod", namespace="kube-system", address="10.244.5.2"),
    Endpoint(name="API server", address="192.0.2.10"),
    Endpoint(name="internet", address="198.51.100.7"),
    Endpoint(name="instance metadata", address="169.254.169.254"),
    Endpoint(name="identity agent", address="169.254.170.23"),
)
NUMBERS = (22, 53, 80, 443, 4040, 5432, 6443, 7070, 7071, 7078, 7079, 8080, 8090, 8443, 16443, 18080)
PORTS = (*map(Port, NUMBERS), Port(53, "UDP"), Port(123, "UDP"))
OURS = {each.name for each in ENDPOINTS if each.namespace and each.namespace.endswith(("-dev", "operator"))}

Reached = dict[tuple[str, str], set[str]]


def policies(plan: NetworkPlan) -> Policies:
    return {
        "data-dev": list(tenant_policies(plan).values()),
        "science-dev": list(tenant_policies(plan).values()),
        "spark-operator": list(operator_policies(plan).values()),
        "object-store": list(store_policies(["data-dev", "science-dev"]).values()),
    }


def table(plan: NetworkPlan) -> Reached:
    """Ports that each of our pods may reach, or be reached at, by the names of both ends."""
    return reached_by(policies(plan))


def reached_by(policies: Policies) -> Reached:
    """The same for policies of a test's own."""
    found: Reached = {}
    for source, target, port in reach_table(policies, ENDPOINTS, PORTS):
        if source in OURS or target in OURS:
            text = str(port.number) if port.protocol == "TCP" else f"{port.number}/{port.protocol}"
            found.setdefault((source, target), set()).add(text)
    return found


def with_dns(sources: set[str], rest: Reached) -> Reached:
    return {**{(source, "dns"): {"53", "53/UDP"} for source in sources}, **rest}


SPARK: Reached = {
    ("data driver", "data executor"): {"7079"},
    ("data driver", "data executor 2"): {"7079"},
    ("data executor", "data driver"): {"7078", "7079"},
    ("data executor 2", "data driver"): {"7078", "7079"},
    ("data executor", "data executor 2"): {"7079"},
    ("data executor 2", "data executor"): {"7079"},
    ("science driver", "science executor"): {"7079"},
    ("science executor", "science driver"): {"7078", "7079"},
}
STORE_USERS = (
    "data driver",
    "data executor",
    "data executor 2",
    "data submitter",
    "science driver",
    "science executor",
)
API_USERS = ("data driver", "data submitter", "science driver", "operator")
SCRAPED: Reached = {
    ("prometheus", "data driver"): {"4040", "8090"},
    ("prometheus", "science driver"): {"4040", "8090"},
    ("prometheus", "data executor"): {"8090"},
    ("prometheus", "data executor 2"): {"8090"},
    ("prometheus", "science executor"): {"8090"},
    ("prometheus", "operator"): {"8080"},
}
TO_API_SERVER: Reached = {(source, "API server"): {"443", "6443"} for source in API_USERS}


def test_with_a_store_in_the_cluster_these_connections_are_allowed_and_no_others() -> None:
    plan = NetworkPlan(
        api_server_port=6443,
        storage=IN_CLUSTER,
        api_server_cidrs=API_SERVER,
        monitoring_namespace="monitoring",
    )
    to_store: Reached = {(source, "object store"): {"7070"} for source in STORE_USERS}
    assert table(plan) == with_dns(OURS, {**SPARK, **SCRAPED, **TO_API_SERVER, **to_store})


def test_on_aws_jobs_reach_https_and_their_identity_and_never_the_nodes_own() -> None:
    plan = NetworkPlan(api_server_port=6443, storage=AWS, api_server_cidrs=API_SERVER)
    reached = table(plan)
    for source in STORE_USERS:
        assert reached[source, "internet"] == {"443"}, "S3 has no fixed addresses"
        assert reached[source, "identity agent"] == {"80", "443"}
        assert reached[source, "instance metadata"] == {"443"}, "its credentials are on port 80"
    assert ("operator", "internet") not in reached, "nothing can be carried out of the operator"
    assert ("operator", "identity agent") not in reached


def test_what_a_tenant_names_is_open_to_its_jobs_on_its_ports_and_to_nobody_else() -> None:
    plan = NetworkPlan(api_server_port=6443, storage=AWS, api_server_cidrs=API_SERVER)
    warehouse = Egress(cidrs=("198.51.100.0/24",), ports=(5432, 8443))
    open_ = {**policies(plan), "data-dev": list(tenant_policies(plan, [warehouse]).values())}
    before, after = table(plan), reached_by(open_)
    for source in ("data driver", "data executor", "data executor 2"):
        assert after.pop((source, "internet")) == {"443", "5432", "8443"}
        before.pop((source, "internet"))
    assert after == before, "no other pod, and no other address"


def test_no_tenant_reaches_another_on_any_port() -> None:
    for storage in (IN_CLUSTER, AWS):
        plan = NetworkPlan(
            api_server_port=6443,
            storage=storage,
            api_server_cidrs=API_SERVER,
            monitoring_namespace="monitoring",
        )
        for source, target in table(plan):
            teams = {name.split()[0] for name in (source, target)} & {"data", "science"}
            assert len(teams) <= 1, f"{source} reaches {target}"


def test_without_monitoring_nobody_scrapes() -> None:
    plan = NetworkPlan(api_server_port=6443, storage=IN_CLUSTER, api_server_cidrs=API_SERVER)
    assert not [pair for pair in table(plan) if "prometheus" in pair]


def test_a_pod_that_is_not_sparks_reaches_dns_and_nothing_else() -> None:
    plan = NetworkPlan(api_server_port=6443, storage=AWS, monitoring_namespace="monitoring")
    assert {pair for pair in table(plan) if "data other pod" in pair} == {("data other pod", "dns")}


def test_unless_addresses_are_given_the_api_servers_ports_are_open_to_anywhere() -> None:
    plan = NetworkPlan(api_server_port=6443, storage=IN_CLUSTER)
    assert table(plan)["data driver", "internet"] == {"443", "6443"}
    assert ("data executor", "internet") not in table(plan), "executors never talk to the API server"


def test_an_api_server_on_another_port_is_reached_there_and_at_its_service() -> None:
    plan = NetworkPlan(storage=IN_CLUSTER, api_server_cidrs=API_SERVER, api_server_port=16443)
    found = {pair: ports for pair, ports in table(plan).items() if pair[1] == "API server"}
    assert found == {(source, "API server"): {"443", "16443"} for source in API_USERS}


def test_every_namespace_starts_from_denying_everything() -> None:
    plan = NetworkPlan(api_server_port=6443, storage=IN_CLUSTER)
    for found in (tenant_policies(plan), operator_policies(plan)):
        assert found["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        for name, spec in found.items():
            assert "podSelector" in spec, name
            assert set(spec["policyTypes"]) <= {"Ingress", "Egress"}


@pytest.mark.parametrize(
    ("endpoint", "port", "peer"),
    [
        ("http://s3.storage.svc:9000", 9000, {"app.kubernetes.io/name": "s3"}),
        ("https://s3.storage.svc.cluster.local", 443, {"app.kubernetes.io/name": "s3"}),
        ("http://s3.example.com", 80, None),
        ("https://s3.example.com:8443", 8443, None),
        ("http://192.0.2.1:9000", 9000, None),
    ],
)
def test_the_store_is_found_by_its_endpoint(endpoint: str, port: int, peer: dict[str, str] | None) -> None:
    (rule,) = object_store_egress(replace(IN_CLUSTER, endpoint=endpoint))
    assert rule["ports"] == [{"port": port, "protocol": "TCP"}]
    (to,) = rule["to"]
    if peer is None:
        assert to == {"ipBlock": {"cidr": "0.0.0.0/0"}}
    else:
        assert to["podSelector"] == {"matchLabels": peer}
        assert to["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "storage"}}


def test_an_endpoint_without_a_host_is_refused() -> None:
    with pytest.raises(
        ValueError, match="endpoint 'object-store:7070': write a URL, such as http://host:7070"
    ):
        object_store_egress(replace(IN_CLUSTER, endpoint="object-store:7070"))


def test_the_output_says_plainly_whether_policies_are_enforced() -> None:
    assert "NOT enforced" in enforcement_note(False)
    assert "any pod can reach any other" in enforcement_note(False)
    assert "NOT" not in enforcement_note(True)


def test_endpoints_of_these_tests_have_addresses_of_their_own() -> None:
    addresses = sorted(each.address for each in ENDPOINTS)
    assert all(one != other for one, other in pairwise(addresses))


@pytest.mark.parametrize(
    ("endpoint", "port", "service"),
    [
        ("http://store.data.svc:7070", 7070, ServiceName(name="store", namespace="data")),
        ("http://store.data.svc", 80, ServiceName(name="store", namespace="data")),
        ("https://store.data.svc.cluster.local", 443, ServiceName(name="store", namespace="data")),
        ("https://store.data.svc.example.com", 443, None),
        ("https://s3.example.com", 443, None),
        ("http://192.0.2.7:9000", 9000, None),
        ("http://store", 80, None),
        ("http://store.svc", 80, None),
    ],
)
def test_a_store_is_a_service_of_this_cluster_where_its_name_says_so(
    endpoint: str, port: int, service: ServiceName | None
) -> None:
    found = store_address(endpoint)
    assert (found.port, found.service) == (port, service)
