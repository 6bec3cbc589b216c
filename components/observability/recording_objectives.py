"""Recording rules of what teams have agreed on: how many runs end well and in time, and what is left. Pure.

Where a stack has jobs, the worker counts each run once from its records, whatever is deleted: how it ended,
and whether it kept its agreed time, from the moment on at which it should have been done. Without, each run
is an event with a time: when it ended, or when it should have. The time comes from the object itself, so a
run counts once however often it is scraped, and a gap loses none whose object is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from components.observability.recording_agreed import AGREED_SECONDS, RESUMED
from components.observability.recording_ends import TOTAL, grown, has_records, over
from components.observability.rule_model import OF_TEAM, RecordingRule, RuleGroup, Site, seconds
from components.observability.scrape_jobs import KSM, SPARK_JOBS_WORKER

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

KEPT: Final = "1h"
"""How long an event's series is written: so what is asked of days reads little."""

AGREED_TIMES: Final = "spark:agreed_times:total"
_WORKER: Final = f'job="{SPARK_JOBS_WORKER}"'

NEWEST: Final = "spark:objective:newest_timestamp_seconds"


def objective_groups(site: Site) -> tuple[RuleGroup, ...]:
    """List the groups: one, or none where no team has agreed on anything.

    Args:
        site: the cluster that they are for.
    """
    if not site.objectives:
        return ()
    told = (_AGREED,) if has_records(site) else (_RUNS, *_EVENTS)
    rules = (*_targets(site), *told, _newest(site), *_windows(site), _budget(site))
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
    ) {OF_TEAM}
    """,
    gives="namespace name uid outcome team",
    why="when each run ended for good: what is tried again has not ended, a driver that never came has",
)


_AGREED: Final = RecordingRule(
    record=AGREED_TIMES,
    expr=f"sum by (namespace, result) (spark_job_agreed_times_total{{{_WORKER}}}) {OF_TEAM}",
    gives="namespace result team",
    why="runs that kept their agreed time and that did not, of all time",
)


def _events() -> Sequence[RecordingRule]:
    created = f"max by ({_RUN}) (kube_sparkapp_created{{{KSM}}})"
    begun = f"({RESUMED} or on ({_RUN}) {created})"
    due = f"({begun} + on ({_RUN}) {AGREED_SECONDS.format(by=_RUN)})"
    suspended = f'max by ({_RUN}) (kube_sparkapp_state{{{KSM}, state=~"SUSPENDED|SUSPENDING"}} == 1)'
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
            f"unless on ({_RUN}) {suspended}) {OF_TEAM}",
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


_EVENTS: Final = _events()

_RESULTS: Final = {"good": "succeeded", "bad": "failed|lost"}
"""Outcomes of records: what is tried again has not ended, and what somebody stopped broke nothing."""


def _of_records(ended: str, agreed: str) -> str:
    """What the worker says, as results of objectives.

    Args:
        ended: PromQL whose series have namespace, team and outcome.
        agreed: PromQL whose series have namespace, team and result.
    """
    for result, outcomes in _RESULTS.items():
        ended = f'label_replace({ended}, "result", "{result}", "outcome", "{outcomes}")'
    return " or ".join(
        f'label_replace({values}, "objective", "{objective}", "", "") '
        f'and on (namespace) spark:objective:target{{objective="{objective}"}}'
        for objective, values in (("success", ended), ("timeliness", agreed))
    )


def _newest(site: Site) -> RecordingRule:
    def moments(metric: str, by: str, *chosen: str) -> str:
        series = f"{metric}{{{', '.join((_WORKER, *chosen))}}}"
        return f"max by (namespace, {by}) ({series} > time() - {seconds(KEPT)}) {OF_TEAM}"

    of_records = _of_records(
        moments("spark_job_last_end_timestamp_seconds", "outcome", 'outcome=~"succeeded|failed|lost"'),
        moments("spark_job_agreed_times_last_timestamp_seconds", "result"),
    )
    return RecordingRule(
        record=NEWEST,
        expr=f"max by ({_BY}, result) ({of_records if has_records(site) else EVENT})",
        gives=f"{_BY} result".replace(",", ""),
        why="when a run counted last as good and as bad, for an hour from then on",
    )


def _windows(site: Site) -> Iterator[RecordingRule]:
    for window in dict.fromkeys((*WINDOWS, _budget_window(site))):
        yield RecordingRule(
            record=_counts(window),
            expr=_counted(window, site),
            gives=f"{_BY} result".replace(",", ""),
            why=f"runs of the last {window} that kept an objective, and that did not",
        )
    for window in WINDOWS:
        yield RecordingRule(
            record=f"spark:objective:burn:rate{window}",
            expr=_burn(_counts(window)),
            gives=_BY.replace(",", ""),
            why="how fast the budget goes: at 1 it is used up just when its time is over",
        )


def _counts(window: str) -> str:
    return f"spark:objective:events:count{window}"


def _counted(window: str, site: Site) -> str:
    if not has_records(site):
        # Each event is there for an hour, and once: none falls between the steps of days.
        seen = over("max_over_time", EVENT, window)
        return f"count by ({_BY}, result) (({seen}) > time() - {seconds(window)})"
    ended, agreed = grown(f'{TOTAL}{{outcome=~"succeeded|failed|lost"}}', window), grown(AGREED_TIMES, window)
    return f"sum by ({_BY}, result) ({_of_records(f'({ended})', f'({agreed})')}) > 0"


def _burn(counted: str) -> str:
    every = f"sum by ({_BY}) ({counted})"
    failed = f'sum by ({_BY}) ({counted}{{result="bad"}})'
    return f"({failed} or {every} * 0) / {every} / (1 - spark:objective:target)"


def _budget_window(site: Site) -> str:
    return f"{min(BUDGET_DAYS, site.retention_days)}d"


def _budget(site: Site) -> RecordingRule:
    window = _budget_window(site)
    return RecordingRule(
        record="spark:objective:budget_left:ratio",
        expr=f"1 - {_burn(_counts(window))}",
        gives=_BY.replace(",", ""),
        why=f"what is left of the budget of the last {window}: 1 is all of it, below 0 it is overspent",
    )
