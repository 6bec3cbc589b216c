"""Every alert fires when it should and is silent when it should be, as Prometheus' own tool computes it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.observability.alert_routing import GROUP_BY
from components.observability.alerts import alerts, prometheus_rule_spec
from components.observability.rule_model import JOB, Alert, Site
from tests.binaries import system_program
from tests.observability import (
    cases_agreed,
    cases_capacity,
    cases_ends,
    cases_failed,
    cases_gone,
    cases_jobs,
    cases_logs,
    cases_nodes,
    cases_objectives,
    cases_platform,
    cases_same_job,
    cases_slow,
    cases_targets,
    cases_worker,
)
from tests.observability.promql import selected
from tests.observability.series import SITE, TEAMS, WITHOUT_JOBS, Case, as_test

CASES: tuple[Case, ...] = (
    *(replace(each, site=WITHOUT_JOBS) for each in cases_jobs.CASES),
    *(replace(each, site=WITHOUT_JOBS) for each in cases_same_job.CASES),
    *(replace(each, site=WITHOUT_JOBS) for each in cases_agreed.CASES),
    *cases_capacity.CASES,
    *cases_nodes.CASES,
    *cases_platform.CASES,
    *cases_worker.CASES,
    *cases_targets.CASES,
    *cases_logs.CASES,
    *(replace(each, site=WITHOUT_JOBS) for each in cases_objectives.CASES),
    *cases_ends.CASES,
    *cases_failed.CASES,
    *(replace(each, site=WITHOUT_JOBS) for each in cases_gone.CASES),
    *cases_slow.CASES,
)
ALERTS = {each.name: each for each in alerts(SITE)}

EVERY = {
    "SparkTeamTrafficStopped": "5m",
    "SparkBudgetBurnsFast": "2m",
    "SparkBudgetBurnsSlowly": "5m",
    "SparkBudgetOverspent": "5m",
}
"""How often rules are evaluated, where every 30 seconds of hours or more than a week would take minutes."""

promtool_needed = pytest.mark.promtool


def rules(site: Site, *, annotations: bool) -> str:
    """The rules as a file; promtool compares annotations word by word, so most tests go without them."""
    spec = prometheus_rule_spec(site)
    if not annotations:
        for group in spec["groups"]:
            for rule in group["rules"]:
                rule.pop("annotations", None)
    return yaml.safe_dump(spec, sort_keys=False, width=1000)


def needed(site: Site, expr: str) -> dict[str, Any]:
    """The rules without annotations, cut to those that an expression reads, directly or not.

    promtool evaluates every rule that it is given at each step of each case, most of them for nothing.

    Args:
        site: whose rules.
        expr: PromQL; a rule's name is some as well.
    """
    groups: list[dict[str, Any]] = yaml.safe_load(rules(site, annotations=False))["groups"]
    exprs = [(called(rule), rule["expr"]) for group in groups for rule in group["rules"]]
    names = {rule for rule, _ in exprs}
    wanted: set[str] = set()
    read = selected(expr)
    while found := {each.metric for each in read} & names - wanted:
        wanted |= found
        read = [each for rule, asked in exprs if rule in found for each in selected(asked)]
    kept = [
        {**group, "rules": [rule for rule in group["rules"] if called(rule) in wanted]} for group in groups
    ]
    return {"groups": [group for group in kept if group["rules"]]}


def called(rule: Mapping[str, Any]) -> str:
    """A rule's name."""
    return str(rule.get("record") or rule["alert"])


