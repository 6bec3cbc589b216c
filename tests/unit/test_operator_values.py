"""Values for the upstream chart: every key is one that the chart has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.kube.placement import Placement
from components.services.spark_operator.chart_values import OperatorValues, chart_values, operator_memory_mib
from components.versions import SPARK_OPERATOR
from tests.support.golden import Golden

DATA = Path(__file__).resolve().parents[1] / "data" / f"spark-operator-values-{SPARK_OPERATOR}.json"
KNOWN: dict[str, str] = json.loads(DATA.read_text())["values"]
KUBERNETES = {"controller.podSecurityContext", "controller.securityContext"}
"""Maps that the chart hands on as they are, with defaults of its own in them."""

KINDS = {"boolean": bool, "number": int | float, "string": str, "list": list, "map": dict}

VALUES = OperatorValues(
    cpu="250m",
    image="localhost/spark-operator:2.5.2-0123456789ab",
    namespaces=("science-dev", "data-dev"),
    workers=4,
    annotations={"spark-on-eks/configuration": "0123"},
)


def faults(values: dict[str, Any], path: str = "") -> Iterator[str]:
    """Values that the chart has no place for, or another kind of."""
    for key, value in values.items():
        place = f"{path}.{key}" if path else key
        kind = KNOWN.get(place)
        if kind is None:
            yield f"{place} is not a value of the chart"
        elif kind == "map" and isinstance(value, dict):
            yield from () if place in KUBERNETES else faults(value, place)
        elif kind != "any" and not isinstance(value, KINDS[kind]):
            yield f"{place} must be a {kind}"


def test_every_value_is_one_that_the_chart_has() -> None:
    assert list(faults(chart_values(VALUES))) == [], "Helm ignores a misspelt value without a word"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"controler": {"workers": 1}}, "controler is not a value of the chart"),
        ({"controller": {"worker": 1}}, "controller.worker is not a value of the chart"),
        ({"webhook": {"enable": "no"}}, "webhook.enable must be a boolean"),
        ({"spark": {"jobNamespaces": "data-dev"}}, "spark.jobNamespaces must be a list"),
        ({"controller": 3}, "controller must be a map"),
    ],
)
def test_a_misspelt_value_is_found_out(wrong: dict[str, Any], message: str) -> None:
    assert list(faults(wrong)) == [message]


def test_the_values_are_the_reviewed_ones(golden: Golden) -> None:
    golden("spark/operator-values.json", chart_values(VALUES))


def test_the_operator_watches_the_tenants_and_nothing_else() -> None:
    assert chart_values(VALUES)["spark"]["jobNamespaces"] == ["data-dev", "science-dev"]
    for namespaces in ((), ("",), ("data-dev", "")):
        with pytest.raises(ValueError, match=r"at least one tenant; with none .* whole cluster"):
            chart_values(OperatorValues(cpu="250m", image="a/b:c", namespaces=namespaces, workers=1))


def test_accounts_and_rights_of_jobs_are_the_platforms_own() -> None:
    spark = chart_values(VALUES)["spark"]
    assert spark["serviceAccount"]["create"] is False
    assert spark["rbac"]["create"] is False


def test_no_job_waits_for_a_webhook_and_no_hook_is_lost() -> None:
    values = chart_values(VALUES)
    assert values["webhook"]["enable"] is False
    assert values["hook"]["upgradeCrd"] is False, "helm.v4.Chart drops hooks, so none may be asked for"


@pytest.mark.parametrize(("workers", "mebibytes"), [(1, 976), (4, 2176), (10, 4576)])
def test_memory_grows_with_the_workers(workers: int, mebibytes: int) -> None:
    assert operator_memory_mib(workers) == mebibytes
    values = OperatorValues(cpu="250m", image="a/b:c", namespaces=("data-dev",), workers=workers)
    resources = chart_values(values)["controller"]["resources"]
    assert resources["limits"] == {"memory": f"{mebibytes}Mi"}, "a CPU limit would slow submissions down"
    assert resources["requests"]["memory"] == resources["limits"]["memory"]


def test_memory_can_be_given_but_not_too_little() -> None:
    def resources(memory: str) -> Any:
        values = OperatorValues(cpu="250m", image="a/b:c", namespaces=("data-dev",), workers=4, memory=memory)
        return chart_values(values)["controller"]["resources"]

    assert resources("5Gi")["limits"]["memory"] == "5Gi"
    with pytest.raises(ValueError, match=r"memory 1Gi is too little for 4 workers; write 2176Mi, or lower"):
        resources("1Gi")


def test_an_operator_without_workers_is_refused() -> None:
    with pytest.raises(ValueError, match="0 workers; at least 1"):
        chart_values(OperatorValues(cpu="250m", image="a/b:c", namespaces=("data-dev",), workers=0))


@pytest.mark.parametrize(
    ("reference", "registry", "repository", "tag"),
    [
        ("localhost/spark-operator:2.5.2-ab", "localhost", "spark-operator", "2.5.2-ab"),
        ("localhost:5000/spark-operator:1", "localhost:5000", "spark-operator", "1"),
        (
            "1.dkr.ecr.eu-west-1.amazonaws.com/team/spark-operator:1",
            "1.dkr.ecr.eu-west-1.amazonaws.com",
            "team/spark-operator",
            "1",
        ),
    ],
)
def test_the_image_is_taken_apart_as_the_chart_wants_it(
    reference: str, registry: str, repository: str, tag: str
) -> None:
    image = chart_values(OperatorValues(cpu="250m", image=reference, namespaces=("data-dev",), workers=1))[
        "image"
    ]
    assert (image["registry"], image["repository"], image["tag"]) == (registry, repository, tag)
    assert "{registry}/{repository}:{tag}".format(**image) == reference, "the chart puts it together again"
    assert image["pullPolicy"] == "IfNotPresent"


@pytest.mark.parametrize("reference", ["spark-operator:1", "localhost/spark-operator", "a/b@sha256:12", ""])
def test_an_image_that_the_chart_can_not_be_given_is_refused(reference: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"image {reference!r} can't be given to the chart")):
        chart_values(OperatorValues(cpu="250m", image=reference, namespaces=("data-dev",), workers=1))


def test_the_pod_is_restricted_and_placed() -> None:
    taint = {"key": "system", "operator": "Exists"}
    values = OperatorValues(
        cpu="250m",
        image="a/b:c",
        namespaces=("data-dev",),
        workers=1,
        placement=Placement(node_selector={"spark-on-eks/pool": "system"}, tolerations=[taint]),
    )
    controller = chart_values(values)["controller"]
    assert controller["nodeSelector"] == {"spark-on-eks/pool": "system"}
    assert controller["tolerations"] == [taint]
    assert controller["podSecurityContext"]["runAsNonRoot"] is True
    assert controller["securityContext"]["readOnlyRootFilesystem"] is True


def test_mounted_files_are_those_of_the_config_maps() -> None:
    controller = chart_values(VALUES)["controller"]
    volumes = {volume["name"]: volume for volume in controller["volumes"]}
    assert {mount["name"] for mount in controller["volumeMounts"]} == set(volumes)
    paths = {mount["mountPath"]: mount for mount in controller["volumeMounts"]}
    assert paths["/opt/spark/conf"]["name"] == "spark-defaults"
    assert paths["/opt/spark/bin/spark-submit"]["subPath"] == "spark-submit"
    assert volumes["spark-submit"]["configMap"]["defaultMode"] == 0o555, "the script must be executable"


def test_the_data_is_of_the_pinned_chart() -> None:
    assert json.loads(DATA.read_text())["chart"] == SPARK_OPERATOR
    assert len(KNOWN) > 150, "run tests/data/generate.py again: keys are missing"
