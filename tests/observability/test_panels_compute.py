"""What a panel's number is for samples whose answer is known, as Prometheus' own tool computes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.observability.dashboard_files import dashboard_files
from tests.observability.cases_ends import story
from tests.observability.expressions import expressions
from tests.observability.series import SITE, Series, ksm, merged, pod, series
from tests.observability.test_alerts_fire import needed, promtool

pytestmark = pytest.mark.promtool


def panel(where: str) -> str:
    """The first query of a panel, as Grafana sends it."""
    return next(each.promql for each in expressions(SITE) if each.where == where)


def requests(name: str, cores: float, *, node: str, role: str = "executor") -> Series:
    key = {"namespace": "data-dev", "pod": name, "uid": name, "container": f"spark-kubernetes-{role}"}
    return ksm("kube_pod_container_resource_requests", f"{cores:g}x60", **key, resource="cpu", node=node)


def uses(name: str, cores: float, *, role: str = "executor") -> Series:
    key = {"namespace": "data-dev", "pod": name, "container": f"spark-kubernetes-{role}"}
    where = {"job": "kubelet", "metrics_path": "/metrics/resource"}
    return series("container_cpu_usage_seconds_total", f"0+{cores * 30:g}x60", **where, **key)


def node(cores: int) -> Series:
    return ksm("kube_node_status_allocatable", f"{cores}x60", node="node-1", resource="cpu")


RUNNING = merged(pod("d", [("Running", 30)], role="driver"), pod("e", [("Running", 30)], role="executor"))

CANARY = pod("canary", [("Running", 30)], namespace="spark-canary")

IDLE = "Spark: for people from EMR / IsIdle"
JOBS = "Spark: overview / Running jobs"
FREE = "Spark: nodes and cost drivers / Cores nobody reserves"
LEFT = "Spark: a team's jobs / Budget left"
USED = "Spark: nodes and cost drivers / CPU used for each core reserved"

CASES: dict[str, tuple[str, Series, list[dict[str, Any]]]] = {
    "what a pod on a node reserves is not free": (
        FREE,
        merged(RUNNING, node(4), requests("e", 3, node="node-1")),
        [{"labels": "{}", "value": 1}],
    ),
    "a pod that waits has taken nothing from any node": (
        FREE,
        merged(pod("w", [("Pending", 30)], role="executor"), node(4), requests("w", 8, node="")),
        [{"labels": "{}", "value": 4}],
    ),
    "there is never less than nothing": (
        FREE,
        merged(RUNNING, node(4), requests("e", 6, node="node-1")),
        [{"labels": "{}", "value": 0}],
    ),
    "a cluster on which the canary alone runs is idle": (
        IDLE,
        CANARY,
        [{"labels": "{}", "value": 1}],
    ),
    "a cluster on which a team's job runs is not": (
        IDLE,
        merged(RUNNING, CANARY),
        [{"labels": "{}", "value": 0}],
    ),
    "the canary is no running job of a team": (
        JOBS,
        merged(RUNNING, CANARY),
        [{"labels": "{}", "value": 1}],
    ),
    "half of four runs failed, ten times what is allowed, and it is known as soon as they ended": (
        LEFT,
        story("gbgb", every=1, namespace="science-dev"),
        [{"labels": '{namespace="science-dev",objective="success",team="science"}', "value": -9}],
    ),
    "an idle core of a small driver counts as one of a large executor": (
        USED,
        merged(
            RUNNING,
            requests("d", 1, node="node-1", role="driver"),
            requests("e", 3, node="node-1"),
            uses("d", 0, role="driver"),
            uses("e", 3),
        ),
        [{"labels": '{team="data"}', "value": 0.75}],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_panel_shows(case: str, tmp_path: Path) -> None:
    where, samples, expected = CASES[case]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(needed(SITE, panel(where)), width=1000))
    suite = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "30s",
        "tests": [
            {
                "interval": "30s",
                "input_series": [{"series": name, "values": values} for name, values in samples.items()],
                "promql_expr_test": [
                    {"expr": f"round({panel(where)}, 0.001)", "eval_time": "10m", "exp_samples": expected}
                ],
            }
        ],
    }
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(suite, width=1000))
    assert "SUCCESS" in promtool("test", "rules", str(tmp_path / "cases.yaml"))


def test_no_panel_calls_a_peak_what_is_in_use() -> None:
    for text in dashboard_files().values():
        for each in yaml.safe_load(text)["panels"]:
            asked = " ".join(target["expr"] for target in each.get("targets", ()))
            if "JVMHeapMemory" in asked:
                assert "in use" not in each["title"]
                assert "never falls" in each["description"]
