"""Alerts about jobs: failures, lateness, and work that stopped coming. Pure."""

from __future__ import annotations

from typing import Final

from components.observability.recording_ends import (
    ENDS,
    FAILED,
    JOB_FAILURES,
    POD,
    REST,
    failed_of_jobs,
    failed_within,
    gone_within,
    grown,
    has_records,
    of_runs_that_ended,
)
from components.observability.recording_rules import with_team
from components.observability.rule_model import JOB, OF_TEAM, Alert, Severity, Signal, Site
from components.observability.scrape_jobs import KSM


def job_alerts(site: Site) -> tuple[Alert, ...]:
    """List them.

    Args:
        site: the cluster that they are for.
    """
    return (_driver_failed(site), *_ERRORS, *_LATENCY, *_TRAFFIC)


UNSEEN: Final = "2m"
"""How long scrapes and rules have to see a pod that failed, before the worker's records speak for it."""

SEEN: Final = "19m"
"""How long a pod that was seen to fail stands for a record: as long as records are counted, and two minutes
in which the worker may write one."""

_BY: Final = f"namespace, team, {JOB}, reason"
_PODS: Final = failed_within("15m", role="driver")
_SEEN: Final = of_runs_that_ended(_PODS, "15m")


def _driver_failed(site: Site) -> Alert:
    return Alert(
        name="SparkDriverFailed",
        severity=Severity.WARNING,
        signal=Signal.ERRORS,
        expr=f"{failed_of_jobs(_SEEN, by=_BY, least=1)} or {_unseen()}"
        if has_records(site)
        else failed_of_jobs(of_runs_that_ended(f"{_PODS} or {gone_within('15m')}", "15m"), by=_BY, least=1),
        hold="0s",
        summary="{{ $labels.spark_job }} of team {{ $labels.team }} failed: {{ $labels.reason }}",
        description="{{ $value }} run(s) of {{ $labels.spark_job }} in {{ $labels.namespace }} failed in the "
        "last 15 minutes, {{ $labels.app }} at last; the driver ended with {{ $labels.reason }}.",
    )


def _unseen() -> str:
    """Runs that failed, by job and verdict, where fewer pods of the job were seen to: some were deleted.

    Records name no run. The application mostly outlives its pod, so the job's newest one is named; if none
    was there either, the job stands in its place.
    """
    ended = grown(f'{ENDS}, outcome=~"{FAILED}"}}', "15m", ago=UNSEEN)
    failed = f"""
    (
      sum by (namespace, team, {JOB}, reason) (
        label_replace(label_join(
          sum by (namespace, spark_job, outcome, reason) ({ended}) > 0, "end", "/", "reason", "outcome"),
          "reason", "$1", "end", "/(.+)")
        {OF_TEAM})
      unless on (namespace, {JOB}) (
        count by (namespace, {JOB}) ({_seen()})
        >= on (namespace, {JOB}) sum by (namespace, {JOB}) ({ended})))
    """
    newest = f"""
      label_replace(bottomk by (namespace, {JOB}) (1,
        min by (namespace, name, {JOB}) (min_over_time(spark:app:age_seconds[20m]))) * 0 + 1,
        "app", "$1", "name", "(.+)")
    """
    return f"""
    {failed} * on (namespace, {JOB}) group_left (app) {newest}
    or on (namespace, {JOB}, reason) label_replace({failed}, "app", "$1", "{JOB}", "(.+)")
    """


def _seen() -> str:
    """Drivers' pods that were seen to fail, by the job that the worker counts them for.

    Those of jobs without series of their own are together, as their ends are.
    """
    failed = of_runs_that_ended(failed_within(SEEN, role="driver"), SEEN)
    pods = f"max by (namespace, {JOB}, pod, uid) ({failed})"
    named = f'on (namespace, {JOB}) max_over_time({JOB_FAILURES}{{{JOB}!="{REST}"}}[{SEEN}])'
    return f"""
    ({pods} and {named})
    or label_replace({pods} unless {named}, "{JOB}", "{REST}", "", "")
    """


