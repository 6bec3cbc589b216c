"""How Prometheus calls a run's job from what kube-state-metrics shows of it, as all else calls it. Pure.

The submission names the job on the pods (apps/job_pods, `job_of`), and the worker in its records. What is
known of an application alone, such as one that is stuck or was refused, has to have the same name: else its
alerts are about another job, and nothing joins the two. PromQL can't write small letters; a relabeling can,
once for each new series.
"""

from __future__ import annotations

from typing import Final

from components.kube.monitors import Relabeling
from components.observability.rule_model import JOB

LONGEST: Final = 63
"""Characters of a label's value (Kubernetes' limit)."""

_WORDS: Final = (LONGEST + 1) // 2
"""As many words as have room in it, each with what stands between it and the next."""

_PODS: Final = "kube_pod_labels;(?:driver|executor)"
_APPLICATIONS: Final = "kube_sparkapp_(?:said_job|created)"
_SAID: Final = "kube_sparkapp_said_job"
_SCHEDULES: Final = "kube_sparkschedule_.+"
"""A schedule is the job itself, by the name that its runs get from it."""


def job_relabelings() -> list[Relabeling]:
    """List the relabelings of kube-state-metrics' series: the last name that is there is the job's."""
    return [
        _named("label_spark_role", "label_spark_app_name", of=_PODS),
        _named("label_spark_role", "label_sparkoperator_k8s_io_app_name", of=_PODS),
        _named("label_spark_role", "label_jobs_spark_on_eks_job", of=_PODS),
        _named("name", of=_APPLICATIONS),
        _named("dag_id", "task_id", of=_SAID, name="$1-$2", parts="(.+);(.+)"),
        _named("schedule", of=_SAID),
        _named("said_job", of=_SAID),
        _named("name", of=_SCHEDULES),
        _named("said_job", of=_SCHEDULES),
        {"action": "lowercase", "sourceLabels": [JOB], "targetLabel": JOB},
        _written(
            "[^a-z0-9]*([a-z0-9]+)" + "(?:[^a-z0-9]+([a-z0-9]+))?" * (_WORDS - 1) + "(?:[^a-z0-9].*)?",
            "-".join(f"${{{number}}}" for number in range(1, _WORDS + 1)),
        ),
        _written("(.+?)-+", "$1"),
        _written("([^a-z].*)", "job-$1"),
        _written(f"(.{{{LONGEST}}}).+", "$1"),
        _written("(.+?)-+", "$1"),
    ]


def _named(*labels: str, of: str, name: str = "$1", parts: str = "(.+)") -> Relabeling:
    return {
        "action": "replace",
        "sourceLabels": ["__name__", *labels],
        "regex": f"{of};{parts}",
        "targetLabel": JOB,
        "replacement": name,
    }


def _written(regex: str, replacement: str) -> Relabeling:
    return {
        "action": "replace",
        "sourceLabels": [JOB],
        "regex": regex,
        "targetLabel": JOB,
        "replacement": replacement,
    }
