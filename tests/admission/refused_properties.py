"""Jobs with properties that no driver could read, and what the answer says."""

from __future__ import annotations

from typing import Any

from tests.admission.jobs import conf, sized

PROPERTIES: dict[str, tuple[dict[str, Any], str]] = {
    "a task that takes more cores than an executor has": (
        sized(executor={"cores": 2}, sparkConf={"spark.task.cpus": "4"}),
        "spark.task.cpus is 4, and an executor has 2 cores: no task could run. Lower it, or raise "
        "spec.executor.cores",
    ),
    "the same with the executor's cores in a property": (
        conf(task__cpus="3", executor__cores="2"),
        "spark.task.cpus is 3, and an executor has 2 cores",
    ),
    "the same with an executor of the platform's cores": (
        conf(task__cpus="2"),
        "spark.task.cpus is 2, and an executor has 1 cores",
    ),
    "a number in words": (
        conf(sql__shuffle__partitions="many"),
        "spark.sql.shuffle.partitions is many. Spark reads none such there: it must be a whole number, 1 or "
        "more, and 2147483647 at most. Correct or remove it",
    ),
    "a number that no variable of Java holds": (
        conf(sql__shuffle__partitions="3000000000"),
        "spark.sql.shuffle.partitions is 3000000000",
    ),
    "no partitions at all": (conf(sql__shuffle__partitions="0"), "it must be a whole number, 1 or more"),
    "tasks of no core": (conf(task__cpus="0"), "spark.task.cpus is 0. Spark reads none such there"),
    "a heap in words": (
        sized(executor={"memory": None}, sparkConf={"spark.executor.memory": "2 gigs"}),
        "such as 512m or 4g, not 2 gigs",
    ),
    "a switch that is none": (
        conf(sql__adaptive__enabled="yes"),
        "spark.sql.adaptive.enabled is yes. Spark reads none such there: it must be true or false",
    ),
    "a size with a fraction": (
        conf(sql__autoBroadcastJoinThreshold="0.5g"),
        "spark.sql.autoBroadcastJoinThreshold is 0.5g. Spark reads none such there: it must be a size in",
    ),
    "a time in other units": (conf(network__timeout="5mins"), "spark.network.timeout is 5mins"),
    "a share in percent": (conf(memory__fraction="60%"), "spark.memory.fraction is 60%"),
    "an overhead of nothing": (
        conf(executor__memoryOverheadFactor="0"),
        "spark.executor.memoryOverheadFactor is 0. Spark reads none such there: it must be a number such as "
        "0.5, over 0",
    ),
}
