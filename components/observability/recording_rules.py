"""Recording rules: what kube-state-metrics, cAdvisor and Spark export, put in terms of jobs and teams. Pure.

Four traps shape them.
- Spark's pods never restart, so `kube_pod_container_status_last_terminated_reason` stays empty for them (it
  reads LastTerminationState); `..._terminated_reason` has what ended them.
- From kube-state-metrics 2.20 on `kube_pod_status_reason` has no rows of value 0: compare with `== 1`.
- A pod is deleted soon after its end, and kube-state-metrics forgets it. When it ended is kept as a time, not
  as an event, so that neither its removal nor a gap in the scrapes makes a failure count twice or not at all.
- A job could name any team in its own labels. The team comes from the namespace, which the platform made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.observability.recording_agreed import AGREED_RULES
from components.observability.recording_ends import POD, end_rules
from components.observability.rule_model import JOB, OF_TEAM, RecordingRule, RuleGroup, Site
from components.observability.scrape_jobs import (
    API_SERVER,
    KSM,
    KUBELET,
    SPARK_DRIVER,
    SPARK_OPERATOR,
)

SPARK_CONTAINER: Final = 'container=~"spark-kubernetes-(driver|executor)"'
"""Spark's names of its containers (k8s Constants.DEFAULT_DRIVER_CONTAINER_NAME and its sibling)."""

CONTAINERS: Final = f'job="{KUBELET}", metrics_path=~"/metrics/(cadvisor|resource)"'
"""The kubelet's two sources of a container's CPU and memory; both have the same names.

Where containerd's socket is elsewhere than usual, cAdvisor knows no containers, and `/metrics/resource` does.
Whoever takes the largest value of a container first may have either, or both.
"""

_SPARK: Final = f"{CONTAINERS}, {SPARK_CONTAINER}"
_EXECUTORS: Final = f'job="{SPARK_DRIVER}", executor_id!="driver"'
_DRIVER_METRIC: Final = "metrics_spark_driver"

LATE_SECONDS: Final = 15
"""An executor that ends with an error that long before its driver ended well, or later, was asked for when
the work was done. A driver takes some seconds from its last task to its end."""

FINISHED_KEPT: Final = "1h"
"""How long a failed pod that left no completion time keeps the time at which it was first seen failed."""


def recording_groups(site: Site) -> tuple[RuleGroup, ...]:
    """List the groups of recording rules: one, because groups are evaluated side by side.

    In two groups, the first round after a start would record pods before their teams are known, and what
    looks back over an hour would count such a pod twice.

    Args:
        site: the cluster that they are for.
    """
    rules = (*_teams(site), *_PODS, *end_rules(site), *_APPLICATIONS, *_RESOURCES)
    return (RuleGroup(name="spark-signals", recording=rules),)


def with_team(expr: str, *, keys: str) -> str:
    """Add the team of the namespace; a namespace that is no tenant's stays without one.

    Args:
        expr: PromQL whose series have a `namespace`.
        keys: labels that tell its series apart, with commas.
    """
    return f"({expr}) {OF_TEAM} or on ({keys}) ({expr})"


def _teams(site: Site) -> Sequence[RecordingRule]:
    return [
        RecordingRule(
            record="spark:namespace:team",
            expr="vector(1)",
            labels={"namespace": namespace, "team": team},
            gives="namespace team",
            why="whose namespace it is; known when the platform is made, so no metric has to say it",
        )
        for namespace, team in sorted(site.teams.items())
    ]


_RAW_EXECUTORS: Final = f"""
            max by (namespace, pod, uid, label_spark_role, label_spark_app_selector) (kube_pod_labels{{
              {KSM}, label_spark_role="executor", label_sparkoperator_k8s_io_app_name=""}})
              * on (namespace, label_spark_app_selector)
                group_left (label_spark_app_name, {JOB})
              topk by (namespace, label_spark_app_selector) (1, kube_pod_labels{{
                {KSM}, label_spark_role="driver", label_sparkoperator_k8s_io_app_name="",
                label_spark_app_selector!=""}})"""
"""Executors of a raw spark-submit under their driver's names. A driver's are those that were submitted, its
executors' are what the program then called itself, and by those they would be of two runs."""

