"""Which alert keeps which other one quiet, as Alertmanager reads the rules."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from components.observability.alerts import inhibit_rules
from components.observability.rule_model import Site
from tests.observability.series import SITE, WITHOUT_JOBS

Labels = Mapping[str, str]

MATCHER = re.compile(r'(\w+)(=~|!=|=)"(.*)"')


def _matches(matchers: list[str], labels: Labels) -> bool:
    """Alertmanager anchors regular expressions, and a label that is not there is empty."""
    for name, operator, value in (read.groups() for read in map(MATCHER.fullmatch, matchers) if read):
        found = labels.get(name, "")
        if operator == "=~":
            if not re.fullmatch(value, found):
                return False
        elif (found == value) != (operator == "="):
            return False
    return True


def silenced(target: Labels, source: Labels, site: Site) -> bool:
    """Whether an alert is kept quiet while another one fires.

    Args:
        target: labels of the first.
        source: labels of the other.
        site: whose rules.
    """
    return any(
        _matches(rule["source_matchers"], source)
        and _matches(rule["target_matchers"], target)
        and all(target.get(name, "") == source.get(name, "") for name in rule.get("equal", ()))
        for rule in inhibit_rules(site)
    )


def alert(name: str, namespace: str = "", **labels: str) -> Labels:
    return {"alertname": name, **({"namespace": namespace} if namespace else {}), **labels}


METRICS_DOWN = alert("SparkMetricsSourceDown")


def test_every_matcher_is_one_that_this_test_reads() -> None:
    for rule in inhibit_rules(SITE):
        assert all(MATCHER.fullmatch(each) for each in (*rule["source_matchers"], *rule["target_matchers"]))


def test_without_records_nobody_hears_of_failures_that_are_computed_from_a_dead_source() -> None:
    assert silenced(alert("SparkDriverFailed", "data-dev"), METRICS_DOWN, WITHOUT_JOBS)


def test_what_records_know_of_failures_is_told_while_kube_state_metrics_is_away() -> None:
    assert not silenced(alert("SparkDriverFailed", "data-dev"), METRICS_DOWN, SITE)


@pytest.mark.parametrize("name", ["SparkExecutorOOMKilled", "SparkAppStuck", "SparkDriverMetricsMissing"])
def test_what_pods_and_applications_alone_say_is_silent_without_them(name: str) -> None:
    assert silenced(alert(name, "data-dev"), METRICS_DOWN, SITE)


@pytest.mark.parametrize(
    ("job", "reason", "silent"),
    [("orders", "QUOTA_EXCEEDED", True), ("orders", "DATA_ERROR", False), ("etl", "QUOTA_EXCEEDED", False)],
)
def test_that_a_refused_run_had_no_driver_is_not_told_besides(job: str, reason: str, silent: bool) -> None:
    refused = alert("SparkSubmissionFailing", "data-dev", spark_job="orders")
    failed = alert("SparkDriverFailed", "data-dev", spark_job=job, app="orders-1", reason=reason)
    assert silenced(failed, refused, SITE) is silent


def test_drivers_that_a_bound_leaves_out_are_told_of_once_with_the_bound() -> None:
    bound = alert("SparkScrapeLimitHit", "data-dev", bound="driversPerTenant")
    assert silenced(alert("SparkDriverMetricsMissing", "data-dev"), bound, SITE)
    assert not silenced(alert("SparkDriverMetricsMissing", "science-dev"), bound, SITE)
    assert not silenced(bound, alert("SparkDriverMetricsMissing", "data-dev"), SITE)
