"""What changed since the last green run, the likeliest cause first. Pure.

A change that makes another comes before it: more input makes more stages and another plan, not the other way
round; another image may bring another Spark. Within that order, what a verdict usually comes from goes
first: a run that lacks a module is looked at for its image, one that lacks memory for its input and sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What can change between two runs of a job, causes before what they bring about."""

    COMMIT = "commit"
    IMAGE = "image"
    SPARK = "spark"
    SIZES = "sizes"
    CONF = "conf"
    ARGUMENTS = "arguments"
    INPUT = "input"
    NODES = "nodes"
    PLAN = "plan"
    STAGES = "stages"


FIRST_FOR: Final[Mapping[str, tuple[Kind, ...]]] = {
    "OLD_HADOOP": (Kind.IMAGE, Kind.SPARK, Kind.CONF),
    "DEPENDENCY": (Kind.IMAGE, Kind.SPARK, Kind.COMMIT),
    "PY_MISMATCH": (Kind.IMAGE, Kind.CONF),
    "IMAGE_MISSING": (Kind.IMAGE,),
    "DATA_ERROR": (Kind.INPUT, Kind.COMMIT),
    "INPUT_MISSING": (Kind.ARGUMENTS, Kind.INPUT),
    "CONFIG": (Kind.CONF, Kind.SIZES),
    "DRIVER_OOM_KILLED": (Kind.SIZES, Kind.INPUT),
    "DRIVER_JVM_OOM": (Kind.SIZES, Kind.INPUT),
    "EXEC_OOM_KILLED": (Kind.SIZES, Kind.INPUT),
    "EXEC_JVM_OOM": (Kind.SIZES, Kind.INPUT),
    "DISK_FULL": (Kind.INPUT, Kind.SIZES),
    "TIMEOUT": (Kind.INPUT, Kind.SIZES),
    "RESULT_TOO_BIG": (Kind.INPUT, Kind.CONF),
    "UNSCHEDULABLE": (Kind.SIZES, Kind.NODES),
    "QUOTA_EXCEEDED": (Kind.SIZES,),
}
"""What to look at first for a verdict; all else follows in the order of `Kind`."""

NOTEWORTHY: Final = 0.25
"""Part by which the input has to grow or shrink to be a change: days differ by a tenth or two anyhow."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What a run ran with; what is not known is None or empty, and never a change.

    Args:
        commit: the commit that its definition or code is of.
        image: the image, by digest.
        spark: the release of Spark.
        sizes: cores, memory and instances, by field of the definition.
        conf: Spark's properties.
        arguments: the program's arguments, with marks in the place of the interval.
        input_bytes: bytes read.
        nodes: instance types of its pods' nodes.
        plans: hash of each query's plan without literals and ids, in order.
        stages: tasks of each stage, in order.
    """

    commit: str = ""
    image: str = ""
    spark: str = ""
    sizes: Mapping[str, str] = field(default_factory=dict)
    conf: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    input_bytes: int | None = None
    nodes: frozenset[str] = frozenset()
    plans: tuple[str, ...] = ()
    stages: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference.

    Args:
        kind: of what.
        what: the field or property; empty where the kind says it all.
        before: as it was in the green run.
        after: as it is now.
    """

    kind: Kind
    what: str
    before: str
    after: str


def changes(green: Snapshot, failed: Snapshot, code: str) -> list[Change]:
    """What changed since the last green run, the likeliest cause first.

    Args:
        green: the last run of the job that succeeded.
        failed: the run that did not.
        code: the failed run's verdict.
    """
    first = FIRST_FOR.get(code, ())
    order = [*first, *(kind for kind in Kind if kind not in first)]
    found = [change for compare in _COMPARED for change in compare(green, failed)]
    return sorted(found, key=lambda change: (order.index(change.kind), change.what))


def _texts(kind: Kind, name: str) -> Callable[[Snapshot, Snapshot], Iterator[Change]]:
    def compare(green: Snapshot, failed: Snapshot) -> Iterator[Change]:
        before, after = getattr(green, name), getattr(failed, name)
        if before and after and before != after:
            yield Change(kind=kind, what="", before=_shown(before), after=_shown(after))

    return compare


def _mappings(kind: Kind, name: str) -> Callable[[Snapshot, Snapshot], Iterator[Change]]:
    def compare(green: Snapshot, failed: Snapshot) -> Iterator[Change]:
        before, after = getattr(green, name), getattr(failed, name)
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                yield Change(kind=kind, what=key, before=before.get(key, "-"), after=after.get(key, "-"))

    return compare


def _input(green: Snapshot, failed: Snapshot) -> Iterator[Change]:
    before, after = green.input_bytes, failed.input_bytes
    if before is None or after is None or abs(after - before) <= NOTEWORTHY * max(before, after):
        return
    yield Change(kind=Kind.INPUT, what="bytes", before=str(before), after=str(after))


def _stages(green: Snapshot, failed: Snapshot) -> Iterator[Change]:
    """A run that fails ends early: only stages that both reached are compared, and their number is not."""
    reached = min(len(green.stages), len(failed.stages))
    if green.stages[:reached] != failed.stages[:reached]:
        yield Change(
            kind=Kind.STAGES,
            what="tasks",
            before=_shown(green.stages[:reached]),
            after=_shown(failed.stages[:reached]),
        )


def _plans(green: Snapshot, failed: Snapshot) -> Iterator[Change]:
    for number, (before, after) in enumerate(zip(green.plans, failed.plans, strict=False)):
        if before != after:
            yield Change(kind=Kind.PLAN, what=f"query {number}", before=before, after=after)
            return


def _shown(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return str(value)


_COMPARED: Final = (
    _texts(Kind.COMMIT, "commit"),
    _texts(Kind.IMAGE, "image"),
    _texts(Kind.SPARK, "spark"),
    _mappings(Kind.SIZES, "sizes"),
    _mappings(Kind.CONF, "conf"),
    _texts(Kind.ARGUMENTS, "arguments"),
    _input,
    _texts(Kind.NODES, "nodes"),
    _plans,
    _stages,
)
