"""Who is told of which alert: Alertmanager's configuration. Pure.

A team's alerts go to that team alone, all others to the default. What the alerts say of themselves decides:
the label `team`, or the namespace of a tenant on the upstream charts' alerts, which know of no team.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from components.observability.alert_receivers import Receiver, receiver_config
from components.observability.alerts_targets import NODES, NOT_DELIVERED
from components.observability.rule_model import JOB

NOBODY: Final = "nobody"
"""Receiver of what nobody has to hear of."""

HEARTBEAT: Final = "heartbeat"
"""Receiver of the alert that always fires."""

EVERYBODY_ELSE: Final = "page"
"""Receiver of what is for nobody in particular, where only the page of sent alerts is told."""

WATCHDOG: Final = "Watchdog"
"""Alert that always fires, as kube-prometheus-stack calls it: that it stops is the message."""

GROUP_BY: Final = ("alertname", "namespace", "job", JOB)
"""One message for each alert and job, whichever of its runs it is about; `job` is what Prometheus calls a
source. What one job does is not sent again because another one's joins its group."""

GROUP_WAIT: Final = "30s"
"""Time that a first alert waits for others of its group (Alertmanager's default)."""

GROUP_INTERVAL: Final = "5m"
"""Time between two messages about a group that has changed (Alertmanager's default)."""

REPEAT_INTERVAL: Final = "12h"
"""Time after which what still fires is said again: once for each who is on call by day and by night."""

HEARTBEAT_INTERVAL: Final = "1m"
"""Time between two heartbeats. Prometheus lets an alert end four minutes after it stopped to say so
(rules.Manager: four times the larger of the resend delay, a minute, and the interval): then they stop."""

NAMES_IN_METRICS: Final = "receiver-name-in-metrics"
"""Feature of Alertmanager (`--enable-feature`) by which its metrics say whom a failed message was for."""

HEARTBEAT_REPEAT: Final = "30s"
"""Age from which on the last heartbeat is repeated: less than the time between two. Alertmanager notes when
one was taken, which is after its round began, so at the next round it is a little younger than that time
(0.31, notify.DedupStage.needsUpdate): with the same time here every other one was left out."""

RESEND_SECONDS: Final = 60
"""What still fires is said again once it is older than this, at the next look at the rules (Prometheus,
rules.alert.resend-delay)."""

SLACK_SECONDS: Final = 15
"""Time that a look at the rules and what it says may be late."""

WARNINGS: Final = 'severity="warning"'
"""Matcher of what somebody looks at within the working day."""

TOLD_BY_OURS: Final = "KubeDaemonSetNotScheduled|KubeDaemonSetRolloutStuck"
"""Alerts of kube-prometheus-stack that say nothing of a DaemonSet which SparkDaemonSetUnavailable does not:
pods that lack, and revisions that get no further. Pods where none should be are told of by
KubeDaemonSetMisScheduled, which goes on."""

SILENT_SEVERITIES: Final = ("info", "none")
"""Severities that stand on the dashboards alone."""


@dataclass(frozen=True, kw_only=True)
class TeamRoute:
    """Where a team's alerts go.

    Args:
        team: value of the alerts' label `team`.
        namespaces: the team's namespaces.
        receiver: name of its receiver.
        warnings: name of the receiver of its warnings; None for the same.
    """

    team: str
    namespaces: Sequence[str]
    receiver: str
    warnings: str | None = None


@dataclass(frozen=True, kw_only=True)
class AlertRouting:
    """Who is told of what.

    Args:
        receivers: all who can be told.
        default: name of the receiver of what no team's route takes; None if there is none.
        warnings: name of the receiver of warnings that no team's route takes; None for the default.
        teams: the teams that are told by themselves.
        heartbeat: who is told that Prometheus lives; None for nobody outside.
        page: URL that everything is also posted to; None for nowhere.
        inhibit_rules: Alertmanager's `inhibit_rules`.
        interval_seconds: seconds between two looks of Prometheus at the rules.
    """

    receivers: Sequence[Receiver] = ()
    default: str | None = None
    warnings: str | None = None
    teams: Sequence[TeamRoute] = ()
    heartbeat: Receiver | None = None
    page: str | None = None
    inhibit_rules: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    interval_seconds: int = 30

    @property
    def start_delay(self) -> str:
        """Time after its start in which Alertmanager tells nobody.

        Only when Prometheus has said again all that fires is it known what explains what.
        """
        return f"{RESEND_SECONDS + self.interval_seconds + SLACK_SECONDS}s"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the Secrets that Alertmanager's pod mounts."""
        every = (*self.receivers, *([self.heartbeat] if self.heartbeat else []))
        return tuple(dict.fromkeys(each.secret for each in every if each.secret))


