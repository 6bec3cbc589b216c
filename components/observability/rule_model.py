"""What recording rules and alerts are made of, and how Prometheus wants them written. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from components.naming import RUNBOOKS

OF_TEAM: Final = "* on (namespace) group_left (team) spark:namespace:team"
"""Adds the team of the namespace to series; those of a namespace that is no tenant's are dropped."""

JOB: Final = "spark_job"
"""Label of rules and alerts: the job, the same for all its runs. `app` and `name` are those of one run."""

_SECONDS: Final = MappingProxyType({"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800})


class Severity(StrEnum):
    """Who has to look, and when."""

    CRITICAL = "critical"
    """Somebody has to look at once: jobs fail or can't start until a person acts. Whom it calls, and whether
    it wakes them, is their receiver's."""
    WARNING = "warning"
    """Somebody looks within the working day."""
    INFO = "info"
    """Nobody is told; it stands on the dashboards."""


class Signal(StrEnum):
    """Which question an alert answers: the four golden signals, and the platform's own state."""

    SATURATION = "saturation"
    LATENCY = "latency"
    TRAFFIC = "traffic"
    ERRORS = "errors"
    PLATFORM = "platform"


_APPLICATION_NAMED: Final = re.compile(r"(?<!Scheduled)SparkApplication \{\{ \$labels\.name \}\}")
"""How a description names an application. A schedule has a name too, and no run."""

_BOARDS: Final[Mapping[Signal, str]] = MappingProxyType(
    {
        Signal.SATURATION: "spark-nodes",
        Signal.LATENCY: "spark-operator",
        Signal.TRAFFIC: "spark-nodes",
        Signal.ERRORS: "spark-overview",
        Signal.PLATFORM: "spark-overview",
    }
)
"""Uid of the dashboard for an alert that is about no single team."""


@dataclass(frozen=True, kw_only=True)
class CanaryTimes:
    """After which times a canary is taken for dead.

    Args:
        deadline_seconds: age of its last success from which on it counts as failing.
        patience_seconds: time without a good look after which a link that looks broken is taken for broken.
    """

    deadline_seconds: int
    patience_seconds: int


@dataclass(frozen=True, kw_only=True)
class Links:
    """Where the links of alerts lead to.

    Args:
        runbooks: what comes before `/<name>.md` in the link to a runbook: a folder or a URL.
        dashboards: URL of a dashboard up to its variables, with {uid} for its uid; None if browsers don't
            reach any.
        logs: URL of the page of stored logs; None if browsers don't reach it.
    """

    runbooks: str = RUNBOOKS
    dashboards: str | None = None
    logs: str | None = None


@dataclass(frozen=True, kw_only=True)
class Site:
    """What differs between the clusters that the rules are for.

    Args:
        teams: team of each tenant namespace.
        karpenter: whether Karpenter runs the nodes, as on EKS.
        links: where the alerts' links lead to.
        canary: the canary's times; None where none runs.
        jobs_sync_seconds: time between two looks at the jobs' repository; None where none is followed.
        jobs_pages: whether there are pages of all runs.
        logs: whether logs of Spark's pods are collected.
        remote_write: whether metrics are also written elsewhere.
        objectives: of each tenant namespace that has some, the share of runs of each: 0.99 of `success`.
        retention_days: days that metrics are kept.
        slow_run_seconds: seconds from which on a finished run gets alerts that say why it was slow.
        core_hour_price: USD of an hour of one core, as text ("0.05"); None if nobody has said it.
    """

    teams: Mapping[str, str]
    karpenter: bool = False
    links: Links = field(default_factory=Links)
    canary: CanaryTimes | None = None
    jobs_sync_seconds: int | None = None
    jobs_pages: bool = False
    logs: bool = False
    remote_write: bool = False
    objectives: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    retention_days: int = 15
    slow_run_seconds: int = 600
    core_hour_price: str | None = None


@dataclass(frozen=True, kw_only=True)
class RecordingRule:
    """A series that Prometheus computes and keeps.

    Args:
        record: its name, `spark:<what>:<how>`.
        expr: PromQL.
        gives: labels of what it gives, with blanks; a series may lack the team.
        why: what it is for; stands beside the rule in the code alone.
        labels: labels that are added to the result.
    """

    record: str
    expr: str
    gives: str
    why: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def as_rule(self) -> dict[str, Any]:
        """The rule as Prometheus reads it."""
        labels = {"labels": dict(self.labels)} if self.labels else {}
        return {"record": self.record, "expr": one_line(self.expr), **labels}


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A condition that a person should know of.

    Args:
        name: also the name of its runbook page.
        severity: who has to look.
        signal: which question it answers.
        expr: PromQL; every series that it gives is an alert.
        hold: how long it must last, as a PromQL duration; `0s` for at once.
        summary: one line with the labels that say where.
        description: what it means, with the value.
        only_with_karpenter: whether its metrics exist on EKS alone.
    """

    name: str
    severity: Severity
    signal: Signal
    expr: str
    hold: str
    summary: str
    description: str
    only_with_karpenter: bool = False

    def as_rule(self, links: Links) -> dict[str, Any]:
        """The rule as Prometheus reads it.

        Args:
            links: where its links lead to.
        """
        return {
            "alert": self.name,
            "expr": one_line(self.expr),
            "for": self.hold,
            "labels": {"severity": self.severity.value, "signal": self.signal.value},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": f"{links.runbooks.rstrip('/')}/{self.name}.md",
                **self._shown(links),
            },
        }

    @property
    def run_label(self) -> str | None:
        """The label that names a Spark application; None if the alert is about no single one."""
        if "$labels.app " in self.summary + self.description:
            return "app"
        return "name" if _APPLICATION_NAMED.search(self.description) else None

    def _shown(self, links: Links) -> dict[str, str]:
        """Links to the dashboard that shows most of it, to the run, and to its logs."""
        team, run = "$labels.namespace " in self.description, self.run_label
        found = {}
        if links.dashboards:
            uid = "spark-team" if team else _BOARDS[self.signal]
            space = f"var-namespace={_label('namespace')}" if team else ""
            found["dashboard_url"] = (links.dashboards.format(uid=uid) + space).rstrip("?&")
            if run:
                board = links.dashboards.format(uid="spark-run")
                found["run_url"] = f"{board}{space}&var-app={_label(run)}"
        if links.logs and run:
            found["logs_url"] = f"{links.logs}/{_label('namespace')}/{_label(run)}/"
        return found


def _label(name: str) -> str:
    return f"{{{{ $labels.{name} }}}}"


@dataclass(frozen=True, kw_only=True)
class RuleGroup:
    """Rules that are evaluated one after the other, so that a later one sees what an earlier one gave.

    Args:
        name: of the group.
        recording: its recording rules, in order.
        alerts: its alerts, evaluated after them.
    """

    name: str
    recording: Sequence[RecordingRule] = ()
    alerts: Sequence[Alert] = ()

    def as_group(self, site: Site) -> dict[str, Any]:
        """The group as `spec.groups` of a PrometheusRule holds it.

        Args:
            site: the cluster that it is for.
        """
        alerts = [each for each in self.alerts if site.karpenter or not each.only_with_karpenter]
        return {
            "name": self.name,
            "rules": [
                *(each.as_rule() for each in self.recording),
                *(each.as_rule(site.links) for each in alerts),
            ],
        }


def one_line(expr: str) -> str:
    """An expression without the line breaks that make it readable in the code.

    Args:
        expr: PromQL.
    """
    return re.sub(r"\s+", " ", expr).strip()


def seconds(duration: str) -> int:
    """Convert a PromQL duration of one unit ("15m") to seconds.

    Args:
        duration: one number and one of s, m, h, d, w.

    Raises:
        ValueError: it is not one number and one unit.
    """
    match = re.fullmatch(r"(\d+)([smhdw])", duration)
    if not match:
        raise ValueError(f"duration {duration!r}: write a number and one of s, m, h, d, w, such as 15m")
    return int(match[1]) * _SECONDS[match[2]]
