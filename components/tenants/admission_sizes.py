"""What a job's pods will ask for, and that it fits a container's bounds: before the job is submitted. Pure.

A driver over them fails with a stack trace; executors over them are asked for again, for as long as the job
runs. The size is Spark's (BasicDriverFeatureStep, BasicExecutorFeatureStep, ResourceProfile
and ExecutorAllocationManager of 4.1.2), with what apps/job_pods adds. The bounds are read from the
namespace's own ResourceQuota and LimitRange.
"""

from __future__ import annotations

from typing import Final

from components.domain import OVERHEAD_FACTOR, OVERHEAD_MIN_MIB, PodSize
from components.records.rights import JOBS, SPARK_GROUP
from components.tenants import admission_executors
from components.tenants.admission_pods import ROLES
from components.tenants.admission_policy import CONF, JOB, Check, Parameter, Policy
from components.tenants.admission_quota import quota_policy

NON_JVM_FACTOR: Final = "0.4"
"""Spark's factor for Python and R (NON_JVM_MEMORY_OVERHEAD_FACTOR); apps/job_pods hands it on."""

LEAST_HEAP_MIB: Final = 466
"""Least heap that Spark starts with: 1.5 times the 300 MiB that it reserves, of what the JVM counts as its
own (UnifiedMemoryManager, Runtime.maxMemory). The serial collector, which Java takes on one core, leaves out
a survivor space: of 464 MiB it counts 448.6, of 466 MiB 450.5 (Java 17)."""

TASK_CPUS: Final = "spark.task.cpus"
"""How many of its executor's cores a task takes; Spark has 1."""

_MEMORY: Final = "^[0-9]+([kmgtp]?b?)$"
"""Spark's sizes (JavaUtils.byteStringAs), in small letters; a number alone is in MiB for these properties."""

_UNITS: Final = {"t": "* 1048576", "g": "* 1024", "m": "", "k": "/ 1024"}
_CONTAINERS: Final = "params.spec.limits.filter(each, each.type == 'Container' && has(each.max))"


def _mib(text: str) -> str:
    """A size in MiB, as CEL; 0 for one that is none."""
    lower = f"{text}.lowerAscii()"
    digits = f"int({lower}.replace('b', '')" + "".join(f".replace('{each}', '')" for each in "kmgtp") + ")"
    branches = "".join(
        f"{lower}.contains('{unit}') ? {digits} {factor} : " for unit, factor in _UNITS.items()
    )
    in_bytes = f"{lower}.endsWith('b') ? {digits} / 1048576 : {digits}"
    return f"(!{lower}.matches('{_MEMORY}') ? 0 : {branches}{in_bytes})"


def _first(role: str, field: str | None, *keys: str, default: str) -> str:
    """What a definition says: its field, else the first of some properties, else a default; as CEL text."""
    text = default
    for key in reversed(keys):
        text = f"'{key}' in variables.conf ? variables.conf['{key}'] : ({text})"
    if field is None:
        return f"({text})"
    where = f"variables.job.{role}"
    return f"(has({where}.{field}) ? string({where}.{field}) : ({text}))"


def _role(role: str, size: PodSize) -> dict[str, str]:
    """Variables of one role: what its pods ask for."""
    cores = _first(role, "cores", f"spark.{role}.cores", default="''")
    request = _first(
        role, "coreRequest", f"spark.kubernetes.{role}.request.cores", default=f"variables.{role}cores"
    )
    limit = _first(role, "coreLimit", f"spark.kubernetes.{role}.limit.cores", default="''")
    overhead = _first(role, "memoryOverhead", f"spark.{role}.memoryOverhead", default="''")
    factor = _first(role, None, f"spark.{role}.memoryOverheadFactor", default="variables.factor")
    made = {
        f"{role}cores": f"{cores} == '' ? '{size.cpu_request}' : {cores}",
        f"{role}request": request,
        f"{role}cpu": (
            f"isQuantity(variables.{role}request) ? "
            f"int(quantity(variables.{role}request).asApproximateFloat() * 1000.0 + 0.5) : 0"
        ),
        f"{role}limit": limit,
        f"{role}most": (
            f"isQuantity(variables.{role}limit) ? "
            f"int(quantity(variables.{role}limit).asApproximateFloat() * 1000.0 + 0.5) : 0"
        ),
        f"{role}memory": _first(role, "memory", f"spark.{role}.memory", default=f"'{size.memory}'"),
        f"{role}heap": _mib(f"variables.{role}memory"),
        f"{role}own": overhead,
        f"{role}min": _first(role, None, f"spark.{role}.minMemoryOverhead", default=f"'{OVERHEAD_MIN_MIB}m'"),
        f"{role}least": _mib(f"variables.{role}min"),
        f"{role}overhead": (
            f"variables.{role}own != '' ? {_mib(f'variables.{role}own')} : "
            f"(int(double({factor}) * double(variables.{role}heap)) > variables.{role}least ? "
            f"int(double({factor}) * double(variables.{role}heap)) : variables.{role}least)"
        ),
        f"{role}pod": f"variables.{role}heap + variables.{role}overhead",
    }
    if role == "executor":
        python = _first(role, None, "spark.executor.pyspark.memory", default="'0'")
        off_heap = _first(role, None, "spark.memory.offHeap.size", default="'0b'")
        made["executorpod"] += (
            f" + {_mib(python)} + ({admission_executors.boolean('spark.memory.offHeap.enabled')} ? "
            f"{_mib(off_heap)} : 0)"
        )
    return made


