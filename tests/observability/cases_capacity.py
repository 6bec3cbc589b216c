"""When the alerts about executors that wait or are lost, and about quotas fire, and when they don't."""

from __future__ import annotations

from tests.observability.series import NAMESPACE, Case, Series, application, ksm, merged, pod, series

WHO = {"namespace": "data-dev", "team": "data"}


def _executors(pending: int, running: int) -> Series:
    return merged(
        *(pod(f"p{n}", [("Pending", 60)], role="executor") for n in range(pending)),
        *(pod(f"r{n}", [("Running", 60)], role="executor") for n in range(running)),
    )


def _mounting(claim: str, *, role: str = "driver", there: bool = False, waits: float = 30) -> Series:
    """A pod that mounts a claim, and is Pending for some minutes; the claim where it is there."""
    found = merged(
        pod("p1", [("Pending", waits), ("Running", 60 - waits)], role=role),
        ksm(
            "kube_pod_spec_volumes_persistentvolumeclaims_info",
            "1x120",
            namespace=NAMESPACE,
            pod="p1",
            uid="p1",
            volume="v",
            persistentvolumeclaim=claim,
        ),
    )
    own = {"namespace": NAMESPACE if there else "science-dev", "persistentvolumeclaim": claim}
    return merged(found, ksm("kube_persistentvolumeclaim_info", "1x120", **own))


def _quota(used: int, hard: int, *, namespace: str = NAMESPACE) -> Series:
    key = {"namespace": namespace, "resourcequota": "quota", "resource": "requests.cpu"}
    return merged(
        ksm("kube_resourcequota", f"{used}x100", **key, type="used"),
        ksm("kube_resourcequota", f"{hard}x100", **key, type="hard"),
    )


def _refusals(values: str) -> Series:
    return series(
        "apiserver_admission_controller_admission_duration_seconds_count",
        values,
        job="apiserver",
        name="ResourceQuota",
        operation="CREATE",
        rejected="true",
        type="validate",
    )


def _evicted(count: int, *, kept: float = 5) -> Series:
    """Executors that their node evicted, a minute apart; they leave no completion time."""
    return merged(
        *(
            merged(
                pod(f"e{n}", [("Running", 5 + n), ("Failed", kept)], role="executor"),
                ksm(
                    "kube_pod_status_reason",
                    f"_x{2 * (5 + n)} 1x{int(2 * kept) - 1} stale",
                    namespace=NAMESPACE,
                    pod=f"e{n}",
                    uid=f"e{n}",
                    reason="Evicted",
                ),
            )
            for n in range(count)
        )
    )


def _wants(executors: int, *, has: int, refusals: str, namespace: str = NAMESPACE) -> Series:
    """A running driver, its executors, and what the API server refuses."""
    return merged(
        pod("etl-driver", [("Running", 60)], namespace=namespace),
        *(pod(f"e{n}", [("Running", 60)], role="executor", namespace=namespace) for n in range(has)),
        series(
            "metrics_spark_driver_ExecutorAllocationManager_executors_numberTargetExecutors_Value",
            f"{executors}x120",
            job="spark-driver",
            namespace=namespace,
            pod="etl-driver",
            type="gauges",
        ),
        _refusals(refusals),
    )


def _names(executors: int, *, has: int, own_metrics: bool = True, conf: bool = False) -> Series:
    """A running driver with a number of executors for its whole run, while the API server refuses pods."""
    events = series(
        "metrics_spark_driver_LiveListenerBus_queue_eventLog_numDroppedEvents_Count",
        "0x120",
        job="spark-driver",
        namespace=NAMESPACE,
        pod="etl-driver",
        type="counters",
    )
    wants = _wants(0, has=has, refusals="0+3x60")
    without = {name: values for name, values in wants.items() if "numberTargetExecutors" not in name}
    number = str(executors)
    return merged(
        without,
        events if own_metrics else {},
        application("etl", "RUNNING", "1x120", conf_executor_instances=number)
        if conf
        else application("etl", "RUNNING", "1x120", executor_instances=number),
    )


