"""Alerts about the pages of all runs. Pure."""

from __future__ import annotations

from components.observability.rule_model import Alert, Severity, Signal
from components.observability.scrape_jobs import SPARK_JOBS_PAGES

FAILED_ANSWERS = 5
"""Answers that failed in ten minutes: one person who presses a button again and again is fewer."""

FAILED_SHARE = 0.05
"""Their share of all: what a page can't show to one is then no exception."""


def pages_alerts() -> tuple[Alert, ...]:
    """List them."""
    # A running driver's own page is a tenant's: that it fails is no fault of ours.
    ours = f'job="{SPARK_JOBS_PAGES}", route!~".*/live(/.*)?"'

    def answers(*labels: str) -> str:
        return f"sum(increase(spark_jobs_web_answers_total{{{', '.join((ours, *labels))}}}[10m]))"

    failed = answers('status="5xx"')
    return (
        Alert(
            name="SparkJobsPagesFailing",
            severity=Severity.WARNING,
            signal=Signal.ERRORS,
            expr=f"""
        absent(up{{job="{SPARK_JOBS_PAGES}"}} == 1)
        or ({failed} > {FAILED_ANSWERS} and {failed} / {answers()} > {FAILED_SHARE})
        """,
            hold="5m",
            summary="The pages of all runs fail",
            description="People and the command spark-jobs get errors, or no answer; backfills and looks at "
            "data wait if the pages are away. Runs that Git and schedules ask for go on.",
        ),
    )