def _variables(driver: PodSize, executor: PodSize) -> dict[str, str]:
    return {
        "job": JOB,
        "conf": CONF,
        "python": (
            "has(variables.job.mainApplicationFile) && "
            "variables.job.mainApplicationFile.matches('[.](py|R|r)$')"
        ),
        "said": (
            "has(variables.job.memoryOverheadFactor) ? variables.job.memoryOverheadFactor : "
            "('spark.kubernetes.memoryOverheadFactor' in variables.conf ? "
            "variables.conf['spark.kubernetes.memoryOverheadFactor'] : "
            f"(variables.python ? '{NON_JVM_FACTOR}' : '{OVERHEAD_FACTOR}'))"
        ),
        "factor": "variables.said.matches('^[0-9]+([.][0-9]+)?$') ? variables.said : '0'",
        **_role("driver", driver),
        **_role("executor", executor),
        **admission_executors.VARIABLES,
    }


def _limit(role: str) -> str:
    """A role's limit of CPU in words, as CEL text."""
    return f"(variables.{role}limit == '' ? 'none' : variables.{role}limit)"


def sizes_policies(driver: PodSize, executor: PodSize, *, task_cpus: str) -> tuple[Policy, ...]:
    """Make the rules for sizes.

    Args:
        driver: size of a driver that names none.
        executor: size of an executor that names none.
        task_cpus: cores that a task of a job takes which names none.
    """
    variables = _variables(driver, executor)
    tasks = {
        "task": f"'{TASK_CPUS}' in variables.conf ? variables.conf['{TASK_CPUS}'].trim() : '{task_cpus}'",
        "slots": _first("executor", "cores", "spark.executor.cores", default=f"'{executor.cores}'"),
    }
    return _written({**variables, **tasks}), quota_policy(variables), _limits(variables)