_ERRORS = (
    Alert(
        name="SparkAppFailureRatioHigh",
        # The team's own affair: one colleague's bug fails as often as he tries.
        severity=Severity.WARNING,
        signal=Signal.ERRORS,
        expr="""
        spark:drivers_finished:count1h{phase="Failed"} / ignoring (phase)
          sum by (namespace, team) (spark:drivers_finished:count1h) > 0.2
        and on (namespace, team) sum by (namespace, team) (spark:drivers_finished:count1h) >= 5
        """,
        hold="10m",
        summary="More than a fifth of the runs of team {{ $labels.team }} fail",
        description="{{ $value | humanizePercentage }} of the runs that ended in {{ $labels.namespace }} "
        "within an hour failed. If other teams' do as well, SparkFailuresAcrossTeams says so.",
    ),
    Alert(
        name="SparkFailuresAcrossTeams",
        severity=Severity.CRITICAL,
        signal=Signal.ERRORS,
        # Two teams share no program, so what fails in both is what they share.
        expr="""
        sum(spark:drivers_finished:count1h{team!="", phase="Failed"})
          / sum(spark:drivers_finished:count1h{team!=""}) > 0.2
        and on () count(sum by (team) (spark:drivers_finished:count1h{team!="", phase="Failed"})
          / sum by (team) (spark:drivers_finished:count1h{team!=""}) > 0.2) >= 2
        and on () sum(spark:jobs_failed:count1h{team!=""}) >= 3
        """,
        hold="10m",
        summary="Jobs of several teams fail at once",
        description="{{ $value | humanizePercentage }} of all runs that ended within an hour failed: three "
        "jobs or more, of two teams or more. Look at what they share: store, identities, image, network.",
    ),
    Alert(
        name="SparkExecutorOOMKilled",
        severity=Severity.WARNING,
        signal=Signal.ERRORS,
        # One lost executor is replaced and may have met one bad partition; three are a job that is too small,
        # also if they are of three runs.
        expr=failed_of_jobs(
            failed_within("30m", role="executor", reason="OOMKilled"), by=f"namespace, team, {JOB}", least=3
        ),
        hold="0s",
        summary="Executors of {{ $labels.spark_job }} run out of memory",
        description="The kernel killed {{ $value }} executors of {{ $labels.spark_job }} in "
        "{{ $labels.namespace }} within 30 minutes, those of {{ $labels.app }} at last, because they outgrew "
        "the memory limit of their pods.",
    ),
    Alert(
        name="SparkSubmissionFailing",
        severity=Severity.WARNING,
        signal=Signal.ERRORS,
        expr="spark:app:refused",
        hold="2m",
        summary="{{ $labels.name }} of team {{ $labels.team }} can't be submitted",
        description="SparkApplication {{ $labels.name }} in {{ $labels.namespace }} is {{ $labels.state }} "
        "and never had a driver: it was refused, by a quota, a rule of admission, or missing rights.",
    ),
    Alert(
        name="SparkScheduleInvalid",
        severity=Severity.WARNING,
        signal=Signal.ERRORS,
        expr=with_team(
            f"max by (namespace, name, {JOB}, state) "
            f'(kube_sparkschedule_state{{{KSM}, state="FailedValidation"}} == 1)',
            keys="namespace, name, state",
        ),
        hold="2m",
        summary="The schedule {{ $labels.name }} of team {{ $labels.team }} never starts anything",
        description="The operator can't read the schedule or the time zone of ScheduledSparkApplication "
        "{{ $labels.name }} in {{ $labels.namespace }}, and looks at it no more.",
    ),
    Alert(
        name="SparkScheduleMissed",
        severity=Severity.WARNING,
        signal=Signal.ERRORS,
        expr=with_team(
            f"""
            (time() - max by (namespace, name, {JOB}) (kube_sparkschedule_next_run{{{KSM}}}) > 600)
            unless on (namespace, name) (
              max by (namespace, name) (kube_sparkschedule_suspended{{{KSM}}}) == 1)
            """,
            keys="namespace, name",
        ),
        hold="5m",
        summary="The schedule {{ $labels.name }} of team {{ $labels.team }} has missed a run",
        description="The next run of ScheduledSparkApplication {{ $labels.name }} in {{ $labels.namespace }} "
        "was due {{ $value | humanizeDuration }} ago, and the operator has not started it.",
    ),
)

