"""Links from Spark's pages to the stored logs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.spark.log_links import (
    LOG_FILES,
    SUBMITTED_NAME,
    executor_environment,
    executor_log_url,
)

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "SPARK_EXECUTOR_ATTRIBUTE_"


def filled(pattern: str, attributes: dict[str, str], file: str) -> str:
    """What Spark makes of a pattern (ExecutorLogUrlHandler.applyPattern)."""
    values = {**attributes, "FILE_NAME": file}
    return re.sub(r"\{\{([A-Za-z0-9_\-]+)\}\}", lambda match: values[match[1]], pattern)


def test_an_executor_says_everything_that_its_links_ask_for() -> None:
    said = {each["name"].removeprefix(PREFIX) for each in executor_environment()}
    asked = set(re.findall(r"\{\{(\w+)\}\}", executor_log_url("http://logs")))
    assert asked - {"FILE_NAME"} <= said, "Spark shows no link at all when one attribute is missing"
    assert "LOG_FILES" in said, "without it FILE_NAME is not filled, and there is no link"


def test_what_an_executor_says_begins_as_spark_wants_it() -> None:
    assert all(each["name"].startswith(PREFIX) for each in executor_environment())


@pytest.mark.parametrize(
    ("pod", "name"),
    [
        ("flights-1-driver", "flights-1"),
        ("etl-0123456789abcdef-driver", "etl"),
        ("etl-0123456789abcdef-exec-12", "etl"),
        ("notebook", None),
    ],
)
def test_the_name_of_a_submission_is_read_from_its_pods_names(pod: str, name: str | None) -> None:
    found = re.fullmatch(SUBMITTED_NAME, pod)
    assert (found and found["submitted"]) == name


def test_page_and_collector_read_names_alike() -> None:
    pages = ROOT / "apps" / "log_archive" / "pages.go"
    assert SUBMITTED_NAME.replace("?P<submitted>", "") in pages.read_text(), "links would lead nowhere"


def test_a_link_leads_to_the_pods_place_in_the_store() -> None:
    attributes = {"NAMESPACE": "data-dev", "APP": "flights", "RUN": "spark-1", "POD": "flights-exec-1"}
    found = [filled(executor_log_url("http://logs:8080/"), attributes, file) for file in LOG_FILES]
    assert found == [
        "http://logs:8080/data-dev/flights/spark-1/flights-exec-1/log",
        "http://logs:8080/data-dev/flights/spark-1/flights-exec-1/driver",
    ]
