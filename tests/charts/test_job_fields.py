"""The table of fields has every field of the operator's CRDs, and the page is the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from components.spark.job_fields import (
    BOUNDS,
    CONNECT,
    PAGE,
    REFUSED,
    SCHEDULES,
    Effect,
    documentation,
    effects,
)
from components.versions import SPARK_OPERATOR
from workspace.paths import ROOT

CRDS = ROOT / "charts" / ".upstream" / "spark-operator-chart" / "crds"
OPENED = {
    *("driver", "executor", "deps", "monitoring", "prometheus", "dynamicAllocation", "sparkUIOptions"),
    "restartPolicy",
}
"""Sections of the operator's own; all else below a field is Kubernetes'."""


def fields(properties: dict[str, Any], path: str = "") -> Iterator[str]:
    for name, part in properties.items():
        if name in OPENED and "properties" in part:
            yield from fields(part["properties"], f"{path}{name}.")
        else:
            yield f"{path}{name}"


def spec_of(kind: str) -> dict[str, Any]:
    """Properties of a definition's spec, as upstream's chart has them."""
    (file,) = CRDS.glob(f"*_{kind}.yaml")
    (version,) = yaml.load(file.read_text(), yaml.CSafeLoader)["spec"]["versions"]
    found: dict[str, Any] = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    return found


@pytest.mark.charts
def test_every_field_of_the_operators_definitions_is_in_the_table() -> None:
    assert set(fields(spec_of("sparkapplications"))) == set(effects()), (
        "say in job_fields.py what becomes of it"
    )
    assert set(spec_of("scheduledsparkapplications")) == set(SCHEDULES)
    assert set(spec_of("sparkconnects")) == set(CONNECT)


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text() == documentation(SPARK_OPERATOR), "`.venv/bin/spark-on-eks generated` writes it"


def test_what_is_said_of_a_field_is_said_of_one_that_is_there() -> None:
    found = effects()
    assert set(BOUNDS) <= set(found)
    assert not set(BOUNDS) & set(REFUSED)
    assert {field for field, effect in found.items() if effect is Effect.REFUSED} == set(REFUSED)
