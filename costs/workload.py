"""A described workload: what runs, for how long, on what; read from a file and from the command line.

`parse` checks everything and reports all that is wrong at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import yaml

HOURS_MAX: Final = Decimal(744)
"""Hours in the longest month."""


class BadInputError(ValueError):
    """A description that can't be used, with everything that is wrong with it.

    Args:
        problems: one sentence each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        number = len(problems)
        head = f"{number} error{'s' if number > 1 else ''} in the input; nothing was computed."
        super().__init__("\n  ".join([head, *problems]))
        self.problems = tuple(problems)


@dataclass(frozen=True, kw_only=True)
class EmrCluster:
    """How the same work runs on EMR on EC2.

    Args:
        primary: instance type of the primary node.
        primaries: primary nodes: 1, or 3 for a cluster that survives losing one.
        primary_spot: True if the primary is on spot as well.
        instances: instance types of core and task nodes; none means those of the workload.
        nodes: core and task nodes; None means as many as YARN's memory asks for.
        start_minutes: minutes from asking for the cluster to the first task, paid on every node of a run.
        idle_minutes: minutes that a cluster waits after a run.
        volumes: False leaves out the volumes that EMR adds by itself to nodes without a local disk.
    """

    primary: str = "m5.xlarge"
    primaries: int = 1
    primary_spot: bool = False
    instances: tuple[str, ...] = ()
    nodes: int | None = None
    start_minutes: Decimal = Decimal(7)
    idle_minutes: Decimal = Decimal(0)
    volumes: bool = True


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What runs in a month.

    Args:
        name: what people call it.
        hours: hours a month that its executors run, as measured on EMR.
        runs: runs a month: each starts a cluster on EMR, and nodes here.
        executors: executors that run at a time.
        executor_cpu: CPU that one asks for, in cores.
        executor_memory_gib: memory that one asks for with its overhead, in GiB.
        spot_share: part of the executors on spot, in percent; the driver never is.
        instances: instance types of the executors' nodes, used in equal parts.
        nodes: executor nodes here; None means as many as the pods need.
        driver_cpu: CPU that the driver asks for, in cores.
        driver_memory_gib: memory that the driver asks for, in GiB.
        driver_instance: instance type of the driver's node here.
        run_time_ratio: run time here over run time on EMR (rho); 1 until a parallel run has measured it.
        node_extra_minutes: minutes per run that a node here is paid for beside the work: start and removal.
        volumes: False leaves out the root volumes of the nodes here.
        terabytes: TB processed a month; None if nobody counted.
        emr: the same work on EMR.
    """

    name: str
    hours: Decimal
    runs: Decimal
    executors: int
    executor_cpu: Decimal
    executor_memory_gib: Decimal
    instances: tuple[str, ...]
    spot_share: Decimal = Decimal(80)
    nodes: int | None = None
    driver_cpu: Decimal = Decimal(1)
    driver_memory_gib: Decimal = Decimal(4)
    driver_instance: str = "m7g.large"
    run_time_ratio: Decimal = Decimal(1)
    node_extra_minutes: Decimal = Decimal(5)
    volumes: bool = True
    terabytes: Decimal | None = None
    emr: EmrCluster = field(default_factory=EmrCluster)


@dataclass(frozen=True, kw_only=True)
class _Key:
    """How one key of the file is read: its field, its kind, and its bounds."""

    field: str
    kind: str
    least: Decimal = Decimal(0)
    most: Decimal | None = None
    needed: bool = False
    positive: bool = False


_EMR_KEYS: Final[Mapping[str, _Key]] = {
    "primary": _Key(field="primary", kind="type"),
    "primaries": _Key(field="primaries", kind="whole", least=Decimal(1), most=Decimal(3)),
    "primarySpot": _Key(field="primary_spot", kind="flag"),
    "instances": _Key(field="instances", kind="types"),
    "nodes": _Key(field="nodes", kind="whole", least=Decimal(1)),
    "startMinutes": _Key(field="start_minutes", kind="number", most=Decimal(120)),
    "idleMinutes": _Key(field="idle_minutes", kind="number"),
    "volumes": _Key(field="volumes", kind="flag"),
}
_KEYS: Final[Mapping[str, _Key]] = {
    "name": _Key(field="name", kind="text", needed=True),
    "hours": _Key(field="hours", kind="number", most=HOURS_MAX, needed=True, positive=True),
    "runs": _Key(field="runs", kind="number", needed=True, positive=True),
    "executors": _Key(field="executors", kind="whole", least=Decimal(1), most=Decimal(100_000), needed=True),
    "executorCpu": _Key(field="executor_cpu", kind="number", needed=True, positive=True),
    "executorMemoryGiB": _Key(field="executor_memory_gib", kind="number", needed=True, positive=True),
    "spotShare": _Key(field="spot_share", kind="number", most=Decimal(100)),
    "instances": _Key(field="instances", kind="types", needed=True),
    "nodes": _Key(field="nodes", kind="whole", least=Decimal(1)),
    "driverCpu": _Key(field="driver_cpu", kind="number", positive=True),
    "driverMemoryGiB": _Key(field="driver_memory_gib", kind="number", positive=True),
    "driverInstance": _Key(field="driver_instance", kind="type"),
    "runTimeRatio": _Key(field="run_time_ratio", kind="number", positive=True),
    "nodeExtraMinutes": _Key(field="node_extra_minutes", kind="number", most=Decimal(120)),
    "volumes": _Key(field="volumes", kind="flag"),
    "terabytes": _Key(field="terabytes", kind="number", positive=True),
}


def parse(document: object, *, known_types: frozenset[str] = frozenset()) -> Workload:
    """Read a description.

    Args:
        document: the mapping that a file holds, overridden by what the command line said.
        known_types: instance types of the price table; empty means that types are not looked up here.

    Raises:
        BadInputError: with everything that is wrong.
    """
    if not isinstance(document, Mapping):
        raise BadInputError(
            ["a workload is a mapping of keys, such as `executors: 20`; see costs/workloads/"]
        )
    problems: list[str] = []
    given = dict(document)
    emr = given.pop("emr", {})
    if not isinstance(emr, Mapping):
        problems.append("emr is not a mapping of keys, such as `primary: m5.xlarge`")
        emr = {}
    values = _read(given, _KEYS, "", problems, known_types)
    emr_values = _read(emr, _EMR_KEYS, "emr.", problems, known_types)
    if problems:
        raise BadInputError(problems)
    return Workload(**values, emr=EmrCluster(**emr_values))


def read_yaml(text: str) -> object:
    """Parse YAML.

    Args:
        text: a whole file.

    Raises:
        BadInputError: it is no YAML; the message has the place of the error.
    """
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadInputError([f"not YAML: {' '.join(str(error).split())}"]) from error


def _read(
    given: Mapping[Any, Any],
    keys: Mapping[str, _Key],
    prefix: str,
    problems: list[str],
    known_types: frozenset[str],
) -> dict[str, Any]:
    problems += [
        f"{prefix}{name} is not a key; the keys are {', '.join(keys)}" for name in given if name not in keys
    ]
    values: dict[str, Any] = {}
    for name, key in keys.items():
        if name not in given or given[name] is None:
            if key.needed:
                problems.append(f"{prefix}{name} is missing")
            continue
        try:
            values[key.field] = _value(given[name], key, known_types)
        except ValueError as error:
            problems.append(f"{prefix}{name} = {given[name]!r} {error}")
    return values


def _value(value: object, key: _Key, known_types: frozenset[str]) -> object:
    match key.kind:
        case "text":
            return _text(value)
        case "flag":
            return _flag(value)
        case "type":
            return _type(value, known_types)
        case "types":
            return _types(value, known_types)
        case _:
            return _number(value, key)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("is not a name; write some words")
    return value.strip()


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")
    return value


def _type(value: object, known: frozenset[str]) -> str:
    if not isinstance(value, str) or "." not in value:
        raise ValueError("is not an instance type; write one such as m7g.4xlarge")
    if known and value not in known:
        family = value.partition(".")[0] + "."
        near = sorted(name for name in known if name.startswith(family)) or ["none"]
        raise ValueError(
            f"is not in the price table of that region, for {value}: of its family that has "
            f"{', '.join(near)}. No price is guessed: name another type"
        )
    return value


def _types(value: object, known: frozenset[str]) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not names:
        raise ValueError("is not a list of instance types; write [m7g.4xlarge, r7g.4xlarge]")
    if len(set(map(str, names))) < len(names):
        raise ValueError("names a type twice; equal parts need each once")
    return tuple(_type(name, known) for name in names)


def _number(value: object, key: _Key) -> Decimal | int:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError("is not a number")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("is not a number") from None
    if not number.is_finite():
        raise ValueError("is not a finite number")
    if key.positive and number <= 0:
        raise ValueError("is not above 0")
    if number < key.least:
        raise ValueError(f"is below {key.least}")
    if key.most is not None and number > key.most:
        raise ValueError(f"is above {key.most}")
    if key.kind == "whole":
        if number != number.to_integral_value():
            raise ValueError("is not a whole number")
        return int(number)
    return number