_LATENCY = (
    Alert(
        name="SparkDriverPendingTooLong",
        severity=Severity.WARNING,
        signal=Signal.LATENCY,
        expr=f"""
        (time() - max by (namespace, pod, uid) (kube_pod_created{{{KSM}}}) > 600)
          * {POD} group_left (app, {JOB}, team) spark:pod:phase{{role="driver", phase="Pending"}}
        """,
        hold="2m",
        summary="The driver of {{ $labels.app }} does not start",
        description="Pod {{ $labels.pod }} in {{ $labels.namespace }} has been Pending for "
        "{{ $value | humanizeDuration }}: it waits for a node, which takes two minutes, or for something "
        "that is not there, such as a ConfigMap or Secret. The pod's events say which.",
    ),
    Alert(
        name="SparkAppSLABreached",
        severity=Severity.CRITICAL,
        signal=Signal.LATENCY,
        expr="spark:app:sla_used:ratio > 1",
        hold="0s",
        summary="{{ $labels.name }} of team {{ $labels.team }} is late",
        description="SparkApplication {{ $labels.name }} in {{ $labels.namespace }} has used "
        "{{ $value | humanizePercentage }} of the time that its annotation agrees on, and has not ended.",
    ),
    Alert(
        name="SparkAppStuck",
        severity=Severity.WARNING,
        signal=Signal.LATENCY,
        # These states pass within seconds. SUBMITTED lasts while the driver waits for a node, of which
        # another alert tells, and FAILING for as long as the job's own interval between two attempts.
        expr="""
        spark:app:state{state=~"INVALIDATING|PENDING_RERUN|RESUMING|SUCCEEDING|SUSPENDING|UNKNOWN"}
        or (spark:app:state{state="SUBMITTED"}
          unless on (namespace, name) label_replace(
            max by (namespace, app) (spark:pod:phase{role="driver", phase="Pending"}),
            "name", "$1", "app", "(.+)"))
        or (spark:app:state{state="FAILING"}
          and on (namespace, name) spark:app:state{state="FAILING"} offset 1h)
        """,
        hold="15m",
        summary="{{ $labels.name }} of team {{ $labels.team }} stays {{ $labels.state }}",
        description="SparkApplication {{ $labels.name }} in {{ $labels.namespace }} has been "
        "{{ $labels.state }} for a quarter of an hour, whatever its driver does: the operator is stuck.",
    ),
    Alert(
        name="SparkAppNotReconciled",
        severity=Severity.CRITICAL,
        signal=Signal.LATENCY,
        expr="spark:app:age_seconds > 300 unless on (namespace, name) spark:app:state",
        hold="5m",
        summary="The operator ignores {{ $labels.name }}",
        description="SparkApplication {{ $labels.name }} in {{ $labels.namespace }} was created "
        "{{ $value | humanizeDuration }} ago, and the operator has not said a word about it.",
    ),
)

_TRAFFIC = (
    Alert(
        name="SparkTeamTrafficStopped",
        severity=Severity.INFO,
        signal=Signal.TRAFFIC,
        # Against the same hour of last week: nights and weekends are quiet for many teams.
        expr="""
        sum by (namespace, team) (spark:drivers_finished:count1h offset 1w) >= 5
          unless on (namespace, team) sum by (namespace, team) (spark:drivers_finished:count1h)
          unless on (namespace, team) spark:pods:count{role="driver", phase="Running"}
        """,
        hold="30m",
        summary="Team {{ $labels.team }} runs nothing, unlike a week ago",
        description="{{ $value }} runs ended in {{ $labels.namespace }} in this hour a week ago; now none "
        "has ended and none is running.",
    ),
)
