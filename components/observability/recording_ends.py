"""Recording rules of how runs ended: by the worker's records where a stack has jobs, else by pods. Pure.

This is the one place that chooses. Of records each end counts once, however soon its pod was deleted. Of pods
it counts if a scrape saw it. What is deleted as it fails (an eviction, a drain) counts there by what its
SparkApplication says; only of a run whose application goes as well, and of one that the operator tries again
before a scrape comes by, nothing is known.

The worker's totals never fall, also not in a new process, so their growth is a difference, and exact:
`increase()` extrapolates, and makes 3.2 runs of three.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.observability.rule_model import JOB, OF_TEAM, RecordingRule, Site, seconds
from components.observability.scrape_jobs import KSM, SPARK_JOBS_WORKER

POD: Final = "on (namespace, pod, uid)"
"""How series of one pod find each other: a name comes back with the next run, a uid does not."""

ENDS: Final = f'spark_job_ends_total{{job="{SPARK_JOBS_WORKER}"'
TOTAL: Final = "spark:runs_ended:total"
JOB_FAILURES: Final = "spark:job_failures:total"

FAILED: Final = "failed|retried|lost"
"""Outcomes of runs whose work nobody has; one that somebody stopped is none."""

GONE: Final = "spark:driver:gone_timestamp_seconds"

RETRIES: Final = "spark:app:retries"
GAVE_UP: Final = "spark:app:gave_up_timestamp_seconds"

ATTEMPT_SECONDS: Final = 240
"""A pod that failed so long before its application did, or later, is what the application tells of: mostly
the operator needs seconds. An attempt that fails sooner after another one is taken for the same."""

REST: Final = "other"
"""What the worker calls all jobs that have no series of their own."""

SPARSE: Final = "30m"
"""Step at which windows of days are looked at: all samples of weeks would be too many to read each time."""


def has_records(site: Site) -> bool:
    """Say whether ends are counted from records: where the jobs' worker runs.

    Args:
        site: the cluster that the rules are for.
    """
    return site.jobs_sync_seconds is not None


def failed_within(window: str, *, role: str, reason: str = "") -> str:
    """Pods that failed within a window, each once, however soon it was removed: the moments of their ends.

    Operator counters would not do: the first failure of a label set is born at 1, where increase() sees no
    increase, and a restarted operator counts every failed application that it still finds once more.

    Args:
        window: a PromQL duration.
        role: driver or executor.
        reason: what ended them; empty for whatever.
    """
    chosen = f'role="{role}"' + (f', reason="{reason}"' if reason else "")
    return f"""
    max_over_time(spark:pod:failed_reason{{{chosen}}}[{window}])
    * {POD} group_left () (
      max by (namespace, pod, uid) (
        max_over_time(spark:pod:finished_timestamp_seconds{{role="{role}", phase="Failed"}}[{window}]))
      > time() - {seconds(window)})
    """


def gone_within(window: str) -> str:
    """Drivers that failed within a window and whose pods nobody saw to; for stacks without records.

    Args:
        window: a PromQL duration.
    """
    return f"(max_over_time({GONE}[{window}]) > time() - {seconds(window)})"


def of_runs_that_ended(drivers: str, window: str) -> str:
    """Leave drivers out that the operator tries again by itself, until it says that their run has failed.

    Then the last attempt's driver stands for the run. If that was away for long before the operator said so,
    it is none of these, and its end is told as of one that nobody saw.

    Args:
        drivers: PromQL that gives the moments of their ends.
        window: a PromQL duration, within which they ended.
    """
    tried, gave_up = (
        f"max by (namespace, app) (max_over_time({each}[{window}]))" for each in (RETRIES, GAVE_UP)
    )
    return f"""
    (({drivers}) unless on (namespace, app) {tried}
      or ({drivers}) >= on (namespace, app) group_left () ({gave_up} - {ATTEMPT_SECONDS}))
    """


def failed_of_jobs(pods: str, *, by: str, least: int) -> str:
    """How many pods of each job failed, whatever runs they are of; `app` is the run that failed last.

    Args:
        pods: PromQL that gives the moments of their ends.
        by: labels that are counted by, with commas; the job is among them.
        least: how many have to.
    """
    return f"""
    (count by ({by}) ({pods}) >= {least})
      * on ({by}) group_left (app) (topk by ({by}) (1, max by ({by}, app) ({pods})) * 0 + 1)
    """


def grown(selector: str, window: str, *, ago: str = "") -> str:
    """By how much totals that never fall have grown within a window.

    Of a series that was not there when the window began its first value counts as the begin: the worker shows
    zeros first. Its last value is looked for within an hour, so that a worker that restarts is no gap.

    Args:
        selector: of the totals.
        window: a PromQL duration.
        ago: how long before now the window ends, as a PromQL duration; empty for now.
    """
    shift = f" offset {ago}" if ago else ""
    before = f" offset {seconds(window) + (seconds(ago) if ago else 0)}s"
    last = window if seconds(window) < seconds("1h") else "1h"
    least = over("min_over_time", selector, window, shift)
    return f"clamp_min(max_over_time({selector}[{last}]{shift}) - ({selector}{before} or {least}), 0)"


def over(function: str, selector: str, window: str, shift: str = "") -> str:
    """Apply a function to a window; of days it looks at steps, and at the newest samples too.

    Steps fall on full half hours: before its first one, a new series is looked at as it is.

    Args:
        function: of a range, such as `max_over_time`.
        selector: of the series.
        window: a PromQL duration.
        shift: an offset, for windows of less than a day.
    """
    if not window.endswith("d"):
        return f"{function}({selector}[{window}]{shift})"
    return f"{function}({selector}[{window}:{SPARSE}]) or {function}({selector}[{SPARSE}])"


def end_rules(site: Site) -> Sequence[RecordingRule]:
    """List the rules, which follow those of pods and teams.

    Args:
        site: the cluster that they are for.
    """
    return (*_RETRIED, *((*_TOTALS, *_OF_RECORDS) if has_records(site) else _OF_PODS))


def _by_app(expr: str) -> str:
    return f'label_replace({expr}, "app", "$1", "name", "(.+)")'


_RETRIED: Final = (
    RecordingRule(
        record=RETRIES,
        expr=_by_app(f"max by (namespace, name) (kube_sparkapp_failure_retries{{{KSM}}}) > 0"),
        gives="namespace name app",
        why="how often the operator tries an application again by itself; nothing where it does not",
    ),
    RecordingRule(
        record=GAVE_UP,
        expr=f"""
        max by (namespace, name) (kube_sparkapp_termination_time{{{KSM}}})
          * on (namespace, name) group_left (app) ({RETRIES} * 0 + 1)
          and on (namespace, name) spark:app:state{{state="FAILED"}}
        """,
        gives="namespace name app",
        why="when the last attempt ended of an application that was tried again, and is no more",
    ),
)


_TOTALS: Final = (
    RecordingRule(
        record=TOTAL,
        # A namespace that is no tenant's, such as the canary's, has no team, and is no part of this.
        expr=f"sum by (namespace, outcome) ({ENDS}}}) {OF_TEAM}",
        gives="namespace outcome team",
        why="runs that ended, of all time: what is computed over days reads four series a team",
    ),
    RecordingRule(
        record=JOB_FAILURES,
        expr=f'sum by (namespace, spark_job) ({ENDS}, outcome=~"{FAILED}"}}) {OF_TEAM}',
        gives="namespace spark_job team",
        why="runs of each job that ended without a result, of all time",
    ),
)

_FINISHED_WHY: Final = "runs that ended in the last hour, each counted once however soon its pod was removed"

_OF_RECORDS: Final = (
    RecordingRule(
        record="spark:drivers_finished:count1h",
        expr=f"""
        sum by (namespace, team, phase) (label_replace(label_replace(
          {grown(f'{TOTAL}{{outcome!="cancelled"}}', "1h")},
          "phase", "Failed", "outcome", "{FAILED}"),
          "phase", "Succeeded", "outcome", "succeeded")) > 0
        """,
        gives="namespace team phase",
        why=_FINISHED_WHY,
    ),
    RecordingRule(
        record="spark:jobs_failed:count1h",
        expr=f"""
        sum by (namespace, team) (
          {grown(f'{JOB_FAILURES}{{spark_job!="{REST}"}}', "1h")} > bool 0
          or {grown(f'{JOB_FAILURES}{{spark_job="{REST}"}}', "1h")}) > 0
        """,
        gives="namespace team",
        why="jobs with a failure in the last hour; of runs that have no job's name each is one",
    ),
)

_APPLICATION_FAILED: Final = f"""
  label_replace(
    max by (namespace, name) (kube_sparkapp_termination_time{{{KSM}}})
      * on (namespace, name) group_left (attempt) count_values by (namespace, name) (
        "attempt", max by (namespace, name) (kube_sparkapp_execution_attempts{{{KSM}}}))
      * on (namespace, name) group_left ({JOB}, team)
        max by (namespace, name, {JOB}, team) (spark:app:state{{state=~"FAILED|FAILING"}}),
    "app", "$1", "name", "(.+)")
