"""Series as the live sources write them, in promtool's notation: one value every 30 seconds, from second 0.

`1x20` is the value 1 and 20 more of it, `_x20` is nothing for 20 steps, `stale` is the end of a series.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from components.observability.job_relabelings import job_relabelings
from components.observability.rule_model import Site
from components.services.canary.plan import times
from tests.observability.relabeling import relabelled

Series = dict[str, str]
"""Series with its labels -> its values."""

NAMESPACE = "data-dev"
TEAM = "data"
TEAMS = {"data-dev": "data", "science-dev": "science"}

SITE = Site(
    teams=TEAMS,
    karpenter=True,
    canary=times(5),
    jobs_sync_seconds=10,
    jobs_pages=True,
    logs=True,
    remote_write=True,
    objectives={
        "data-dev": {"success": 0.99, "timeliness": 0.95},
        "science-dev": {"success": 0.95},
    },
    core_hour_price="0.05",
)
"""A site that has every rule and every alert."""

WITHOUT_JOBS = replace(SITE, jobs_sync_seconds=None)
"""The same, where how runs ended is known by their pods alone."""

STEP_SECONDS = 30


@dataclass(frozen=True)
class Case:
    """What the rules say about made-up samples.

    Args:
        alert: name of the alert.
        says: the sentence that is shown.
        series: the samples.
        at: when it is looked at, as a PromQL duration from the first sample on.
        fires: labels of the alerts that fire then, without those that every alert has; none in a silent case.
        site: the cluster that the rules are for.
    """

    alert: str
    says: str
    series: Series
    at: str
    fires: list[dict[str, str]] = field(default_factory=list)
    site: Site = SITE


def series(metric: str, values: str, /, **labels: str) -> Series:
    """One series.

    Args:
        metric: its name.
        values: in promtool's notation.
        labels: label -> value.
    """
    inside = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return {f"{metric}{{{inside}}}": values}


def ksm(metric: str, values: str, /, **labels: str) -> Series:
    """One series of kube-state-metrics, as Prometheus keeps it."""
    kept = relabelled({"__name__": metric, "job": "kube-state-metrics", **labels}, job_relabelings())
    return series(kept.pop("__name__"), values, **kept)


def merged(*parts: Series) -> Series:
    """All of them; no series may stand twice."""
    together: Series = {}
    for part in parts:
        assert not together.keys() & part.keys(), f"twice: {together.keys() & part.keys()}"
        together |= part
    return together


def steps(minutes: float) -> int:
    """How many values lie within so many minutes."""
    return int(minutes * 60 / STEP_SECONDS)


def pod(
    name: str,
    phases: list[tuple[str, float]],
    *,
    role: str = "driver",
    app: str = "etl",
    job: str = "",
    namespace: str = NAMESPACE,
    reason: str = "",
    born: float = 0,
) -> Series:
    """A Spark pod as kube-state-metrics shows it, until it is deleted after its last phase.

    Args:
        name: of the pod; also its uid.
        phases: each phase and its minutes, in order.
        role: driver or executor.
        app: name of the run.
        job: its job, as the submission writes it; empty for a pod of before that.
        namespace: where it is.
        reason: what ended its container, for a failed one; it leaves no completion time if this is empty.
        born: minutes from the first sample to its creation.
    """
    key = {"namespace": namespace, "pod": name, "uid": name}
    labels = {"label_spark_role": role, "label_sparkoperator_k8s_io_app_name": app}
    labels |= {"label_jobs_spark_on_eks_job": job} if job else {}
    life = sum(minutes for _, minutes in phases)
    found = merged(
        ksm("kube_pod_labels", _during(0, life, life, born=born), **key, **labels),
        ksm("kube_pod_created", _during(0, life, life, born=born, value=int(born * 60)), **key),
    )
    start = 0.0
    for phase, minutes in phases:
        within = _within(start, minutes, life, born=born)
        found |= ksm("kube_pod_status_phase", within, **key, phase=phase)
        if phase == "Running":
            at = int((born + start) * 60)
            found |= ksm(
                "kube_pod_start_time", _during(start, life - start, life, born=born, value=at), **key
            )
        if phase == "Succeeded" or (phase == "Failed" and reason):
            at = int((born + start) * 60)
            ended = _during(start, minutes, life, born=born, value=at)
            found |= ksm("kube_pod_completion_time", ended, **key)
        if phase == "Failed" and reason:
            container = {"container": f"spark-kubernetes-{role}", "reason": reason}
            ended = _during(start, minutes, life, born=born)
            found |= ksm("kube_pod_container_status_terminated_reason", ended, **key, **container)
        start += minutes
    return found


def _during(start: float, minutes: float, life: float, *, born: float, value: int = 1) -> str:
    """A value for a part of a pod's life, and nothing before or after."""
    before = steps(born + start)
    lead = f"_x{before} " if before else ""
    end = " stale" if start + minutes >= life else ""
    return f"{lead}{value}x{max(steps(minutes) - 1, 0)}{end}"


def _within(start: float, minutes: float, life: float, *, born: float) -> str:
    """1 for a part of a pod's life, and 0 for the rest of it."""
    lead = f"_x{steps(born)} " if born else ""
    before = f"0x{steps(start) - 1} " if start else ""
    rest = steps(life - start - minutes)
    after = f" 0x{rest - 1}" if rest > 0 else ""
    return f"{lead}{before}1x{max(steps(minutes) - 1, 0)}{after} stale"


def application(
    name: str, state: str, values: str, *, created: int = 0, namespace: str = NAMESPACE, **more: str
) -> Series:
    """A SparkApplication as kube-state-metrics shows it.

    Args:
        name: of the object.
        state: the state that the operator reports; empty for none at all.
        values: when it is in that state.
        created: second of its creation.
        namespace: where it is.
        more: further metrics of it, by the end of their name.
    """
    key = {"namespace": namespace, "name": name}
    length = "x400"
    found = ksm("kube_sparkapp_created", f"{created}{length}", **key)
    if state:
        found |= ksm("kube_sparkapp_state", values, **key, state=state)
    for metric, value in more.items():
        found |= ksm(f"kube_sparkapp_{metric}", f"{value}{length}", **key)
    return found


def as_test(case: Case) -> dict[str, Any]:
    """The case as promtool reads it.

    Args:
        case: what is shown.
    """
    expected: list[dict[str, Any]] = [{"exp_labels": labels} for labels in case.fires]
    return {
        "name": f"{case.alert}: {case.says}",
        "interval": f"{STEP_SECONDS}s",
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "alert_rule_test": [{"alertname": case.alert, "eval_time": case.at, "exp_alerts": expected}],
    }
