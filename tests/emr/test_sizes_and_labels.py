"""Sizes, costs and releases."""

from __future__ import annotations

from typing import Any

import pytest

from components.versions import SPARK, SPARK_LTS
from emr.report import cost
from emr.translate import labels
from tests.emr.inputs import HELLO, flow, one, result, spec, submit


def test_10_an_executor_of_emr_asks_for_the_cpu_that_it_has_today() -> None:
    executor = spec(flow(submit("--executor-memory", "4743M", "--executor-cores", "4", "s3://b/a.py")))[
        "executor"
    ]
    assert (executor["cores"], executor["coreRequest"]) == (4, "2")
    assert "2 executors of 4 tasks on 4 CPUs" in told(flow(submit("s3://b/a.py")), "CPU")


def test_10_nodes_of_an_older_generation_are_known_by_what_yarn_has_there() -> None:
    older = {"InstanceRole": "CORE", "InstanceType": "m4.xlarge", "InstanceCount": 2}
    made = flow(submit("s3://b/a.py"), Instances={"InstanceGroups": [older]})
    assert spec(made)["executor"]["memory"] == "4743m"
    assert "on m4.xlarge YARN puts 2 executors" in told(made, "CPU")


def told(made: dict[str, Any], code: str) -> str:
    return next(each.why for each in result(made).ledger.findings if each.code == code)


def test_11_a_cluster_that_runs_seldom_is_told_to_stay(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    from costs import command as costs

    given = cost.workload([result(HELLO, "dag.py")], hours="106.4", runs="91")
    assert given["emr"] == {"nodes": 5, "primary": "m5.2xlarge", "primaries": 1, "primarySpot": True}
    assert (given["instances"], given["spotShare"]) == (["m5.2xlarge"], 100)
    costs.show(Console(width=200), "prod", workload="nightly", given=given, prices_of="us-east-1")
    assert "stay on it" in capsys.readouterr().out


def test_11_a_type_without_a_price_is_refused() -> None:
    changed = {"InstanceRole": "CORE", "InstanceType": "m1.small", "InstanceCount": 4}
    with pytest.raises(cost.NoClusterError, match="instance types are in costs"):
        cost.workload(
            [result(flow(submit("s3://b/a.py"), Instances={"InstanceGroups": [changed]}))],
            hours="1",
            runs="1",
        )


LABELS = {
    "emr-5.20.0": "2.4.0",
    "emr-5.29.0": "2.4.4",
    "emr-5.36.2": "2.4.8",
    "emr-6.2.0-latest": "3.0.1",
    "emr-6.15.0-20231109": "3.4.1",
    "emr-6.10.0-java17-latest": "3.3.1",
    "emr-6.9.0-spark-rapids-latest": "3.3.0",
    "emr-7.9.0": "3.5.5",
    "emr-7.13.0": "3.5.6",
    "emr-spark-8.0.0": "4.0.2",
}


@pytest.mark.parametrize("label", LABELS)
def test_13_labels_are_known_with_their_variants(label: str) -> None:
    found = labels.release(label)
    assert found is not None
    assert found.spark == LABELS[label]
    assert found.target == (SPARK if label.startswith("emr-spark") else SPARK_LTS)


@pytest.mark.parametrize("label", ["emr-9.9.0", "emr-7.99.0", "emr-4.6.0", "emr", "7.1.0", "emr-spark-9.0.0"])
def test_13_a_label_that_is_not_known_is_asked_for(label: str) -> None:
    made = flow(submit("s3://b/a.py"), ReleaseLabel=label)
    assert one(made).problems == ("LABEL",)
    assert spec(made, label="emr-6.15.0")["sparkVersion"] == SPARK_LTS