def promtool(*arguments: str) -> str:
    done = subprocess.run(
        [system_program("promtool"), *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-4000:]
    return said


@promtool_needed
@pytest.mark.parametrize(
    "site",
    [SITE, replace(SITE, karpenter=False), WITHOUT_JOBS],
    ids=["everything", "no-karpenter", "no-jobs"],
)
def test_prometheus_accepts_the_rules(tmp_path: Path, site: Site) -> None:
    (tmp_path / "rules.yaml").write_text(rules(site, annotations=True))
    assert "SUCCESS" in promtool("check", "rules", "--lint-fatal", str(tmp_path / "rules.yaml"))


@promtool_needed
@pytest.mark.parametrize("name", sorted(ALERTS))
def test_an_alert_fires_and_is_silent_as_its_cases_say(tmp_path: Path, name: str) -> None:
    for place, site in {"jobs": SITE, "no-jobs": WITHOUT_JOBS}.items():
        cases = [as_test(case) for case in CASES if case.alert == name and case.site == site]
        if not cases:
            continue
        spec = needed(site, name)
        (tmp_path / f"{place}.rules.yaml").write_text(yaml.safe_dump(spec, sort_keys=False, width=1000))
        suite = {
            "rule_files": [f"{place}.rules.yaml"],
            # Without it promtool draws an order, and what one group reads of another may be a round old.
            "group_eval_order": [each["name"] for each in spec["groups"]],
            "evaluation_interval": EVERY.get(name, "30s"),
            "tests": cases,
        }
        (tmp_path / f"{place}.cases.yaml").write_text(yaml.safe_dump(suite, sort_keys=False, width=1000))
        assert "SUCCESS" in promtool("test", "rules", str(tmp_path / f"{place}.cases.yaml"))


def test_an_alert_is_tried_with_its_own_rule_and_every_rule_that_it_reads_and_no_other() -> None:
    kept = [
        called(rule) for group in needed(SITE, "SparkAppSLABreached")["groups"] for rule in group["rules"]
    ]
    assert set(kept) == {
        "SparkAppSLABreached",
        "spark:app:sla_used:ratio",
        "spark:app:age_seconds",
        "spark:app:job",
        "spark:app:state",
        "spark:app:resumed_timestamp_seconds",
        "spark:namespace:team",
    }


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_an_alert_has_a_firing_and_a_silent_case(name: str) -> None:
    kinds = {bool(case.fires) for case in CASES if case.alert == name}
    assert kinds == {True, False}, f"{name} needs a case that fires and one that is silent"


def test_every_case_is_about_an_alert_that_exists() -> None:
    assert {case.alert for case in CASES} <= ALERTS.keys()


@pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert.name)
def test_an_alert_speaks_only_of_labels_that_it_has(alert: Alert) -> None:
    used = set(re.findall(r"\$labels\.(\w+)", alert.summary + alert.description))
    for case in CASES:
        for labels in case.fires if case.alert == alert.name else ():
            assert used <= labels.keys(), f"{alert.name} names {used - labels.keys()}, which would be empty"


@pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert.name)
def test_an_alert_about_a_teams_namespace_names_the_team(alert: Alert) -> None:
    for case in CASES:
        for labels in case.fires if case.alert == alert.name else ():
            assert ("namespace" in labels) == ("team" in labels), f"{alert.name} can't be routed: {labels}"


@pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert.name)
def test_an_alert_about_a_run_names_its_job_by_which_messages_are_grouped(alert: Alert) -> None:
    assert JOB in GROUP_BY
    for case in CASES:
        for labels in case.fires if case.alert == alert.name else ():
            assert (JOB in labels) == bool({"app", "name"} & labels.keys()), f"{alert.name}: {labels}"


def test_a_platform_without_canary_worker_logs_and_objectives_has_no_alert_about_them() -> None:
    names = {each.name for each in alerts(Site(teams=TEAMS))}
    left_out = {name for name in ALERTS if name.startswith(("SparkJobs", "SparkBudget"))}
    assert len(left_out) == 11
    alone = {"SparkCanaryFailing", "SparkLogsNotStored", "SparkLogsLost", "SparkRemoteWriteBehind"}
    assert names == ALERTS.keys() - alone - left_out


def test_a_stack_whose_jobs_have_no_pages_has_no_alert_about_those() -> None:
    """Nobody could open them without a login, so they are not there, and would be missed for ever."""
    names = {each.name for each in alerts(Site(teams=TEAMS, jobs_sync_seconds=10))}
    assert "SparkJobsWorkerBehind" in names
    assert "SparkJobsPagesFailing" not in names
