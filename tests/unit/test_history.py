"""The history server's component: what it makes around the chart, and what it tells the chart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest

from components.kube.credentials import Credentials
from components.services.history.server import (
    AWS_LOG_PLACES,
    HistoryServer,
    HistoryServerArgs,
    LogPlace,
    history_values,
    log_places,
)
from components.spark.conf import history_server_conf
from tests.support.object_storages import IN_CLUSTER
from tests.support.recorder import World, build

CHART = "kubernetes:helm.sh/v4:Chart"


def arguments(**changes: Any) -> HistoryServerArgs:
    """Arguments as the one-machine platform gives them, with changes."""
    given: dict[str, Any] = {
        "chart": "charts/spark-history-server",
        "image": "localhost/spark:4.1.2",
        "conf": history_server_conf(IN_CLUSTER),
        "egress": log_places(IN_CLUSTER),
        "memory": "2Gi",
        "store_size": "10Gi",
    }
    return HistoryServerArgs(**given | changes)


def history(**changes: Any) -> World:
    """Build a history server."""

    def program() -> None:
        made = HistoryServer("history", arguments(**changes))
        pulumi.export("url", made.url)
        pulumi.export("namespace", made.namespace)

    return build(program)


def build_with_key() -> World:
    """Build a history server with a static key, behind a resource that stands for the object store."""

    def program() -> None:
        first = k8s.core.v1.ConfigMap("first", metadata={"name": "first"})
        HistoryServer("history", arguments(after=[first], credentials=key()))

    return build(program)


def key() -> Credentials:
    """A key, its secret half marked as one."""
    return Credentials(access_key="history", secret_key=pulumi.Output.secret("hidden"))


def test_the_children_hang_on_the_component_and_its_outputs_are_registered() -> None:
    world = history()
    component = world.one("HistoryServer")
    assert {each.parent for each in world.landed if each is not component} == {component.urn}
    assert world.duplicates() == []
    assert world.outputs[component.urn] == {
        "namespace": "spark-history",
        "url": "http://spark-history.spark-history.svc:18080",
    }


def test_the_namespace_admits_restricted_pods_only_and_nothing_talks_unless_allowed() -> None:
    world = history()
    namespace = world.one("Namespace")
    assert namespace.metadata["name"] == "spark-history"
    assert namespace.metadata["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    policy = world.one("NetworkPolicy")
    assert policy.inputs["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert namespace.urn in policy.depends_on


def test_the_chart_comes_after_the_namespace_its_key_and_the_store() -> None:
    world = build_with_key()
    chart = world.one(CHART)
    for needed in (world.one("Namespace"), world.one("Secret"), world.one("ConfigMap", "first")):
        assert needed.urn in chart.depends_on, f"a server without {needed.name} would not start"


def test_the_key_is_in_a_secret_and_not_among_the_charts_values() -> None:
    world = build_with_key()
    secret = world.one("Secret")
    assert secret.inputs["stringData"] == {"access-key": "history", "secret-key": "hidden"}
    assert world.secret(secret, "stringData.secret-key")
    chart = world.one(CHART)
    assert "hidden" not in str(chart.inputs)
    assert chart.inputs["values"]["credentials"] == {"existingSecret": secret.metadata["name"]}


def test_where_the_cloud_gives_the_identity_there_is_no_key() -> None:
    world = history(egress=AWS_LOG_PLACES)
    assert world.of("Secret") == []
    assert world.one(CHART).inputs["values"]["credentials"] == {"existingSecret": ""}


def test_another_generation_of_the_key_restarts_the_server() -> None:
    first, second = (history_values(arguments(key_generation=number)) for number in (1, 2))
    assert first["podAnnotations"] != second["podAnnotations"], "it reads its key at start only"


def test_the_event_log_directory_is_a_value_of_its_own_and_the_rest_are_properties() -> None:
    values = history_values(arguments())
    assert values["eventLogDir"] == "s3a://events/spark/"
    assert "spark.history.fs.logDirectory" not in values["conf"], "the chart refuses it there"
    assert values["conf"]["spark.hadoop.fs.s3a.endpoint"] == IN_CLUSTER.endpoint


def test_conf_without_an_event_log_directory_is_refused() -> None:
    with pytest.raises(ValueError, match=r"conf lacks spark.history.fs.logDirectory; set it to"):
        history_values(arguments(conf={}))


def test_conf_that_moves_the_port_or_the_store_is_refused() -> None:
    conf = {
        **history_server_conf(IN_CLUSTER),
        "spark.history.ui.port": "80",
        "spark.history.store.path": "/x",
    }
    with pytest.raises(
        ValueError, match=r"spark.history.store.path, spark.history.ui.port belongs to the chart"
    ):
        history_values(arguments(conf=conf))


def test_the_pages_links_lead_to_where_a_browser_sees_them() -> None:
    world = history(address="https://spark.example/spark-history")
    conf = world.one(CHART).inputs["values"]["conf"]
    assert (conf["spark.ui.proxyBase"], conf["spark.ui.proxyRedirectUri"]) == ("/spark-history", "/")
    assert world.exports["url"] == "https://spark.example/spark-history"


def test_inside_the_cluster_alone_there_is_no_other_place() -> None:
    world = history()
    assert "spark.ui.proxyBase" not in world.one(CHART).inputs["values"]["conf"]
    assert world.exports["url"] == "http://spark-history.spark-history.svc:18080"


def test_only_the_named_namespaces_get_in() -> None:
    values = history_values(arguments(allowed_namespaces=["monitoring"]))
    assert values["service"] == {"type": "ClusterIP", "port": 18080}
    assert values["networkPolicy"]["allowedNamespaces"] == ["monitoring"]
    assert values["networkPolicy"]["allowedCidrs"] == []


def test_the_volume_is_never_waited_for() -> None:
    store = history_values(arguments(store_size="5Gi", storage_class="fast"))["store"]
    assert store["annotations"] == {"pulumi.com/skipAwait": "true"}, (
        "a bound claim would be waited for in vain"
    )
    assert (store["size"], store["storageClass"]) == ("5Gi", "fast")


@pytest.mark.parametrize(
    ("endpoint", "wanted"),
    [
        (None, AWS_LOG_PLACES),
        ("http://object-store.object-store.svc:7070", (LogPlace(namespace="object-store", port=7070),)),
        ("http://s3.storage.svc.cluster.local", (LogPlace(namespace="storage", port=80),)),
        ("https://s3.example.com", (LogPlace(cidr="0.0.0.0/0", port=443),)),
        ("https://svc:9000", (LogPlace(cidr="0.0.0.0/0", port=9000),)),
    ],
)
def test_the_way_to_the_event_logs_follows_from_the_endpoint(
    endpoint: str | None, wanted: tuple[LogPlace, ...]
) -> None:
    storage = replace(IN_CLUSTER, endpoint=endpoint, static_credentials=endpoint is not None)
    assert log_places(storage) == wanted


def test_an_endpoint_without_a_host_is_refused() -> None:
    storage = replace(IN_CLUSTER, endpoint="object-store:7070")
    with pytest.raises(ValueError, match="write a URL, such as http://host:7070"):
        log_places(storage)


@pytest.mark.parametrize(
    "rule", [LogPlace(port=443), LogPlace(port=443, cidr="10.0.0.0/8", namespace="both")]
)
def test_egress_to_nowhere_or_to_two_places_is_refused(rule: LogPlace) -> None:
    with pytest.raises(ValueError, match="egress to port 443 needs either a namespace or a cidr, not both"):
        history_values(arguments(egress=[rule]))