_OF_POD: Final = f"role, app, {JOB}, team"
"""What is known of each of Spark's pods."""

_PODS: Final = (
    RecordingRule(
        record="spark:pod:labels",
        # The operator's name of the application wins over spark.app.name, which raw spark-submit alone sets.
        # The job is there since the scrape (job_relabelings.py). One for each pod, also while what another
        # release called it is not forgotten yet, five minutes long: all else about pods is joined with it.
        expr=f"""
        topk by (namespace, pod, uid) (1, max by (namespace, pod, uid, role, app, {JOB}) (
          label_replace(label_replace(label_replace(
            {_RAW_EXECUTORS} or {POD} kube_pod_labels{{{KSM}, label_spark_role=~"driver|executor"}},
            "role", "$1", "label_spark_role", "(.+)"),
            "app", "$1", "label_spark_app_name", "(.+)"),
            "app", "$1", "label_sparkoperator_k8s_io_app_name", "(.+)")))
        """,
        gives="namespace pod uid role app spark_job",
        why="Spark's pods by role, run and job, also when two replicas of kube-state-metrics report them",
    ),
    RecordingRule(
        record="spark:pod:info",
        expr=with_team("spark:pod:labels", keys="namespace, pod, uid"),
        gives="namespace pod uid role app spark_job team",
        why="the same with the team: what all else about pods is joined with",
    ),
    RecordingRule(
        record="spark:pod:phase",
        expr=f"""
        max by (namespace, pod, uid, phase) (kube_pod_status_phase{{{KSM}}} == 1)
          * {POD} group_left ({_OF_POD}) spark:pod:info
        """,
        gives="namespace pod uid phase role app spark_job team",
        why="the phase that each of Spark's pods is in",
    ),
    RecordingRule(
        record="spark:pod:failed_reason",
        expr=f"""
        (
          max by (namespace, pod, uid, reason) (kube_pod_status_reason{{{KSM}}} == 1)
          or {POD} max by (namespace, pod, uid, reason) (
            kube_pod_container_status_terminated_reason{{{KSM}, {SPARK_CONTAINER}}} == 1)
          or {POD} max by (namespace, pod, uid, reason) (
            label_replace(spark:pod:phase{{phase="Failed"}}, "reason", "Unknown", "", ""))
        ) * {POD} group_left ({_OF_POD}) spark:pod:phase{{phase="Failed"}}
        unless {POD} (
          max by (namespace, pod, uid) (
            kube_pod_container_status_terminated_reason{{{KSM}, {SPARK_CONTAINER}, reason="Error"}} == 1)
          and {POD} (
            max by (namespace, pod, uid) (kube_pod_completion_time{{{KSM}}})
              * {POD} group_left (app) spark:pod:info{{role="executor"}}
            > on (namespace, app) group_left ()
            max by (namespace, app) (
              max by (namespace, pod, uid) (kube_pod_completion_time{{{KSM}}}) * {POD} group_left (app)
                spark:pod:phase{{role="driver", phase="Succeeded"}}) - {LATE_SECONDS}))
        """,
        gives="namespace pod uid reason role app spark_job team",
        why="why a pod failed: what evicted it, else what ended its container, else Unknown. An executor "
        "that came when its driver ended well found nobody, and failed at nothing",
    ),
    RecordingRule(
        record="spark:pod:finished_timestamp_seconds",
        expr=f"""
        max by (namespace, pod, uid) (kube_pod_completion_time{{{KSM}}})
          * {POD} group_left ({_OF_POD}, phase) spark:pod:phase{{phase=~"Succeeded|Failed"}}
        or {POD} (
          min by (namespace, pod, uid) (min_over_time(spark:pod:finished_timestamp_seconds[{FINISHED_KEPT}]))
            * {POD} group_left ({_OF_POD}, phase) spark:pod:phase{{phase="Failed"}})
        or {POD} spark:pod:phase{{phase="Failed"}} * time()
        """,
        gives="namespace pod uid phase role app spark_job team",
        why="when a pod ended. An evicted or lost pod has no completion time: then when it was first seen so",
    ),
    RecordingRule(
        record="spark:pods:count",
        expr="count by (namespace, team, role, phase) (spark:pod:phase)",
        gives="namespace team role phase",
        why="pods by team, role and phase",
    ),
    RecordingRule(
        record="spark:driver:run_seconds",
        expr=f"""
        (max by (namespace, pod, uid) (kube_pod_completion_time{{{KSM}}})
          - max by (namespace, pod, uid) (kube_pod_start_time{{{KSM}}}))
          * {POD} group_left (app, {JOB}, team) spark:pod:info{{role="driver"}}
        """,
        gives="namespace pod uid app spark_job team",
        why="how long a finished run took",
    ),
    RecordingRule(
        record="spark:driver:queue_seconds",
        expr=f"""
        (max by (namespace, pod, uid) (kube_pod_start_time{{{KSM}}})
          - max by (namespace, pod, uid) (kube_pod_created{{{KSM}}}))
          * {POD} group_left (app, {JOB}, team) spark:pod:info{{role="driver"}}
        """,
        gives="namespace pod uid app spark_job team",
        why="how long a driver waited for a node",
    ),
)

