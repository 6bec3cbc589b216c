"""What is dropped at the scrape is read by nobody, and what a source may bring has a bound."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from components.kube.monitors import Relabeling
from components.observability.alerts import prometheus_rule_spec
from components.observability.cardinality import (
    KUBE_POD_DENIED,
    api_server_relabelings,
    cadvisor_relabelings,
    driver_relabelings,
    kubelet_relabelings,
)
from components.observability.rule_model import Site
from components.observability.state_metrics import POD_LABELS, deny_list, label_allow_list

SITE = Site(teams={"data-dev": "data"}, karpenter=True)
SPARK_CONTAINER = {"container": "spark-kubernetes-executor", "pod": "etl-exec-1", "namespace": "data-dev"}


def expressions() -> Iterator[str]:
    for group in prometheus_rule_spec(SITE)["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]


def read(prefix: str) -> set[str]:
    """Names of metrics that the rules read and that begin so."""
    return {name for text in expressions() for name in re.findall(rf"\b{prefix}\w+", text)}


def survives(relabelings: list[Relabeling], labels: dict[str, str]) -> bool:
    """Whether a series passes, by Prometheus' rules: anchored regular expressions over joined labels."""
    for each in relabelings:
        joined = ";".join(labels.get(name, "") for name in each.get("sourceLabels", ()))
        matches = re.fullmatch(each["regex"], joined) is not None
        if (each["action"] == "drop" and matches) or (each["action"] == "keep" and not matches):
            return False
    return True


def test_no_family_about_pods_that_a_rule_reads_is_left_out() -> None:
    names = read("kube_pod_")
    assert "kube_pod_status_phase" in names, "the search finds nothing"
    denied = {name for name in names for each in KUBE_POD_DENIED if re.fullmatch(each, name)}
    assert not denied, "the rule would be silent for ever"


def test_denied_families_are_anchored_because_the_program_anchors_none() -> None:
    assert all(each.startswith("^") and each.endswith("$") for each in deny_list())
    assert not any(re.search(each, "kube_pod_status_scheduled_time") for each in deny_list())


def test_no_metric_of_containers_that_a_rule_reads_is_dropped() -> None:
    names = read("container_")
    assert "container_memory_working_set_bytes" in names
    dropped = {
        name for name in names if not survives(cadvisor_relabelings(), {**SPARK_CONTAINER, "__name__": name})
    }
    assert not dropped


@pytest.mark.parametrize(
    "name", ["container_fs_reads_total", "container_tasks_state", "container_memory_failures_total"]
)
def test_of_spark_containers_the_unread_part_is_dropped_and_of_others_it_stays(name: str) -> None:
    other = {**SPARK_CONTAINER, "container": "coredns", "__name__": name}
    assert not survives(cadvisor_relabelings(), {**SPARK_CONTAINER, "__name__": name})
    assert survives(cadvisor_relabelings(), other)


def test_series_of_no_pod_are_dropped() -> None:
    labels = {"__name__": "container_memory_working_set_bytes", "id": "/kubepods"}
    assert not survives(cadvisor_relabelings(), labels)


def test_of_a_drivers_twins_one_is_dropped_and_the_one_that_rules_read_stays() -> None:
    names = read("metrics_spark_driver_")
    assert names, "the search finds nothing"
    for name in names:
        assert survives(driver_relabelings(), {"__name__": name}), name
    twin = "metrics_spark_driver_BlockManager_memory_memUsed_MB_Number"
    assert not survives(driver_relabelings(), {"__name__": twin})


def test_what_rules_read_of_the_api_server_is_kept_and_its_histograms_are_not() -> None:
    labels = {"name": "ResourceQuota"}
    names = read("apiserver_")
    assert names, "the search finds nothing"
    for name in names:
        assert survives(api_server_relabelings(), {**labels, "__name__": name}), name
    assert not survives(api_server_relabelings(), {"__name__": "apiserver_request_duration_seconds_bucket"})
    other = {"__name__": "apiserver_admission_controller_admission_duration_seconds_count"}
    assert not survives(api_server_relabelings(), {**other, "name": "LimitRanger"})


def test_what_rules_read_of_the_kubelet_is_kept() -> None:
    for name in read("kubelet_"):
        assert survives(kubelet_relabelings(), {"__name__": name}), name


def test_labels_of_pods_that_rules_read_are_allowed() -> None:
    sanitised = {"label_" + re.sub(r"[^a-zA-Z0-9_]", "_", label) for label in POD_LABELS}
    used = {name for text in expressions() for name in re.findall(r"\blabel_(?!replace|join)\w+", text)}
    assert used
    assert used <= sanitised, "kube-state-metrics shows no label that is not listed"
    assert "*" not in "".join(label_allow_list()), "a series for every value of every label"
