"""Recording rules of what teams have agreed on: how many runs end well and in time, and what is left. Pure.

Each run is an event with a time: when it ended, or when it should have. The time comes from the object
itself, so a run counts once however often it is scraped, and a gap loses none whose object is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from components.observability.recording_rules import AGREED_SECONDS, KSM
from components.observability.rule_model import RecordingRule, RuleGroup, Site, seconds

OF: Final = "on (namespace, team, objective)"
"""How series of one objective find each other."""

WINDOWS: Final = ("5m", "30m", "1h", "6h", "3d")
"""What burn rates are computed over: long ones say that it matters, short ones that it goes on."""

BUDGET_DAYS: Final = 28
"""Days that a budget is for: four whole weeks, so that each has as many weekends."""

EVENT: Final = "spark:objective:event_timestamp_seconds"
_ENDED: Final = "spark:run:ended_timestamp_seconds"
_RUN: Final = "namespace, name, uid"
_BY: Final = "namespace, team, objective"

BAD: Final = '{result="bad"}'

KEPT: Final = "1h"
"""How long an event's series is written: so what is asked of days reads little."""

_SPARSE: Final = "30m"
"""Step at which windows of days look at events. Each is there for an hour: none falls between two steps."""


def objective_groups(site: Site) -> tuple[RuleGroup, ...]:
    """List the groups: one, or none where no team has agreed on anything.

    Args:
        site: the cluster that they are for.
    """
    if not site.objectives:
        return ()
    rules = (*_targets(site), _RUNS, *_events(), *_windows(), _budget(site))
    return (RuleGroup(name="spark-objectives", recording=rules),)


def _targets(site: Site) -> Iterator[RecordingRule]:
    for namespace, agreed in sorted(site.objectives.items()):
        for objective, target in sorted(agreed.items()):
            yield RecordingRule(
                record="spark:objective:target",
                expr=f"vector({target:g})",
                labels={"namespace": namespace, "team": site.teams[namespace], "objective": objective},
                gives=_BY.replace(",", ""),
                why="share of runs that a team has agreed on",
            )


_RUNS: Final = RecordingRule(
    record=_ENDED,
    # A raw spark-submit has no SparkApplication: its driver's pod alone says how it ended.
    expr=f"""
    (
      max by ({_RUN}) (kube_sparkapp_termination_time{{{KSM}}})
        * on ({_RUN}) group_left (outcome)
        (label_replace(max by ({_RUN}) (kube_sparkapp_state{{{KSM}, state="COMPLETED"}} == 1),
           "outcome", "good", "", "")
         or label_replace(max by ({_RUN}) (kube_sparkapp_state{{{KSM}, state="FAILED"}} == 1),
           "outcome", "bad", "", ""))
      or on ({_RUN}) max by ({_RUN}, outcome) (label_replace(label_replace(label_replace(
        spark:pod:finished_timestamp_seconds{{role="driver"}}
          and on (namespace, pod, uid) kube_pod_labels{{{KSM}, label_sparkoperator_k8s_io_app_name=""}},
        "name", "$1", "app", "(.+)"),
        "outcome", "good", "phase", "Succeeded"),
        "outcome", "bad", "phase", "Failed"))
    ) * on (namespace) group_left (team) spark:namespace:team
    """,
    gives="namespace name uid outcome team",
    why="when each run ended for good: what is tried again has not ended, a driver that never came has",
)


def _events() -> Sequence[RecordingRule]:
    created = f"max by ({_RUN}) (kube_sparkapp_created{{{KSM}}})"
    due = f"({created} + on ({_RUN}) {AGREED_SECONDS.format(by=_RUN)})"
    suspended = f'max by ({_RUN}) (kube_sparkapp_state{{{KSM}, state=~"SUSPENDED|SUSPENDING"}} == 1)'
    with_team = "* on (namespace) group_left (team) spark:namespace:team"
    return (
        _event("success", "good", f'sum without (outcome) ({_ENDED}{{outcome="good"}})'),
        _event("success", "bad", f'sum without (outcome) ({_ENDED}{{outcome="bad"}})'),
        _event(
            "timeliness",
            "good",
            f'sum without (outcome) ({_ENDED}{{outcome="good"}}) <= on ({_RUN}) group_left () {due}',
        ),
        _event(
            "timeliness",
            "bad",
            # Late from the moment on at which it should have been done, whether or not it ends later. One
            # that failed before counts as failed alone: one fault is told of once.
            f"(({due} <= time()) unless on ({_RUN}) ({_ENDED} <= on ({_RUN}) group_left () {due}) "
            f"unless on ({_RUN}) {suspended}) {with_team}",
        ),
    )


def _event(objective: str, result: str, expr: str) -> RecordingRule:
    return RecordingRule(
        record=EVENT,
        expr=f"""
        (({expr}) > time() - {seconds(KEPT)})
          and on (namespace) spark:objective:target{{objective="{objective}"}}
        """,
        labels={"objective": objective, "result": result},
        gives="namespace name uid team objective result",
        why=f"when a run counted as {result} for {objective}, for an hour from then on",
    )


def _windows() -> Iterator[RecordingRule]:
    for window in WINDOWS:
        yield RecordingRule(
            record=f"spark:objective:events:count{window}",
            expr=_counted(window),
            gives=f"{_BY} result".replace(",", ""),
            why=f"runs of the last {window} that kept an objective, and that did not",
        )
        yield RecordingRule(
            record=f"spark:objective:burn:rate{window}",
            expr=_burn(f"spark:objective:events:count{window}"),
            gives=_BY.replace(",", ""),
            why="how fast the budget goes: at 1 it is used up just when its time is over",
        )


def _counted(window: str) -> str:
    return f"count by ({_BY}, result) (({_seen(window)}) > time() - {seconds(window)})"


def _seen(window: str, chosen: str = "") -> str:
    """Events of a window, each once. Steps of days fall on full half hours; the newest are looked at too."""
    if not window.endswith("d"):
        return f"max_over_time({EVENT}{chosen}[{window}])"
    return f"max_over_time({EVENT}{chosen}[{window}:{_SPARSE}]) or max_over_time({EVENT}{chosen}[{_SPARSE}])"


def _burn(counted: str) -> str:
    every = f"sum by ({_BY}) ({counted})"
    failed = f'sum by ({_BY}) ({counted}{{result="bad"}})'
    return f"({failed} or {every} * 0) / {every} / (1 - spark:objective:target)"


def _budget(site: Site) -> RecordingRule:
    window = f"{min(BUDGET_DAYS, site.retention_days)}d"
    every = f"count by ({_BY}) ({_seen(window)})"
    failed = f"count by ({_BY}) ({_seen(window, BAD)})"
    return RecordingRule(
        record="spark:objective:budget_left:ratio",
        expr=f"1 - ({failed} or {every} * 0) / {every} / (1 - spark:objective:target)",
        gives=_BY.replace(",", ""),
        why=f"what is left of the budget of the last {window}: 1 is all of it, below 0 it is overspent",
    )