def alertmanager_config(routing: AlertRouting) -> dict[str, Any]:
    """Make Alertmanager's configuration. It holds no secret.

    Args:
        routing: who is told of what.
    """
    return {
        "route": {
            "receiver": _default(routing),
            "group_by": list(GROUP_BY),
            "group_wait": GROUP_WAIT,
            "group_interval": GROUP_INTERVAL,
            "repeat_interval": REPEAT_INTERVAL,
            "routes": list(_routes(routing)),
        },
        "receivers": list(_receivers(routing)),
        "inhibit_rules": [
            *(dict(each) for each in routing.inhibit_rules),
            *([_fails_silently(routing.default)] if routing.default else []),
        ],
    }


def _fails_silently(default: str) -> dict[str, Any]:
    """End the heartbeat once the default receiver did not take a message: it can't be told so itself.

    For a quarter of an hour after each message that was given up (alerts_targets.py), also if it takes the
    next one: what it was not told it still does not know.
    """
    return {
        "source_matchers": [f'alertname="{NOT_DELIVERED}"', f'receiver="{default}"'],
        "target_matchers": [f'alertname="{WATCHDOG}"'],
    }


def _default(routing: AlertRouting) -> str:
    return routing.default or (EVERYBODY_ELSE if routing.page else NOBODY)


def _routes(routing: AlertRouting) -> Iterator[dict[str, Any]]:
    beats = routing.heartbeat or routing.page
    yield {
        "receiver": HEARTBEAT if beats else NOBODY,
        "matchers": [f'alertname="{WATCHDOG}"'],
        "group_wait": "0s",
        "group_interval": HEARTBEAT_INTERVAL,
        "repeat_interval": HEARTBEAT_REPEAT,
    }
    yield {"receiver": NOBODY, "matchers": [f'severity=~"{"|".join(SILENT_SEVERITIES)}"']}
    # SparkDaemonSetUnavailable says it of these DaemonSets; of anybody else's the chart's alerts do.
    yield {"receiver": NOBODY, "matchers": [f'alertname=~"{TOLD_BY_OURS}"', f'namespace=~"{NODES}"']}
    if routing.default and routing.warnings:
        # That warnings do not arrive is no warning: it would go where they do not arrive.
        lost = [f'alertname="{NOT_DELIVERED}"', f'receiver="{routing.warnings}"']
        yield {"receiver": routing.default, "matchers": lost}
    for each in routing.teams:
        namespaces = "|".join(sorted(each.namespaces))
        for its in ([f'team="{each.team}"'], ['team=""', f'namespace=~"{namespaces}"']):
            if each.warnings:
                yield {"receiver": each.warnings, "matchers": [*its, WARNINGS]}
            yield {"receiver": each.receiver, "matchers": its}
    if routing.warnings:
        yield {"receiver": routing.warnings, "matchers": [WARNINGS]}


def _receivers(routing: AlertRouting) -> Iterator[dict[str, Any]]:
    yield {"name": NOBODY}
    if routing.heartbeat or routing.page:
        yield {"name": HEARTBEAT, **_told(routing.heartbeat, routing.page, resolved=False)}
    if _default(routing) == EVERYBODY_ELSE:
        yield {"name": EVERYBODY_ELSE, **_told(None, routing.page)}
    for each in routing.receivers:
        yield {"name": each.name, **_told(each, routing.page)}


def _told(receiver: Receiver | None, page: str | None, *, resolved: bool = True) -> dict[str, Any]:
    """What a receiver is told by, and the page of what was sent beside it."""
    made = receiver_config(receiver) if receiver else {}
    if page:
        made.setdefault("webhook_configs", []).append({"url": page, "send_resolved": True})
    for configs in made.values() if not resolved else ():
        for each in configs:
            # A heartbeat that ends says so by its silence.
            each["send_resolved"] = False
    return made