_AGE: Final = f"(time() - max by (namespace, name) (kube_sparkapp_created{{{KSM}}}))"

_NAMED: Final = " or on (namespace, app) ".join(
    f'max by (namespace, app) (label_replace({metric}{{{KSM}}}, "app", "$1", "name", "(.+)"))'
    for metric in ("kube_sparkapp_executor_instances", "kube_sparkapp_conf_executor_instances")
)
"""Executors that an application names."""

OF_JOB: Final = f"* on (namespace, name) group_left ({JOB}) spark:app:job"
"""Adds the job to series of applications."""

_RUN: Final = f"namespace, app, {JOB}, team"

_APPLICATIONS: Final = (
    RecordingRule(
        record="spark:app:job",
        # One for each name, also while two replicas of kube-state-metrics differ: it is joined with.
        expr=f"""
        topk by (namespace, name) (1,
          max by (namespace, name, {JOB}) (kube_sparkapp_said_job{{{KSM}}})
          or on (namespace, name) max by (namespace, name, {JOB}) (kube_sparkapp_created{{{KSM}}})) * 0 + 1
        """,
        gives="namespace name spark_job",
        why="which job each SparkApplication is a run of, whichever way it came, by its pods' name for it",
    ),
    RecordingRule(
        record="spark:app:state",
        expr=with_team(
            f"max by (namespace, name, state) (kube_sparkapp_state{{{KSM}}} == 1) {OF_JOB}",
            keys="namespace, name, state",
        ),
        gives="namespace name spark_job state team",
        why="what the operator says of each SparkApplication; nothing before it has said a word",
    ),
    RecordingRule(
        record="spark:app:age_seconds",
        expr=with_team(f"{_AGE} {OF_JOB}", keys="namespace, name"),
        gives="namespace name spark_job team",
        why="age of each SparkApplication, whether or not the operator has seen it",
    ),
    RecordingRule(
        record="spark:app:refused",
        # After the last attempt the state is FAILED; then no driver was ever there.
        expr=f"""
        spark:app:state{{state="SUBMISSION_FAILED"}}
        or on (namespace, name) (
          spark:app:state{{state="FAILED"}}
          and on (namespace, name) spark:app:age_seconds < 3600
          unless on (namespace, name) label_replace(
            max by (namespace, app) (max_over_time(spark:pod:info{{role="driver"}}[1h])),
            "name", "$1", "app", "(.+)")
          unless on (namespace, name) kube_sparkapp_execution_attempts{{{KSM}}} > 0)
        """,
        gives="namespace name spark_job state team",
        why="applications that can't be submitted",
    ),
    *AGREED_RULES,
    RecordingRule(
        record="spark:driver:executors_target",
        expr=f"""
        sum by ({_RUN}) (
          max by (namespace, pod) (
            {_DRIVER_METRIC}_ExecutorAllocationManager_executors_numberTargetExecutors_Value{{job="{SPARK_DRIVER}"}})
          * on (namespace, pod) group_left (app, {JOB}, team)
            max by ({_RUN}, pod) (spark:pod:phase{{role="driver", phase="Running"}}))
        or on (namespace, app) max by ({_RUN}) (
          max by ({_RUN}, pod) (spark:pod:phase{{role="driver", phase="Running"}})
          and on (namespace, pod) {_DRIVER_METRIC}_LiveListenerBus_queue_eventLog_numDroppedEvents_Count{{
            job="{SPARK_DRIVER}"}})
          * on (namespace, app) group_left () ({_NAMED})
        """,
        gives="namespace app spark_job team",
        why="executors that each running driver wants: a driver with a number for its whole run has metrics, "
        "and none of what it wants. Its application then says the number",
    ),
    RecordingRule(
        record="spark:driver:executors_missing",
        # By run: what one run of a job has too many is nothing that another one could use.
        expr="""
        clamp_min(spark:driver:executors_target - on (namespace, app) group_left () (
          count by (namespace, app) (spark:pod:phase{role="executor", phase=~"Pending|Running"})
          or on (namespace, app) max by (namespace, app) (spark:driver:executors_target * 0)), 0)
        """,
        gives="namespace app spark_job team",
        why="wanted executors of a run without a pod, and never less than none: "
        "a quota refuses pods at admission, so none is ever Pending",
    ),
    RecordingRule(
        record="spark:input_bytes:rate5m",
        expr=f"""
        sum by (namespace) (rate(metrics_executor_totalInputBytes_bytes_total{{{_EXECUTORS}}}[5m]))
        """,
        gives="namespace",
        why="bytes read a second by running executors",
    ),
    RecordingRule(
        record="spark:start_latency_seconds:p95",
        # Without honorLabels the application's namespace comes as exported_namespace.
        expr=f"""
        label_replace(
          histogram_quantile(0.95, sum by (le, exported_namespace) (
            rate(spark_application_start_latency_seconds_histogram_bucket{{job="{SPARK_OPERATOR}"}}[30m]))),
          "namespace", "$1", "exported_namespace", "(.+)")
        """,
        gives="namespace exported_namespace",
        why="from a SparkApplication's creation to its running driver",
    ),
)

