"""What driver and executors ask for: what the job says, else what EMR would have given them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from emr.model.job import Form
from emr.model.ledger import Level
from emr.model.tree import Leaf
from emr.translate import instances
from emr.translate.draft import Draft

_SIZE: Final = re.compile(r"(?i)(\d+)([kmgt]?)b?")
_UNITS: Final = {"": 1.0, "k": 1 / 1024, "m": 1.0, "g": 1024.0, "t": 1024.0 * 1024}
_DYNAMIC: Final = "spark.dynamicAllocation."
_SERVERLESS: Final = {"memory": "14g", "cores": "4"}
"""A worker of EMR Serverless of which nobody says the size (its guide, "Spark properties")."""

_PLAIN: Final = {"memory": "1g", "cores": "1"}
"""What Spark itself gives where nobody says (memory of both roles, cores on Kubernetes)."""


@dataclass(kw_only=True)
class Size:
    """What a role asks for.

    Args:
        memory: heap, as Spark writes it.
        cores: tasks at a time.
        overhead: memory beside the heap; empty for the platform's factor.
        request: CPU, where it is another number than the cores; empty otherwise.
    """

    memory: str
    cores: int
    overhead: str = ""
    request: str = ""

    def written(self) -> dict[str, Any]:
        """Fields of the role."""
        found: dict[str, Any] = {"cores": self.cores, "memory": self.memory}
        if self.request:
            found["coreRequest"] = self.request
        if self.overhead:
            found["memoryOverhead"] = self.overhead
        return found


def mib(text: str) -> int:
    """A size in MiB; 0 for what is none. A number alone is MiB.

    Args:
        text: such as `11g`, `4743M` or `512`.
    """
    match = _SIZE.fullmatch(text.strip())
    return ceil(int(match[1]) * _UNITS[match[2].lower()]) if match else 0


def _memory(draft: Draft, key: str, default: str) -> str:
    found = draft.conf.pop(key, None)
    if found is None:
        return default
    if not mib(found.text):
        draft.note(
            found, Level.BLOCKED, "SIZE", f"{key} is no size that Spark reads", "write a number with m or g"
        )
        return default
    unit = found.text.strip().lower()
    return f"{unit}m" if unit.isdigit() else unit.removesuffix("b")


def _whole(draft: Draft, key: str) -> int | None:
    found = draft.conf.pop(key, None)
    if found is None:
        return None
    if not re.fullmatch(r"\d{1,6}", found.text.strip()):
        draft.note(found, Level.BLOCKED, "NUMBER", f"{key} is no whole number", "write one")
        return None
    return int(found.text)


def driver(draft: Draft) -> Size:
    """The driver's size; its properties are taken out of those that are kept.

    Args:
        draft: of the job.
    """
    usual = _SERVERLESS if draft.work.cluster.form is Form.SERVERLESS else _PLAIN
    if draft.work.cluster.form is Form.JOB_FLOW:
        usual = {"memory": "2g", "cores": "1"}
    memory = _memory(draft, "spark.driver.memory", usual["memory"])
    cores = _whole(draft, "spark.driver.cores") or int(usual["cores"])
    return Size(memory=memory, cores=cores, overhead=_overhead(draft, "driver", memory))


def _overhead(draft: Draft, role: str, memory: str) -> str:
    """What stands there, or what EMR adds by itself."""
    said = _memory(draft, f"spark.{role}.memoryOverhead", "")
    factor = draft.conf.get(f"spark.{role}.memoryOverheadFactor")
    if said or factor is not None or draft.work.cluster.form is not Form.JOB_FLOW:
        return said
    return f"{instances.overhead_mib(mib(memory))}m"


def executor(draft: Draft) -> Size:
    """An executor's size; its properties are taken out of those that are kept.

    Args:
        draft: of the job.
    """
    cluster = draft.work.cluster
    on = instances.node(cluster) if cluster.form is Form.JOB_FLOW else None
    derived = instances.default_executor(on, maximize=cluster.maximize) if on else None
    usual = _SERVERLESS if cluster.form is Form.SERVERLESS else _PLAIN
    asked = "spark.executor.memory" in draft.conf
    memory = _memory(draft, "spark.executor.memory", f"{derived[0]}m" if derived else usual["memory"])
    cores = _whole(draft, "spark.executor.cores") or (derived[1] if derived else int(usual["cores"]))
    size = Size(memory=memory, cores=cores, overhead=_overhead(draft, "executor", memory))
    if not asked and (derived or cluster.form in (Form.JOB_FLOW, Form.COMMAND)):
        _note_derived(draft, size, on)
    if on is not None:
        _share(draft, size, on)
    return size


def _note_derived(draft: Draft, size: Size, on: instances.Node | None) -> None:
    source = (
        f"what EMR works out for {on.name}"
        if on
        else "Spark's own default, as the nodes that the job has today are not known"
    )
    draft.note(
        draft.job.at,
        Level.BY_HAND,
        "SIZE_DERIVED",
        f"the job does not say how large its executors are: {size.memory} and {size.cores} cores is {source}",
        "compare it with spark.executor.memory and .cores in the history server of EMR",
    )


def _share(draft: Draft, size: Size, on: instances.Node) -> None:
    """CPU by executor: YARN counts memory alone, and so EMR runs more tasks on a node than it has CPUs."""
    number = instances.per_node(on, mib(size.memory), mib(size.overhead))
    share = max(1, int(on.vcpu / number * 1000))
    if share >= size.cores * 1000:
        return
    size.request = f"{share}m" if share % 1000 else str(share // 1000)
    draft.note(
        draft.job.at,
        Level.CHANGED,
        "CPU",
        f"on {on.name} YARN puts {number} executors of {size.cores} tasks on {on.vcpu} CPUs: cores "
        f"stays {size.cores}, and "
        f"{size.request} CPU is asked for",
        "raise coreRequest if the tasks compute rather than wait",
    )


def number(draft: Draft, size: Size) -> dict[str, Any]:
    """How many executors: `executor.instances`, or a section `dynamicAllocation`, as parts of the spec.

    Args:
        draft: of the job; what says it is taken out of the properties that are kept.
        size: of an executor.
    """
    fixed = _whole(draft, "spark.executor.instances")
    enabled = draft.conf.pop(f"{_DYNAMIC}enabled", None)
    least = _whole(draft, f"{_DYNAMIC}minExecutors")
    first = _whole(draft, f"{_DYNAMIC}initialExecutors")
    most = _most(draft)
    draft.conf.pop(f"{_DYNAMIC}shuffleTracking.enabled", None)
    on = enabled is not None and enabled.text.strip().lower() == "true"
    off = enabled is not None and not on
    if off or (fixed is not None and not on and most is None):
        return {"instances": fixed if fixed is not None else 2}
    bound = most if most is not None else _room(draft, size)
    floor = max(1, least or 0)
    section: dict[str, Any] = {"enabled": True, "minExecutors": floor}
    if least == 0:
        draft.note(
            draft.job.at,
            Level.CHANGED,
            "MIN_EXECUTORS",
            "minExecutors 0 is 1 here: Airflow's operator refuses 0",
        )
    start = first if first is not None else fixed
    if bound is not None:
        section["maxExecutors"] = max(bound, floor)
    if start is not None:
        section["initialExecutors"] = min(max(start, floor), section.get("maxExecutors", start) or start)
    return {"dynamicAllocation": section}


def _most(draft: Draft) -> int | None:
    found: Leaf | None = draft.conf.get(f"{_DYNAMIC}maxExecutors")
    if found is not None and found.text.strip().lower() in ("infinity", "2147483647"):
        draft.conf.pop(f"{_DYNAMIC}maxExecutors")
        draft.note(
            found,
            Level.CHANGED,
            "MAX_EXECUTORS",
            "without a bound one job takes its team's whole quota: the platform's bound counts",
            "set maxExecutors if the job needs more",
        )
        return None
    return _whole(draft, f"{_DYNAMIC}maxExecutors")


def _room(draft: Draft, size: Size) -> int | None:
    """Executors for which the cluster has room beside a driver; None if its nodes are not known."""
    cluster = draft.work.cluster
    on = instances.node(cluster) if cluster.form is Form.JOB_FLOW else None
    nodes = instances.workers(cluster)
    if on is None or not nodes:
        return None
    return max(1, nodes * instances.per_node(on, mib(size.memory), mib(size.overhead)) - 1)