def _beside(*, fixed: bool) -> Series:
    """Two runs of one job while pods are refused: one wants four executors more, one has four too many.

    Args:
        fixed: whether their numbers are those of their definitions; else the drivers say them.
    """
    found = _refusals("0+3x60")
    for name, wanted, has in (("short", 5, 1), ("ample", 1, 5)):
        driver = {"job": "spark-driver", "namespace": NAMESPACE, "pod": f"{name}-driver"}
        wants = "metrics_spark_driver_ExecutorAllocationManager_executors_numberTargetExecutors_Value"
        lives = "metrics_spark_driver_LiveListenerBus_queue_eventLog_numDroppedEvents_Count"
        found = merged(
            found,
            pod(f"{name}-driver", [("Running", 60)], app=name, job="etl"),
            *(
                pod(f"{name}-{n}", [("Running", 60)], role="executor", app=name, job="etl")
                for n in range(has)
            ),
            series(lives, "0x120", **driver, type="counters")
            if fixed
            else series(wants, f"{wanted}x120", **driver, type="gauges"),
            application(name, "RUNNING", "1x120", executor_instances=str(wanted)) if fixed else {},
        )
    return found


SATURATED = {"severity": "warning", "signal": "saturation"}


def _kept(succeeded: int, failed: int, running: int) -> Series:
    """Executors' pods of a team, as the rules count them."""
    counts = {"Succeeded": succeeded, "Failed": failed, "Running": running}
    return merged(
        *(
            series(
                "spark:pods:count",
                f"{n}x100",
                namespace="data-dev",
                team="data",
                role="executor",
                phase=phase,
            )
            for phase, n in counts.items()
        )
    )