_RESOURCES: Final = (
    RecordingRule(
        record="spark:container_memory_limit_ratio:p95",
        expr=f"""
        quantile by (namespace, container) (0.95,
          max by (namespace, pod, container) (container_memory_working_set_bytes{{{_SPARK}}})
          / on (namespace, pod, container)
          max by (namespace, pod, container) (
            kube_pod_container_resource_limits{{{KSM}, resource="memory", {SPARK_CONTAINER}}}))
        """,
        gives="namespace container",
        why="how close containers come to the limit at which the kernel kills them",
    ),
    RecordingRule(
        record="spark:container_cpu_request_ratio:avg5m",
        expr=f"""
        sum by (namespace, container) (
          max by (namespace, pod, container) (rate(container_cpu_usage_seconds_total{{{_SPARK}}}[5m])))
        / on (namespace, container)
        sum by (namespace, container) (
          max by (namespace, pod, container) (
            kube_pod_container_resource_requests{{{KSM}, resource="cpu", {SPARK_CONTAINER}}})
          and on (namespace, pod) spark:pod:phase{{phase="Running"}})
        """,
        gives="namespace container",
        why="CPU used for each core reserved; kube-state-metrics also reports requests of finished pods",
    ),
    RecordingRule(
        record="spark:quota_used:ratio",
        # A hard limit of 0 forbids something; there is nothing to use up.
        expr=f"""
        max by (namespace, resourcequota, resource) (kube_resourcequota{{{KSM}, type="used"}})
        / on (namespace, resourcequota, resource)
        (max by (namespace, resourcequota, resource) (kube_resourcequota{{{KSM}, type="hard"}}) > 0)
        {OF_TEAM}
        """,
        gives="namespace resourcequota resource team",
        why="how much of each quota a tenant holds",
    ),
    RecordingRule(
        record="spark:quota_refusals:rate5m",
        expr=f"""
        sum(rate(apiserver_admission_controller_admission_duration_seconds_count{{
          job="{API_SERVER}", name="ResourceQuota", operation="CREATE", rejected="true"}}[5m]))
        """,
        gives="",
        why="objects a second that any quota of the cluster refuses; the metric has no namespace",
    ),
)
