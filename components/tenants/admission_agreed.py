"""In which words a job may agree on a time: those that kube-state-metrics reads. Pure.

It reads the time as a quantity, and of `2h` nothing at all: the job would be late without an alert. The rule
that compares it (`spark:app:sla_used:ratio`) takes what is below ten for minutes, so less than ten seconds
can't be said, nor more than 9999 minutes.
"""

from __future__ import annotations

from typing import Final

from components.naming import SLA_ANNOTATION
from components.tenants.admission_policy import Check

_READ: Final = "^([1-9][0-9]{1,7}|[1-9][0-9]{0,3}m)$"


def _noted(whole: str, place: str) -> str:
    return f"has({whole}.metadata.{place}) && '{SLA_ANNOTATION}' in {whole}.metadata.{place}"


def _times(whole: str) -> str:
    return " + ".join(
        f"({_noted(whole, place)} ? [{whole}.metadata.{place}['{SLA_ANNOTATION}']] : [])"
        for place in ("annotations", "labels")
    )


VARIABLES: Final = {
    "agreed": _times("object"),
    # What was admitted before these rules must still change and go: only what is new is looked at.
    "before": f"request.operation == 'UPDATE' ? {_times('oldObject')} : []",
}
"""The times of a definition, as they are written."""

CHECKS: Final = (
    Check(
        f"variables.agreed.all(each, each in variables.before || each.matches('{_READ}'))",
        f"'metadata: {SLA_ANNOTATION} must be seconds, from 10 on (7200), or minutes with an m (120m), not ' "
        "+ variables.agreed.join(', ')",
        "nothing would read the time, and the job would be late without an alert",
    ),
    Check(
        "object.kind != 'ScheduledSparkApplication' || variables.before.size() > 0 || "
        f"!({_noted('object', 'annotations')})",
        f"'metadata.annotations: {SLA_ANNOTATION} has no effect on a schedule. Write it into "
        "metadata.labels: the operator hands labels to the runs, and no annotation'",
        "every run would be late without an alert",
    ),
)
"""The rules for agreed times."""
