"""All alerts, and which of them are silent while their source is down. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from components.naming import CANARY_NAMESPACE
from components.observability.alerts_capacity import capacity_alerts
from components.observability.alerts_job_pages import pages_alerts
from components.observability.alerts_jobs import job_alerts
from components.observability.alerts_logs import log_alerts
from components.observability.alerts_objectives import objective_alerts
from components.observability.alerts_platform import METRICS_SOURCE_DOWN, platform_alerts
from components.observability.alerts_remote import remote_alerts
from components.observability.alerts_slow import slow_alerts
from components.observability.alerts_targets import TARGET_DOWN, target_alerts
from components.observability.alerts_worker import worker_alerts
from components.observability.recording_ends import ENDS, has_records
from components.observability.recording_objectives import objective_groups
from components.observability.recording_rules import recording_groups
from components.observability.recording_slow import slow_groups
from components.observability.rule_model import JOB, Alert, RuleGroup, Site

_FROM_KUBE_STATE_METRICS: Final = r"\bkube_|\bspark:(pods?:|app:|driver:|quota_)"
_ENDS: Final = r"\bspark:(drivers_finished|jobs_failed|objective):"
"""What has the worker's records for its source where there are jobs."""


def alert_groups(site: Site) -> tuple[RuleGroup, ...]:
    """List the groups of alerts.

    Args:
        site: the cluster that they are for.
    """
    return (
        RuleGroup(name="spark-job-alerts", alerts=job_alerts(site)),
        RuleGroup(name="spark-slow-alerts", alerts=slow_alerts(site)),
        RuleGroup(name="spark-capacity-alerts", alerts=capacity_alerts()),
        RuleGroup(name="spark-platform-alerts", alerts=platform_alerts(site)),
        RuleGroup(name="spark-target-alerts", alerts=target_alerts(site)),
        *([RuleGroup(name="spark-objective-alerts", alerts=objective_alerts())] if site.objectives else []),
        *_of_the_worker(site),
        *([RuleGroup(name="spark-job-pages-alerts", alerts=pages_alerts())] if site.jobs_pages else []),
        *([RuleGroup(name="spark-log-alerts", alerts=log_alerts())] if site.logs else []),
        *([RuleGroup(name="spark-remote-alerts", alerts=remote_alerts())] if site.remote_write else []),
    )


def _of_the_worker(site: Site) -> Iterator[RuleGroup]:
    if site.jobs_sync_seconds is not None:
        yield RuleGroup(name="spark-worker-alerts", alerts=worker_alerts(site.jobs_sync_seconds))


def recorded(site: Site) -> tuple[RuleGroup, ...]:
    """List the groups of recording rules.

    Args:
        site: the cluster that they are for.
    """
    return (*recording_groups(site), *objective_groups(site), *slow_groups(site))


def alerts(site: Site) -> tuple[Alert, ...]:
    """List every alert, those that need Karpenter too.

    Args:
        site: the cluster that they are for.
    """
    return tuple(each for group in alert_groups(site) for each in group.alerts)


def prometheus_rule_spec(site: Site) -> dict[str, Any]:
    """Make the `spec` of the PrometheusRule that has everything: recording rules first, then alerts.

    Args:
        site: the cluster that it is for.
    """
    return {"groups": [each.as_group(site) for each in (*recorded(site), *alert_groups(site))]}


_NEVER_SUBMITTED: Final = "QUOTA_EXCEEDED|FORBIDDEN_K8S|SUBMIT_FAILED"
"""Verdicts of runs that the API server or the operator refused (apps/jobs/verdict/rules.yaml)."""


def inhibit_rules(site: Site) -> list[dict[str, Any]]:
    """Make Alertmanager's `inhibit_rules`: no second alert for what a first one explains.

    Args:
        site: the cluster that they are for.
    """
    blind = "|".join(sorted(each.name for each in _computed_from_kube_state_metrics(site)))
    return [
        {
            "source_matchers": [f'alertname="{METRICS_SOURCE_DOWN}"'],
            "target_matchers": [f'alertname=~"{blind}"'],
        },
        {
            # Nothing of what the operator does can work without it.
            "source_matchers": ['alertname="SparkOperatorDown"'],
            "target_matchers": [
                'alertname=~"SparkAppNotReconciled|SparkCanaryFailing|SparkOperatorWorkqueueBacklog|SparkScheduleMissed"'
            ],
        },
        {
            # It names the broken link; that a run of the canary failed is no second piece of news.
            "source_matchers": ['alertname="SparkCanaryFailing"'],
            "target_matchers": ['alertname!="SparkCanaryFailing"', f'namespace="{CANARY_NAMESPACE}"'],
        },
        {
            # It names the source; that nodes lack its pods is the reason.
            "source_matchers": [f'alertname="{TARGET_DOWN}"'],
            "target_matchers": ['alertname="SparkDaemonSetUnavailable"'],
            "equal": ["job"],
        },
        {
            # The same runs over a longer time, and the ratio that is for teams without an objective.
            "source_matchers": ['alertname="SparkBudgetBurnsFast"'],
            "target_matchers": ['alertname=~"SparkBudgetBurnsSlowly|SparkBudgetOverspent"'],
            "equal": ["namespace", "objective"],
        },
        {
            "source_matchers": ['alertname="SparkBudgetBurnsSlowly"'],
            "target_matchers": ['alertname="SparkBudgetOverspent"'],
            "equal": ["namespace", "objective"],
        },
        {
            "source_matchers": ['alertname=~"SparkBudgetBurns.*"', 'objective="success"'],
            "target_matchers": ['alertname="SparkAppFailureRatioHigh"'],
            "equal": ["namespace"],
        },
        {
            # It is told ten minutes earlier, of the same executors.
            "source_matchers": ['alertname="SparkQuotaRefusingExecutors"'],
            "target_matchers": ['alertname="SparkNamespaceQuotaNearlyExhausted"'],
            "equal": ["namespace"],
        },
        {
            # It names the run that was refused; that no driver came of it is how its record counts.
            "source_matchers": ['alertname="SparkSubmissionFailing"'],
            "target_matchers": ['alertname="SparkDriverFailed"', f'reason=~"{_NEVER_SUBMITTED}"'],
            "equal": ["namespace", JOB],
        },
        {
            # It says why they are not scraped.
            "source_matchers": ['alertname="SparkScrapeLimitHit"'],
            "target_matchers": ['alertname="SparkDriverMetricsMissing"'],
            "equal": ["namespace"],
        },
    ]


def _computed_from_kube_state_metrics(site: Site) -> Iterator[Alert]:
    """Those that say nothing true while it is away.

    What also reads the worker's records goes on: no later look would tell of what failed meanwhile.
    """
    computed = _FROM_KUBE_STATE_METRICS if has_records(site) else f"{_FROM_KUBE_STATE_METRICS}|{_ENDS}"
    for each in alerts(site):
        if each.name != METRICS_SOURCE_DOWN and re.search(computed, each.expr) and ENDS not in each.expr:
            yield each
