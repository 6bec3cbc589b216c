"""Links from Spark's pages to the stored logs."""

from __future__ import annotations

import re

from components.observability.log_links import LOG_FILES, executor_environment, executor_log_url

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


def test_a_link_leads_to_the_pods_place_in_the_store() -> None:
    attributes = {"NAMESPACE": "data-dev", "APP": "flights", "RUN": "spark-1", "POD": "flights-exec-1"}
    found = [filled(executor_log_url("http://logs:8080/"), attributes, file) for file in LOG_FILES]
    assert found == [
        "http://logs:8080/data-dev/flights/spark-1/flights-exec-1/log",
        "http://logs:8080/data-dev/flights/spark-1/flights-exec-1/driver",
    ]
