"""What the runs of a backfill, or one that is started again, have otherwise than the definition. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from apps.jobs.verdict.masking import mask
from apps.jobs.verdict.memory import mebibytes

MOST_EXECUTORS: Final = 1000
"""Most executors of a run: a slip of the hand asks for more, the namespace's quota for less."""

MOST_CORES: Final = 64
"""Most cores of a driver or executor."""

_DIGEST: Final = re.compile(r"\S+@sha256:[0-9a-f]{64}")
_CONF: Final = re.compile(r"spark\.[A-Za-z0-9_.-]+")


def _size(value: Any) -> Any:
    if isinstance(value, str):
        mebibytes(value)
    return value


def _image(value: Any) -> Any:
    if isinstance(value, str) and not _DIGEST.fullmatch(value):
        raise ValueError(f"{value!r} can move: name the image by its digest, as name@sha256:...")
    return value


def _conf(value: Any) -> Any:
    for name, text in value.items() if isinstance(value, Mapping) else ():
        if not _CONF.fullmatch(str(name)):
            raise ValueError(f"{name!r} is no property of Spark: its name begins with spark.")
        if mask(f"{name}={text}") != f"{name}={text}":
            raise ValueError(
                f"{name} has a secret in it: put it into a Secret and name that in the definition"
            )
    return value


Size = Annotated[str, BeforeValidator(_size)]
Cores = Annotated[int, Field(ge=1, le=MOST_CORES)]


class Overrides(BaseModel):
    """What to change; what is None stays as the definition has it.

    Args:
        executors: how many.
        executor_cores: cores of each.
        executor_memory: heap of each, such as `4g`.
        driver_cores: cores of the driver.
        driver_memory: its heap.
        image: of driver and executors, by digest.
        spark_version: the release of Spark; one that the platform has.
        conf: properties of Spark, beside those that the definition has.
        arguments: in the place of the definition's; marks may stand in them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    executors: Annotated[int, Field(ge=0, le=MOST_EXECUTORS)] | None = None
    executor_cores: Cores | None = None
    executor_memory: Size | None = None
    driver_cores: Cores | None = None
    driver_memory: Size | None = None
    image: Annotated[str, BeforeValidator(_image)] | None = None
    spark_version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] | None = None
    conf: Annotated[dict[str, str], BeforeValidator(_conf)] = {}
    arguments: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field that is not as the definition has it.

    Args:
        field: its place below the spec, such as `executor.memory`.
        before: what the definition says; empty if nothing.
        after: what the runs have.
    """

    field: str
    before: str
    after: str


_PLACES: Final = {
    "executors": ("executor", "instances"),
    "executor_cores": ("executor", "cores"),
    "executor_memory": ("executor", "memory"),
    "driver_cores": ("driver", "cores"),
    "driver_memory": ("driver", "memory"),
    "image": ("image",),
    "spark_version": ("sparkVersion",),
    "arguments": ("arguments",),
}


def applied(spec: Mapping[str, Any], overrides: Overrides) -> dict[str, Any]:
    """A spec with the changes; what it was made from stays as it is.

    Args:
        spec: a SparkApplication's.
        overrides: the changes.
    """
    found = dict(spec)
    for name, place in _PLACES.items():
        value = getattr(overrides, name)
        if value is None:
            continue
        value = list(value) if isinstance(value, tuple) else value
        if len(place) == 1:
            found[place[0]] = value
        else:
            found[place[0]] = {**(found.get(place[0]) or {}), place[1]: value}
    if overrides.conf:
        found["sparkConf"] = {**(found.get("sparkConf") or {}), **overrides.conf}
    if overrides.executors is not None:
        _fix_number(found, overrides.executors)
    return found


def _fix_number(spec: dict[str, Any], executors: int) -> None:
    """A job that scales by itself would ignore the number: it is the most that it may scale to."""
    allocation = spec.get("dynamicAllocation") or {}
    if allocation.get("enabled"):
        bounds = {
            name: min(int(allocation[name]), executors)
            for name in ("initialExecutors", "minExecutors")
            if allocation.get(name) is not None
        }
        spec["dynamicAllocation"] = {**allocation, **bounds, "maxExecutors": max(executors, 1)}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What differs between two specs, field by field.

    Args:
        before: the definition's.
        after: what the runs have.
    """
    one, other = dict(_leaves(before, "")), dict(_leaves(after, ""))
    return tuple(
        Difference(field=name, before=one.get(name, ""), after=other.get(name, ""))
        for name in sorted(one.keys() | other.keys())
        if one.get(name) != other.get(name)
    )


def _leaves(value: Any, place: str) -> list[tuple[str, str]]:
    if not isinstance(value, Mapping):
        return [(place, mask(" ".join(map(str, value)) if isinstance(value, list) else str(value)))]
    found: list[tuple[str, str]] = []
    for name, part in value.items():
        # Names of properties have dots in them: they stand in brackets, so that a place is read one way.
        step = f"[{name}]" if "." in name else f".{name}" if place else name
        found += _leaves(part, f"{place}{step}")
    return found
