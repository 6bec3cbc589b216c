"""Every expression parses, and uses only metrics and labels that something exports."""

from __future__ import annotations

import re

import pytest

from components.observability.alerts import prometheus_rule_spec, recorded
from components.observability.rule_model import Site, seconds
from tests.observability import groups_of_jobs
from tests.observability.catalogue import METRICS, TARGET_LABELS
from tests.observability.expressions import Expression, expressions
from tests.observability.promql import grouping, selected
from tests.observability.series import SITE, TEAMS, WITHOUT_JOBS

ALL = expressions(SITE)
RECORDED = {
    rule.record: frozenset(rule.gives.split()) for group in recorded(SITE) for rule in group.recording
}


def _labels(metric: str) -> frozenset[str]:
    """Labels of a metric or of what a rule records."""
    return RECORDED[metric] if metric in RECORDED else METRICS[metric].labels | TARGET_LABELS


def _name(expression: Expression) -> str:
    return f"{expression.kind} {expression.where}"


@pytest.mark.parametrize("expression", ALL, ids=_name)
def test_it_uses_only_metrics_that_something_exports_or_records(expression: Expression) -> None:
    unknown = {each.metric for each in selected(expression.promql)} - METRICS.keys() - RECORDED.keys()
    assert not unknown, f"{unknown} is in no catalogue and no rule records it"


@pytest.mark.parametrize("expression", ALL, ids=_name)
def test_it_compares_only_labels_that_the_metric_has(expression: Expression) -> None:
    for each in selected(expression.promql):
        wrong = each.labels - _labels(each.metric)
        assert not wrong, f"{each.metric} has no label {wrong}"


@pytest.mark.parametrize("expression", ALL, ids=_name)
def test_it_groups_and_joins_by_labels_that_one_of_its_metrics_has(expression: Expression) -> None:
    known = frozenset[str]().union(*(_labels(each.metric) for each in selected(expression.promql)))
    assert grouping(expression.promql) <= known


@pytest.mark.parametrize("expression", ALL, ids=_name)
def test_a_scraped_metric_is_asked_of_its_own_job(expression: Expression) -> None:
    for each in selected(expression.promql):
        if each.metric in METRICS and METRICS[each.metric].source.job:
            job = METRICS[each.metric].source.job
            assert f'job="{job}"' in expression.promql, f"{each.metric} comes from {job}: say so"


def test_every_metric_of_the_catalogue_is_used() -> None:
    every = [*ALL, *expressions(WITHOUT_JOBS)]
    used = {each.metric for expression in every for each in selected(expression.promql)}
    assert METRICS.keys() <= used, "remove what nothing uses any more"


def test_every_recorded_series_is_used() -> None:
    used = {each.metric for expression in ALL for each in selected(expression.promql)}
    assert RECORDED.keys() <= used, "each recorded series costs storage"


def test_the_catalogue_names_only_jobs_that_are_scraped() -> None:
    sources = (
        groups_of_jobs.SPARK,
        groups_of_jobs.CLUSTER,
        groups_of_jobs.LOGS,
        groups_of_jobs.WORKER,
        groups_of_jobs.EKS,
    )
    known = {"", *(job for jobs in sources for job in jobs)}
    assert {each.source.job for each in METRICS.values()} <= known


def test_only_eks_has_what_is_said_to_be_there_alone() -> None:
    wrong = [
        _name(expression)
        for expression in ALL
        if expression.eks_only
        != any(METRICS[s.metric].source.eks_only for s in selected(expression.promql) if s.metric in METRICS)
    ]
    assert not wrong, "the mark and the metrics disagree"


def test_a_cluster_without_karpenter_gets_no_alert_that_needs_it() -> None:
    assert "karpenter" not in str(prometheus_rule_spec(Site(teams=TEAMS)))


def test_a_rule_looks_at_each_failed_pod_no_longer_than_its_window() -> None:
    """`seconds` writes the window of a comparison with time(), which PromQL can't take from the range."""
    alert = next(each for each in expressions(WITHOUT_JOBS) if each.where == "SparkDriverFailed")
    (window,) = set(re.findall(r"\[(\w+)\]", alert.promql))
    assert f"time() - {seconds(window)}" in alert.promql


@pytest.mark.parametrize("wrong", ["15", "1h30m", "m", ""])
def test_a_duration_of_another_shape_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="such as 15m"):
        seconds(wrong)
