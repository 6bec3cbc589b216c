"""The canary: whose it is, what it runs, and when. Pure.

A small job on a schedule goes through everything that a tenant's job goes through: API server, operator,
spark-submit, quota, scheduler, image, object store, event log, history server. A checker reads from the
history server that it did (apps/canary_checker).
"""

from __future__ import annotations

from typing import Any, Final

from components.domain import ContainerLimits, Quota, Tenant
from components.naming import CANARY_NAMESPACE, DRIVER_ACCOUNT, EXECUTOR_ACCOUNT, POOL_LABEL
from components.observability.rule_model import CanaryTimes
from components.spark.conf_java import ONE_COMPILER

Spec = dict[str, Any]

SCHEDULE: Final = "spark-pi"
"""Name of the schedule; the operator appends 20 characters for each run."""

CHECK_SECONDS: Final = 30
"""Time between two checks: a quarter of the time in which an alert wants to know."""

_CPU: Final = "200m"
"""Reserved for driver and executor each: less than they may use, as they run for half a minute."""

_MEMORY: Final = "512m"
"""Heap of each, the least that Spark takes; their pods get 1,024 MiB."""

RUN_SECONDS: Final = 420
"""Five minutes for a run on a platform that is well, and two until the history server shows it; the checker's
own patience (apps/canary_checker/verdict.py)."""

_USUAL_RUN_SECONDS: Final = 120
"""From a run's creation until a look finds it good, on a platform that is well and has nodes."""

_MINUTES_PER_HOUR: Final = 60
_SECONDS_PER_MINUTE: Final = 60

CANARY_TENANT: Final = Tenant(
    team="spark",
    environment="canary",
    # Driver, executor and checker, and nothing more: a canary that runs twice at once is none.
    quota=Quota(cpu="500m", memory="2304Mi", pods=3),
    limits=ContainerLimits(default_cpu="50m", default_memory="128Mi", max_cpu="1", max_memory="1Gi"),
)
"""The canary is a tenant like the others, so that what it proves holds for them."""

assert CANARY_TENANT.namespace == CANARY_NAMESPACE  # noqa: S101 - a name that is written twice


KEPT_SECONDS: Final = 86_400
"""Longest that an ended run is there, for a schedule that is stopped: two of each outcome stay otherwise."""


def schedule(interval_minutes: int) -> str:
    """Make the cron expression.

    Args:
        interval_minutes: minutes from one run to the next; a divisor of 60.

    Raises:
        ValueError: runs would not be evenly spaced.
    """
    if interval_minutes < 1 or _MINUTES_PER_HOUR % interval_minutes:
        raise ValueError(f"canary: every {interval_minutes} minutes; write a divisor of 60, such as 5 or 30")
    return "0 * * * *" if interval_minutes == _MINUTES_PER_HOUR else f"*/{interval_minutes} * * * *"


def deadline_seconds(interval_minutes: int) -> int:
    """Age of the last success from which on the canary counts as failing.

    Two intervals, because one run may be lost to a restart of some part; then a run's time, and the history
    server's.

    Args:
        interval_minutes: minutes from one run to the next.
    """
    return 2 * interval_minutes * _SECONDS_PER_MINUTE + RUN_SECONDS


def patience_seconds(interval_minutes: int, *, cold_nodes: bool = False) -> int:
    """Time without a good look after which a link that looks broken is taken for broken.

    The verdict on a lost run stands until the next one ends, so one interval and a run's time.

    Args:
        interval_minutes: minutes from one run to the next.
        cold_nodes: True where nodes are started for a run, as its driver's and its executor's are on AWS.
    """
    return interval_minutes * _SECONDS_PER_MINUTE + usual_run_seconds(cold_nodes=cold_nodes)


def times(interval_minutes: int, *, cold_nodes: bool = False) -> CanaryTimes:
    """What the alert is told of the canary.

    Args:
        interval_minutes: minutes from one run to the next.
        cold_nodes: True where nodes are started for a run.
    """
    return CanaryTimes(
        deadline_seconds=deadline_seconds(interval_minutes),
        patience_seconds=patience_seconds(interval_minutes, cold_nodes=cold_nodes),
    )


def usual_run_seconds(*, cold_nodes: bool = False) -> int:
    """From a run's creation until a look finds it good, on a platform that is well.

    Args:
        cold_nodes: True where nodes are started for a run: it then takes up to the checker's own patience.
    """
    return RUN_SECONDS if cold_nodes else _USUAL_RUN_SECONDS


def canary_spec(
    *, interval_minutes: int, image: str, spark_version: str, driver_pool: str | None = None
) -> Spec:
    """Make the spec of the ScheduledSparkApplication.

    Args:
        interval_minutes: minutes from one run to the next.
        image: reference of the Spark image.
        spark_version: its release.
        driver_pool: node pool of drivers, where nodes come in pools. The executor then runs there as well:
            one small node is started for a run, and gone a minute after it, instead of two.

    Raises:
        ValueError: the interval is no divisor of an hour.
    """
    pod = {"cores": 1, "coreRequest": _CPU, "memory": _MEMORY, "javaOptions": ONE_COMPILER}
    return {
        "schedule": schedule(interval_minutes),
        "timeZone": "UTC",
        # A run that hangs makes room for the next, which then shows that the fault is over. Never left out:
        # operator 2.5.2 then runs the job once and never again.
        "concurrencyPolicy": "Replace",
        # The checker reads the last runs; more of them would only hold finished pods.
        "successfulRunHistoryLimit": 2,
        "failedRunHistoryLimit": 2,
        "template": {
            "type": "Python",
            "mode": "cluster",
            "sparkVersion": spark_version,
            "image": image,
            "imagePullPolicy": "IfNotPresent",
            # In the image, so that the first thing the job needs from the store is its event log.
            "mainApplicationFile": "local:///opt/spark/examples/src/main/python/pi.py",
            "arguments": ["2"],
            # A retry would hide what failed, and by deleting the driver also why.
            "restartPolicy": {"type": "Never"},
            # However short tenants' runs stay: the checker looks at ended ones.
            "timeToLiveSeconds": KEPT_SECONDS,
            "driver": {**pod, "serviceAccount": DRIVER_ACCOUNT},
            "executor": {**pod, "instances": 1, "serviceAccount": EXECUTOR_ACCOUNT},
            "sparkConf": {
                "spark.app.name": SCHEDULE,
                # One executor, which has to come: without one the run hangs, and that is seen.
                "spark.dynamicAllocation.enabled": "false",
                **(
                    {f"spark.kubernetes.executor.node.selector.{POOL_LABEL}": driver_pool}
                    if driver_pool
                    else {}
                ),
            },
        },
    }