"""
"""When the attempt of each application that failed last ended. One never submitted has made no attempt."""

_OF_PODS: Final = (
    RecordingRule(
        record=GONE,
        # After a minute: whoever is to see the pod fail has seen it by then.
        expr=f"""
        max by (namespace, app, attempt, {JOB}, team) (
          ({_APPLICATION_FAILED} < time() - 60 > time() - 3600)
          unless on (namespace, app) (
            spark:pod:phase{{role="driver", phase="Failed"}} unless on (namespace, app) {RETRIES})
          unless on (namespace, app) (
            max by (namespace, app) (
              max_over_time(spark:pod:finished_timestamp_seconds{{role="driver", phase="Failed"}}[65m]))
            >= on (namespace, app) max by (namespace, app) ({_APPLICATION_FAILED}) - {ATTEMPT_SECONDS}))
        """,
        labels={"role": "driver", "phase": "Failed", "reason": "PodGone"},
        gives=f"namespace app attempt {JOB} team role phase reason",
        why="when a driver failed whose pod was deleted before anybody saw it fail: its application says so",
    ),
    RecordingRule(
        record="spark:drivers_finished:count1h",
        expr=f"""
        count by (namespace, team, phase) (
          max_over_time(spark:pod:finished_timestamp_seconds{{role="driver"}}[1h]) > time() - 3600
          or {gone_within("1h")})
        """,
        gives="namespace team phase",
        why=_FINISHED_WHY,
    ),
    RecordingRule(
        record="spark:jobs_failed:count1h",
        expr=f"""
        count by (namespace, team) (count by (namespace, team, {JOB}) (
          {failed_within("1h", role="driver")} or {gone_within("1h")}))
        """,
        gives="namespace team",
        why="jobs with a failure in the last hour",
    ),
)
