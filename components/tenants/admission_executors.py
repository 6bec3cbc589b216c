"""How many executors a job asks for, and numbers of them that end its driver at the start. Pure.

Spark ends a driver whose number at the start is not between the least and the most, whose least is over its
most, or whose most is 0 (ExecutorAllocationManager.validateSettings and
SchedulerBackendUtils.getInitialTargetExecutorNumber of 4.1.2). The number at the start is the greatest of the
least, `initialExecutors` and `spark.executor.instances`. Over the platform's most, apps/job_pods lifts that;
over a job's own there is no telling which of the two is meant.
"""

from __future__ import annotations

from typing import Final

from components.tenants.admission_policy import Check

DEFAULT_INSTANCES: Final = 2
"""Executors of a job without dynamic allocation that names no number (SchedulerBackendUtils)."""

_DYNAMIC: Final = "spark.dynamicAllocation."
_INSTANCES: Final = "spark.executor.instances"
_SECTION: Final = "variables.job.dynamicAllocation"


def boolean(key: str) -> str:
    """That a property is there and true, as Spark reads it (ConfigHelpers.toBoolean), as CEL.

    Args:
        key: the property's; it stands in quotes of CEL, so it has none.
    """
    return f"('{key}' in variables.conf && variables.conf['{key}'].trim().lowerAscii() == 'true')"


def _conf(key: str) -> str:
    return f"('{key}' in variables.conf ? variables.conf['{key}'] : '')"


def _ranged(field: str) -> str:
    """A number of the range, as CEL text: the field, which counts only where the section is on."""
    return (
        f"variables.ranged && has({_SECTION}.{field}) ? string({_SECTION}.{field}) : "
        f"{_conf(f'{_DYNAMIC}{field}')}"
    )


VARIABLES: Final = {
    "ranged": f"has({_SECTION}) && has({_SECTION}.enabled) && {_SECTION}.enabled",
    "fixed": (
        f"!variables.ranged && ('{_DYNAMIC}enabled' in variables.conf ? !{boolean(f'{_DYNAMIC}enabled')} : "
        f"(has({_SECTION}) || (has(variables.job.executor.instances) || '{_INSTANCES}' in variables.conf) && "
        f"!variables.conf.exists(key, key.startsWith('{_DYNAMIC}'))))"
    ),
    "instances": (
        "has(variables.job.executor.instances) ? string(variables.job.executor.instances) : "
        f"{_conf(_INSTANCES)}"
    ),
    "minimum": _ranged("minExecutors"),
    "maximum": _ranged("maxExecutors"),
    "initial": _ranged("initialExecutors"),
    "floors": "[variables.minimum, variables.initial, variables.instances].filter(each, each != '')",
    "counted": (
        "(variables.fixed ? [variables.instances] : variables.floors + [variables.maximum])"
        ".filter(each, each != '')"
    ),
    "whole": "variables.counted.all(each, each.matches('^[0-9]{1,10}$'))",
    "executors": (
        "!variables.whole ? 1 : variables.fixed ? "
        f"(variables.instances == '' ? {DEFAULT_INSTANCES} : int(variables.instances)) : "
        "(variables.minimum != '' && int(variables.minimum) > 1 ? int(variables.minimum) : 1)"
    ),
}
"""Parts of the definition, on top of `job` and `conf`; `executors` is what the quota is asked for."""

CHECKS: Final = (
    Check(
        "variables.whole",
        "'spec.executor and spec.dynamicAllocation: a number of executors is whole and 0 or more, not ' + "
        "variables.counted.filter(each, !each.matches('^[0-9]{1,10}$')).join(', ')",
        "the driver ends at its start",
    ),
    Check(
        "(variables.fixed || !variables.whole || variables.maximum == '' || (int(variables.maximum) > 0 && "
        "variables.floors.all(each, int(each) <= int(variables.maximum))))",
        "'spec.dynamicAllocation.maxExecutors must be 1 or more, and no less than minExecutors, "
        "initialExecutors and executor.instances (' + variables.floors.join(', ') + '), not ' + "
        "variables.maximum + '. Raise it, or lower those'",
        "the driver ends at its start",
    ),
)
"""The rules."""