def _written(variables: dict[str, str]) -> Policy:
    """Sizes that Spark or Kubernetes would not read."""
    memory = " && ".join(
        f"variables.{role}memory.lowerAscii().matches('{_MEMORY}') && (variables.{role}own == '' || "
        f"variables.{role}own.lowerAscii().matches('{_MEMORY}'))"
        for role in ROLES
    )
    return Policy(
        subject="sizes",
        kinds={SPARK_GROUP: JOBS},
        of_spec=True,
        variables=variables,
        checks=(
            Check(
                f"({memory})",
                "'spec.driver and spec.executor: memory and memoryOverhead are Java\\'s sizes, such as 512m "
                "or 4g, not ' + [variables.drivermemory, variables.driverown, variables.executormemory, "
                f"variables.executorown].filter(each, each != '' && !each.lowerAscii().matches('{_MEMORY}'))"
                ".join(', ') + '. Write m for Mi and g for Gi'",
                "Spark refuses the number in a stack trace, or says that it must be positive",
            ),
            Check(
                "(variables.drivercpu > 0 && variables.executorcpu > 0)",
                "'spec.driver and spec.executor: coreRequest must be a quantity of CPU such as 500m or 2, "
                "not ' + variables.driverrequest + ' and ' + variables.executorrequest",
                "the driver's pod is refused, or the driver asks for executors that nobody makes",
            ),
            Check(
                " && ".join(
                    f"(variables.{role}limit == '' || variables.{role}most >= variables.{role}cpu)"
                    for role in ROLES
                ),
                "'spec.driver and spec.executor: coreLimit must be a quantity of CPU and no less than what "
                f"the pod requests: ' + {_limit('driver')} + ' for ' + string(variables.drivercpu) + "
                f"'m, ' + {_limit('executor')} + ' for ' + string(variables.executorcpu) + "
                "'m. Raise coreLimit, or lower cores or coreRequest'",
                "the API server refuses the pod: executors are asked for as long as the job runs",
            ),
            Check(
                "variables.said == variables.factor && double(variables.factor) > 0.0",
                "'spec.memoryOverheadFactor must be a number such as 0.2, over 0, not ' + variables.said",
                "the submission fails in a stack trace",
            ),
            Check(
                " && ".join(
                    f"(variables.{role}memory == '' || variables.{role}heap == 0 || "
                    f"variables.{role}heap >= {LEAST_HEAP_MIB})"
                    for role in ROLES
                ),
                f"'spec.driver.memory and spec.executor.memory must be {LEAST_HEAP_MIB}m or more, not ' + "
                "variables.drivermemory + ' and ' + variables.executormemory + ': Spark keeps 300 MiB to "
                "itself. Write 512m or more'",
                "the driver ends at its start",
            ),
            Check(
                # What is no number has a rule of its own.
                "(!variables.task.matches('^[0-9]{1,9}$') || !variables.slots.matches('^[0-9]{1,9}$') || "
                "int(variables.task) <= int(variables.slots))",
                f"'spec.sparkConf: {TASK_CPUS} is ' + variables.task + ', and an executor has ' + "
                "variables.slots + ' cores: no task could run. Lower it, or raise spec.executor.cores'",
                "the driver ends at its start",
            ),
            *admission_executors.CHECKS,
        ),
    )


def _within(resource: str, variable: str, unit: str) -> str:
    """Both roles fit what a container may have of a resource, as CEL.

    Args:
        resource: "cpu" or "memory".
        variable: end of the names of the roles' variables.
        unit: what a limit's number is divided by to be in the unit of the variables.
    """
    most = f"quantity(string(each.max['{resource}'])).asApproximateFloat() / {unit} + 0.001"
    fits = " && ".join(f"double(variables.{role}{variable}) <= {most}" for role in ROLES)
    return f"{_CONTAINERS}.all(each, !('{resource}' in each.max) || ({fits}))"


def _pod(role: str) -> str:
    """What a role's pod asks for, and why, in words, as CEL text."""
    return (
        f"string(variables.{role}pod) + 'Mi (' + string(variables.{role}heap) + 'Mi and ' + "
        f"string(variables.{role}overhead) + 'Mi overhead)"
    )


def _limits(variables: dict[str, str]) -> Policy:
    return Policy(
        subject="limits",
        kinds={SPARK_GROUP: JOBS},
        of_spec=True,
        variables=variables,
        parameter=Parameter("v1", "LimitRange", "limits"),
        checks=(
            Check(
                _within("cpu", "most", "0.001"),
                f"'spec.driver and spec.executor: coreLimit is ' + {_limit('driver')} + ' and ' + "
                f"{_limit('executor')} + '; a container may have ' + "
                f"string({_CONTAINERS}[0].max['cpu']) + '. Lower coreLimit'",
                "the driver fails at its submission, executors are refused for as long as the job runs",
            ),
            Check(
                _within("cpu", "cpu", "0.001"),
                "'spec.driver asks for ' + string(variables.drivercpu) + 'm CPU and spec.executor for ' + "
                "string(variables.executorcpu) + 'm; a container may have ' + "
                f"string({_CONTAINERS}[0].max['cpu']) + '. Lower cores or coreRequest'",
                "the driver fails at its submission, executors are refused for as long as the job runs",
            ),
            Check(
                _within("memory", "pod", "1048576.0"),
                f"'spec.driver asks for ' + {_pod('driver')} and spec.executor for ' + {_pod('executor')}; "
                f"a container may have ' + string({_CONTAINERS}[0].max['memory']) + '. Lower memory or "
                "memoryOverhead'",
                "the driver fails at its submission, executors are refused for as long as the job runs",
            ),
        ),
    )
