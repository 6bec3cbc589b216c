"""What a job asks for in all, against what its namespace may have: counted before it is submitted. Pure.

Executors over the quota are asked for again every few seconds, for as long as the job runs. The bounds are
read from the namespace's own ResourceQuota, with annotations that say what a container counts for that asks
for nothing: a policy reads one object besides the job, and the LimitRange is another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.domain import ContainerLimits
from components.naming import PROJECT
from components.records.rights import JOBS, SPARK_GROUP
from components.spark.pod_templates import DRIVER_CONTAINER, EXECUTOR_CONTAINER
from components.tenants.admission_pods import ROLES
from components.tenants.admission_policy import Check, Parameter, Policy

DEFAULTS: Final = {"cpu": f"{PROJECT}/default-cpu", "memory": f"{PROJECT}/default-memory"}
"""Resource -> annotation of the quota with what the LimitRange has a container request that names nothing."""

_CONTAINERS: Final = {"driver": DRIVER_CONTAINER, "executor": EXECUTOR_CONTAINER}
_UNITS: Final = {"cpu": "* 1000.0", "memory": "/ 1048576.0"}
"""From a quantity to what is added up here: thousandths of a core, and MiB."""

_ENDS: Final = {"cpu": "cpu", "memory": "pod"}
"""Ends of the names of the roles' variables, for Spark's own container."""


def quota_annotations(limits: ContainerLimits) -> dict[str, str]:
    """Make the annotations of a namespace's quota.

    Args:
        limits: of its LimitRange.
    """
    return {DEFAULTS["cpu"]: limits.default_cpu, DEFAULTS["memory"]: limits.default_memory}


def _beside(role: str) -> dict[str, str]:
    """A role's containers other than Spark's, as lists in CEL: those beside it, and those before it.

    Of a template, Spark's is the one of its name, else the first; a sidecar of the same name as another
    container of it is laid over that. An init container that is always started again runs beside Spark.
    """
    where, own = f"variables.job.{role}", _CONTAINERS[role]
    sidecars, template = f"{where}.?sidecars.orValue([])", f"{where}.?template.?spec.?containers.orValue([])"
    spark = f"({template}.exists(each, each.name == '{own}') ? '{own}' : {template}[0].name)"
    before, first = (
        f"{where}.?initContainers.orValue([])",
        f"{where}.?template.?spec.?initContainers.orValue([])",
    )
    goes_on = "each.?restartPolicy.orValue('') == 'Always'"
    return {
        f"{role}init": f"{before} + {first}.filter(each, !{before}.exists(other, other.name == each.name))",
        f"{role}before": f"variables.{role}init.filter(each, {goes_on.replace('==', '!=')})",
        f"{role}beside": (
            f"{sidecars} + ({template}.size() < 2 ? [] : {template}.filter(each, each.name != {spark} && "
            f"!{sidecars}.exists(other, other.name == each.name))) + "
            f"variables.{role}init.filter(each, {goes_on})"
        ),
    }


def _requested(containers: str, resource: str) -> str:
    """What each of some containers counts for: of CPU the request, of memory the limit, no less than that.

    Without a request Kubernetes takes the limit, and without both the namespace's default.

    Args:
        containers: name of the variable that has them.
        resource: "cpu" or "memory".
    """
    default = f"params.metadata.?annotations[?'{DEFAULTS[resource]}'].orValue('0')"
    kinds = ("limits",) if resource == "memory" else ("requests", "limits")
    said = default
    for kind in reversed(kinds):
        said = f"each.?resources.?{kind}[?'{resource}'].orValue({said})"
    said = f"string({said})"
    return (
        f"variables.{containers}.map(each, isQuantity({said}) ? "
        f"int(quantity({said}).asApproximateFloat() {_UNITS[resource]} + 0.5) : 0)"
    )


def _variables() -> dict[str, str]:
    """The arithmetic: of a pod counts the sum of what runs together, or what runs before it if that is more.

    Each container before is taken alone, without what goes on beside it by then: the trial of
    apps/job_pods has the API server's own sum.
    """
    found: dict[str, str] = {}
    for role in ROLES:
        found |= _beside(role)
    for resource, end in _ENDS.items():
        for role in ROLES:
            before = _requested(f"{role}before", resource)
            found[f"{role}sum{end}"] = (
                f"variables.{role}{end} + {_requested(f'{role}beside', resource)}.sum()"
            )
            found[f"{role}all{end}"] = (
                f"variables.{role}before.size() == 0 ? variables.{role}sum{end} : "
                f"({before} + [variables.{role}sum{end}]).max()"
            )
        found[f"all{end}"] = f"variables.driverall{end} + variables.executors * variables.executorall{end}"
    return {**found, "claims": f"{_claims('driver')} + variables.executors * {_claims('executor')}"}


def _claims(role: str) -> str:
    """Volumes that are claimed for each pod of a role, as CEL.

    Spark claims some (MountVolumesFeatureStep), and Kubernetes those that are ephemeral.
    """
    prefix = f"spark.kubernetes.{role}.volumes.persistentVolumeClaim."
    mounts = f"variables.job.{role}.volumeMounts"
    return (
        f"(variables.conf.filter(key, key.startsWith('{prefix}') && key.endsWith('.options.claimName') && "
        f"variables.conf[key] == 'OnDemand').size() + (!has(variables.job.volumes) || !has({mounts}) ? 0 : "
        f"variables.job.volumes.filter(each, has(each.ephemeral) && "
        f"{mounts}.exists(mount, mount.name == each.name)).size()))"
    )


def _devices(role: str, pods: str) -> str:
    """The devices that a role's pods ask for are no more than the namespace may have, as CEL."""
    gpu = f"variables.job.{role}.gpu"
    hard = f"'requests.' + {gpu}.name"
    return (
        f"(!has({gpu}) || !({hard} in params.spec.hard) || double({gpu}.quantity * {pods}) <= "
        f"quantity(string(params.spec.hard[{hard}])).asApproximateFloat())"
    )


