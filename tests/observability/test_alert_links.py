"""Links of alerts are about the run and the team that the alert is about, in every case that fires."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from components.observability.rule_model import Links
from tests.observability.series import Case
from tests.observability.test_alerts_fire import ALERTS, CASES

LINKS = Links(
    runbooks="https://git.example.com/runbooks",
    dashboards="https://grafana.example.com/d/{uid}?",
    logs="https://pages.example.com/logs",
)

NAMES_OF_RUNS = {
    "label_sparkoperator_k8s_io_app_name": r"kube_pod_labels\{",
    "label_spark_app_name": r"kube_pod_labels\{.*label_spark_role=\"driver\"",
    "name": r"kube_sparkapp_(?:created|state)\{",
    "run": r"spark_history_app_newest_run\{",
}
"""What says how a run is called, by the label: what the exporter of finished runs calls `app` does not."""

OF_RECORDS = re.compile(
    r'spark_job_ends_total\{.*namespace="(.*?)".*spark_job="(.*?)".*outcome="(.*?)".*reason="(.*?)"'
)
"""The worker's totals, which know a run by its job alone."""


def fired() -> Iterator[tuple[Case, dict[str, str], dict[str, str]]]:
    """Each case that fires, with the labels of one alert of it, and its links as Prometheus renders them."""
    for case in CASES:
        rule = ALERTS[case.alert].as_rule(LINKS)
        for labels in case.fires:
            yield (
                case,
                labels,
                {
                    name: re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels.get(found[1], ""), text)  # noqa: B023
                    for name, text in rule["annotations"].items()
                    if name.endswith("_url")
                },
            )


def runs(case: Case) -> set[str]:
    """Names of the runs that a case has samples of."""
    return {
        value
        for series in case.series
        for label, metric in NAMES_OF_RUNS.items()
        if re.match(metric, series)
        for value in re.findall(rf'[{{,]{label}="([^"]*)"', series)
    }


def jobs_in_their_place(case: Case, labels: dict[str, str]) -> set[str]:
    """The job of an alert that the worker's record alone tells of: its page is the nearest that there is."""
    found = (OF_RECORDS.match(series) for series in case.series)
    return {
        job
        for namespace, job, outcome, reason in (each.groups() for each in found if each)
        if namespace == labels["namespace"] and labels.get("reason") == (reason or outcome)
    }


FIRED = list(fired())
ABOUT_RUNS = [each for each in FIRED if "run_url" in each[2]]


def test_alerts_about_runs_are_among_the_cases() -> None:
    named = {case.alert for case, *_ in ABOUT_RUNS}
    assert {
        "SparkDriverFailed",
        "SparkAppStuck",
        "SparkJobSpills",
        "SparkDataStale",
        "SparkStreamBehind",
    } <= named


@pytest.mark.parametrize(
    ("case", "labels", "links"), ABOUT_RUNS, ids=lambda each: each.says if isinstance(each, Case) else ""
)
def test_the_links_to_a_run_and_its_logs_have_the_runs_own_name(
    case: Case, labels: dict[str, str], links: dict[str, str]
) -> None:
    run = parse_qs(urlsplit(links["run_url"]).query)
    assert run["var-namespace"] == [labels["namespace"]]
    assert links["logs_url"] == f"{LINKS.logs}/{labels['namespace']}/{run['var-app'][0]}/"
    known = runs(case) | jobs_in_their_place(case, labels)
    assert run["var-app"][0] in known, (
        f"{case.alert}: nothing is found by {run['var-app'][0]}, but by {known}"
    )


@pytest.mark.parametrize(
    ("case", "labels", "links"), FIRED, ids=lambda each: each.says if isinstance(each, Case) else ""
)
def test_no_link_of_an_alert_has_a_gap_where_a_label_was_to_be(
    case: Case, labels: dict[str, str], links: dict[str, str]
) -> None:
    for name, link in links.items():
        assert not re.search(r"//(?!pages|git|grafana)|=(?:&|$)|\{\{", link), (
            f"{case.alert}: {name} is {link}"
        )
    if "dashboard_url" in links and "var-namespace" in links["dashboard_url"]:
        assert links["dashboard_url"].endswith(f"var-namespace={labels['namespace']}")
