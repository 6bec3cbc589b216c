"""The collector's configuration: what it reads, what it never drops, and where lines go."""

from __future__ import annotations

import fnmatch
from dataclasses import replace
from typing import Any

import pytest

from components.domain import MIB
from components.services.logs.collector import (
    CHUNK_BYTES,
    KEY_ATTRIBUTES,
    QUEUE_BYTES,
    QUEUE_LEAST_BYTES,
    CollectorPlan,
    collector_config,
)
from tests.support.object_storages import AWS, IN_CLUSTER

PLAN = CollectorPlan(
    namespaces=("science-dev", "data-dev"), storage=IN_CLUSTER, memory="256Mi", flush_seconds=15
)


def config(**changes: Any) -> dict[str, Any]:
    return collector_config(replace(PLAN, **changes))


def is_read(path: str, made: dict[str, Any]) -> bool:
    """Whether a file matches; braces are taken apart, as the collector's own matching does."""
    patterns = [
        pattern.replace("{spark-kubernetes-driver,spark-kubernetes-executor}", name)
        for receiver in made["receivers"].values()
        for pattern in receiver["include"]
        for name in ("spark-kubernetes-driver", "spark-kubernetes-executor")
    ]
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("data-dev_flights-driver_1b/spark-kubernetes-driver/0.log", True),
        ("data-dev_flights-exec-1_2c/spark-kubernetes-executor/0.log", True),
        ("data-dev_notebook_3d/notebook/0.log", False),
        ("data-dev-2_flights-driver_4e/spark-kubernetes-driver/0.log", False),
        ("kube-system_coredns_5f/coredns/0.log", False),
        ("spark-logs_log-collector_6a/log-collector/0.log", False),
    ],
)
def test_only_drivers_and_executors_of_tenants_are_read(path: str, wanted: bool) -> None:
    assert is_read(f"/var/log/pods/{path}", config()) is wanted


def test_with_no_tenants_nothing_is_made_rather_than_everything_read() -> None:
    with pytest.raises(ValueError, match="no namespaces"):
        config(namespaces=())


@pytest.mark.parametrize("loki", [None, "http://loki/otlp"])
def test_nothing_is_dropped_while_a_store_is_away(loki: str | None) -> None:
    made = config(loki=loki)
    for receiver in made["receivers"].values():
        assert receiver["retry_on_failure"] == {"enabled": True, "max_elapsed_time": "0s"}
    used = [name for pipeline in made["service"]["pipelines"].values() for name in pipeline["exporters"]]
    assert sorted(used) == sorted(made["exporters"])
    for name, exporter in made["exporters"].items():
        assert exporter["sending_queue"]["block_on_overflow"] is True, f"{name} would drop what finds it full"
        assert exporter["sending_queue"]["storage"] == "file_storage", f"{name} would lose its queue"
        assert exporter["retry_on_failure"]["max_elapsed_time"] == "0s", f"{name} would give up"


def test_where_reading_went_on_is_known_after_a_restart() -> None:
    made = config()
    assert {each["storage"] for each in made["receivers"].values()} == {"file_storage"}
    assert "file_storage" in made["service"]["extensions"]


def test_a_key_begins_with_the_namespace() -> None:
    assert KEY_ATTRIBUTES[0] == "k8s.namespace.name", "rights of tenants are rights to a prefix"
    assert config()["exporters"]["s3archive/data-dev"]["prefix"] == "logs"


def test_the_store_of_the_cluster_is_named_and_that_of_aws_is_not() -> None:
    inside, outside = (config(storage=each)["exporters"]["s3archive/data-dev"] for each in (IN_CLUSTER, AWS))
    assert inside["endpoint"] == IN_CLUSTER.endpoint
    assert "endpoint" not in outside
    assert outside["region"] == "eu-central-1"


def test_both_stores_get_the_same_configuration_otherwise() -> None:
    inside, outside = config(), config(storage=AWS)
    for made in (inside, outside):
        del made["exporters"]
    assert inside == outside


@pytest.mark.parametrize("memory", ["128Mi", "256Mi", "1Gi"])
def test_reading_stops_before_the_memory_limit_and_leaves_room_for_a_chunk(memory: str) -> None:
    made = config(memory=memory)["processors"]["memory_limiter"]
    limit = {"128Mi": 128, "256Mi": 256, "1Gi": 1024}[memory]
    assert made["limit_mib"] < limit
    assert (limit - made["limit_mib"]) * MIB > 2 * CHUNK_BYTES


def test_the_first_processor_guards_the_memory() -> None:
    for pipeline in config()["service"]["pipelines"].values():
        assert pipeline["processors"][0] == "memory_limiter", "what comes before it is not guarded"


def test_a_batch_is_smaller_than_the_queue() -> None:
    queue = config()["exporters"]["s3archive/data-dev"]["sending_queue"]
    assert queue["batch"]["max_size"] < queue["queue_size"]
    assert queue["batch"]["flush_timeout"] == "15s"


@pytest.mark.parametrize("loki", [None, "http://loki/otlp"])
def test_no_namespace_shares_its_reader_or_its_queue_with_another(loki: str | None) -> None:
    pipelines = config(loki=loki)["service"]["pipelines"]
    ways = ("", "/loki") if loki else ("",)
    assert set(pipelines) == {f"logs/{each}{way}" for each in ("data-dev", "science-dev") for way in ways}
    parts = [name for each in pipelines.values() for name in (*each["receivers"], *each["exporters"])]
    assert len(set(parts)) == len(parts), "a job that prints without end would keep the others waiting"


@pytest.mark.parametrize(
    ("tenants", "share"), [(1, QUEUE_BYTES), (4, QUEUE_BYTES // 4), (500, QUEUE_LEAST_BYTES)]
)
def test_the_disk_is_shared_out_and_each_share_holds_some_chunks(tenants: int, share: int) -> None:
    made = config(namespaces=[f"team-{number}" for number in range(tenants)])
    assert {each["sending_queue"]["queue_size"] for each in made["exporters"].values()} == {share}
