"""Sizes reach Spark under the names that Spark reads."""

from __future__ import annotations

import json
from pathlib import Path

from components import versions
from components.domain import PodSize
from components.spark.sizing import PROPERTIES, job_sizes

_SMALL = PodSize(cores=1, cpu_request="250m", memory="1g")
_LARGE = PodSize(cores=4, cpu_request="4", memory="8g")


def test_each_size_becomes_its_spark_property() -> None:
    assert job_sizes(_SMALL, _LARGE, max_executors=7) == {
        "spark.driver.cores": "1",
        "spark.driver.memory": "1g",
        "spark.kubernetes.driver.request.cores": "250m",
        "spark.executor.cores": "4",
        "spark.executor.memory": "8g",
        "spark.kubernetes.executor.request.cores": "4",
        "spark.dynamicAllocation.maxExecutors": "7",
    }


def test_every_property_has_a_setting_and_the_other_way_round() -> None:
    assert job_sizes(_SMALL, _LARGE, max_executors=1).keys() == PROPERTIES.keys()


def test_spark_knows_every_property() -> None:
    folder = Path(__file__).parent.parent / "data"
    registry = json.loads((folder / f"spark-config-keys-{versions.SPARK}.json").read_text())
    known = set(registry.get("keys", registry))
    assert PROPERTIES.keys() <= known, "a key that Spark does not know is ignored without a word"