CASES = (
    Case(
        "SparkFinishedPodsMany",
        "10,100 finished pods are kept",
        _kept(10_000, 100, 5),
        "20m",
        [{"severity": "warning", "signal": "saturation"}],
    ),
    Case("SparkFinishedPodsMany", "most of 10,100 pods run", _kept(2000, 100, 8000), "20m"),
    Case(
        "SparkExecutorsEvicted",
        "three executors were evicted, and their pods are gone already",
        _evicted(3),
        "20m",
        [{**SATURATED, **WHO}],
    ),
    Case("SparkExecutorsEvicted", "two executors were evicted", _evicted(2), "20m"),
    Case(
        "SparkExecutorsEvicted",
        "three were evicted an hour ago, and their pods are kept",
        _evicted(3, kept=90),
        "70m",
    ),
    Case(
        "SparkExecutorsPending",
        "six of eight executors wait",
        _executors(6, 2),
        "20m",
        [{**SATURATED, **WHO, "role": "executor"}],
    ),
    Case("SparkExecutorsPending", "six of twenty wait: the job works", _executors(6, 14), "20m"),
    Case("SparkExecutorsPending", "four of five wait: too few to look", _executors(4, 1), "20m"),
    Case("SparkExecutorsPending", "six of eight have waited for ten minutes", _executors(6, 2), "10m"),
    *(
        Case(
            "SparkVolumeClaimMissing",
            f"the {role} waits for a claim that another namespace has",
            _mounting("tables", role=role),
            "4m",
            [
                {
                    **WHO,
                    "severity": "warning",
                    "signal": "latency",
                    "app": "etl",
                    "spark_job": "etl",
                    "persistentvolumeclaim": "tables",
                }
            ],
        )
        for role in ("driver", "executor")
    ),
    Case("SparkVolumeClaimMissing", "the claim is there", _mounting("tables", there=True), "20m"),
    Case("SparkVolumeClaimMissing", "somebody has deleted what runs on", _mounting("tables", waits=1), "20m"),
    Case("SparkVolumeClaimMissing", "a driver without claims waits", pod("d1", [("Pending", 30)]), "20m"),
    Case(
        "SparkNamespaceQuotaNearlyExhausted",
        "19 of 20 cores are taken, and executors of the team are refused",
        merged(_quota(19, 20), _wants(4, has=1, refusals="0+3x100")),
        "22m",
        [{**SATURATED, **WHO, "resourcequota": "quota", "resource": "requests.cpu"}],
    ),
    Case(
        "SparkNamespaceQuotaNearlyExhausted",
        "a team uses all that it has, and nothing is refused",
        merged(_quota(20, 20), _refusals("7x100")),
        "40m",
    ),
    Case(
        "SparkNamespaceQuotaNearlyExhausted",
        "19 of 20 cores are taken, and a driver of the team is refused",
        merged(_quota(19, 20), application("etl", "FAILED", "1x100"), _refusals("0+3x100")),
        "22m",
        [{**SATURATED, **WHO, "resourcequota": "quota", "resource": "requests.cpu"}],
    ),
    Case(
        "SparkNamespaceQuotaNearlyExhausted",
        "a team uses 19 of its 20 cores and lacks nothing, and another team's executors are refused",
        merged(
            _quota(19, 20),
            _quota(20, 20, namespace="science-dev"),
            _wants(4, has=1, refusals="0+3x100", namespace="science-dev"),
        ),
        "22m",
        [
            {
                **SATURATED,
                "namespace": "science-dev",
                "team": "science",
                "resourcequota": "quota",
                "resource": "requests.cpu",
            }
        ],
    ),
    Case(
        "SparkNamespaceQuotaNearlyExhausted",
        "executors of the team are on their way, and nothing is refused",
        merged(_quota(19, 20), _wants(4, has=1, refusals="7x100")),
        "22m",
    ),
    Case(
        "SparkNamespaceQuotaNearlyExhausted",
        "17 of 20 cores are taken",
        merged(_quota(17, 20), _wants(4, has=1, refusals="0+3x100")),
        "22m",
    ),
    Case(
        "SparkNamespaceQuotaNearlyExhausted",
        "a limit of 0 forbids, and is never used up",
        merged(_quota(0, 0), _wants(4, has=1, refusals="0+3x100")),
        "22m",
    ),
    Case(
        "SparkNamespaceQuotaNearlyExhausted",
        "a namespace that is no tenant's",
        merged(
            _quota(20, 20, namespace="spark-canary"),
            _wants(4, has=1, refusals="0+3x100", namespace="spark-canary"),
        ),
        "22m",
    ),
    Case(
        "SparkQuotaRefusingExecutors",
        "four executors are wanted, one is there, pods are refused",
        _wants(4, has=1, refusals="0+3x60"),
        "12m",
        [{**SATURATED, **WHO, "app": "etl", "spark_job": "etl"}],
    ),
    Case(
        "SparkQuotaRefusingExecutors",
        "none of the wanted executors is there",
        _wants(4, has=0, refusals="0+3x60"),
        "12m",
        [{**SATURATED, **WHO, "app": "etl", "spark_job": "etl"}],
    ),
    Case(
        "SparkQuotaRefusingExecutors",
        "all wanted executors are there",
        _wants(2, has=2, refusals="0+3x60"),
        "12m",
    ),
    Case(
        "SparkQuotaRefusingExecutors",
        "executors are on their way, and nothing is refused",
        _wants(4, has=1, refusals="5x60"),
        "12m",
    ),
    Case(
        "SparkQuotaRefusingExecutors",
        "a definition names four executors, one is there, pods are refused",
        _names(4, has=1),
        "12m",
        [{**SATURATED, **WHO, "app": "etl", "spark_job": "etl"}],
    ),
    Case(
        "SparkQuotaRefusingExecutors",
        "the properties name four executors, none is there, pods are refused",
        _names(4, has=0, conf=True),
        "12m",
        [{**SATURATED, **WHO, "app": "etl", "spark_job": "etl"}],
    ),
    *(
        Case(
            "SparkQuotaRefusingExecutors",
            f"a run lacks executors, and another one of its job has too many: {what}",
            _beside(fixed=fixed),
            "12m",
            [{**SATURATED, **WHO, "app": "short", "spark_job": "etl"}],
        )
        for what, fixed in (("drivers say so", False), ("their definitions say so", True))
    ),
    Case(
        "SparkQuotaRefusingExecutors",
        "all executors that a definition names are there",
        _names(4, has=4),
        "12m",
    ),
    Case(
        "SparkQuotaRefusingExecutors",
        "a driver that has not said yet whether its number changes",
        _names(4, has=1, own_metrics=False),
        "12m",
    ),
    Case(
        "SparkQuotaRefusingExecutors",
        "a definition names a first number, and the driver wants fewer by now",
        _names(4, has=2) | _wants(2, has=2, refusals="0+3x60"),
        "12m",
    ),
)