def _sum(end: str, unit: str, what: str = "") -> str:
    """The arithmetic in words, as CEL text."""
    others = " + ".join(f"variables.{role}{each}.size()" for role in ROLES for each in ("beside", "before"))
    return (
        f"string(variables.driverall{end}) + '{unit} for the driver, and ' + string(variables.executors) + "
        f"' x ' + string(variables.executorall{end}) + '{unit} for executors{what}' + "
        f"({others} == 0 ? '' : ', with their sidecars and init containers')"
    )


def _hard(key: str) -> str:
    return f"quantity(string(params.spec.hard['{key}'])).asApproximateFloat()"


def quota_policy(sizes: Mapping[str, str]) -> Policy:
    """Make the rules for what a job asks for in all.

    Args:
        sizes: variables for the size of each role's pods, and their number.
    """
    return Policy(
        subject="quota",
        kinds={SPARK_GROUP: JOBS},
        of_spec=True,
        variables={**sizes, **_variables()},
        parameter=Parameter("v1", "ResourceQuota", "quota"),
        checks=(
            Check(
                f"double(variables.allcpu) <= {_hard('requests.cpu')} * 1000.0 + 0.5",
                f"'spec asks for ' + string(variables.allcpu) + 'm CPU, and the namespace may have ' + "
                f"string(params.spec.hard['requests.cpu']) + ': ' + {_sum('cpu', 'm')} + "
                "'. Lower executor.instances, cores or coreRequest'",
                "the job could never have all that it waits for",
            ),
            Check(
                f"double(variables.allpod) * 1048576.0 <= {_hard('requests.memory')}",
                "'spec asks for ' + string(variables.allpod) + 'Mi of memory, and the namespace may have ' + "
                "string(params.spec.hard['requests.memory']) + ': ' + "
                f"{_sum('pod', 'Mi', ', overhead included')} + "
                "'. Lower executor.instances, memory or memoryOverhead'",
                "the job could never have all that it waits for",
            ),
            Check(
                f"double(variables.executors + 1) <= {_hard('pods')}",
                "'spec asks for ' + string(variables.executors + 1) + ' pods, and the namespace may have ' + "
                "string(params.spec.hard['pods']) + '. Lower executor.instances'",
                "the job could never have all that it waits for",
            ),
            Check(
                "!('persistentvolumeclaims' in params.spec.hard) || variables.claims == 0 || "
                f"double(variables.claims) <= {_hard('persistentvolumeclaims')}",
                "'spec claims ' + string(variables.claims) + ' volumes, and the namespace may "
                "have ' + string(params.spec.hard['persistentvolumeclaims']) + '. Leave the claims out, as "
                "pods have scratch space, lower executor.instances, or have the platform raise quota.pvcs'",
                "executors are made and deleted again for as long as the job runs",
            ),
            Check(
                f"{_devices('driver', '1')} && {_devices('executor', 'variables.executors')}",
                "'spec.driver.gpu and spec.executor.gpu ask for more devices than the namespace may have: "
                "lower their quantity, or executor.instances'",
                "the job could never have all that it waits for",
            ),
        ),
    )
