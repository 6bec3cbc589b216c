"""What the history server lists, checked run by run. Pure.

An event log is its author's word: whoever writes one chooses the run's id, its name and its times. What can't
be true, or would spoil the figures of others, drops that one run and is counted by its reason. Whose a run is
comes from the history server, which knows it by the folder of the log and shows it as the application's user.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

REASONS: Final = ("figures", "id", "shape", "tenant", "time", "unreadable")
"""Why a run is not counted: its stages count what Spark doesn't, its id is no plain name, a field is missing
or of another kind, its log lies in no tenant's folder, its times can't be, or the server could not tell of
it."""

NAME_LENGTH: Final = 100
"""Characters of an application's name that are kept: Prometheus drops a scrape with a label too long."""

SKEW_SECONDS: Final = 300.0
"""How far in the future an end may lie: the clocks of two nodes differ."""

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
"""What a resource manager calls an application or an attempt; it becomes part of an address."""


class UnusableError(Exception):
    """A run that is not counted.

    Args:
        reason: one of `REASONS`.
        detail: what was found.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Ended:
    """An end that the history server lists.

    Args:
        run: id of the application, and a slash and the attempt where it has one.
        namespace: the tenant's namespace.
        name: the application's name.
        started: seconds since 1970.
        ended: the same.
    """

    run: str
    namespace: str
    name: str
    started: float
    ended: float


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What is listed.

    Args:
        ends: every completed attempt, by its end.
        dropped: reason of each that is not counted, by what tells it from others.
    """

    ends: list[Ended]
    dropped: Mapping[str, str]


def listed(applications: Iterable[Any], *, now: float, tenants: Collection[str]) -> Listed:
    """Check every completed attempt that is listed.

    Args:
        applications: as the API lists them.
        now: the time, in seconds since 1970.
        tenants: the tenants' namespaces.
    """
    found: dict[str, Ended] = {}
    dropped: dict[str, str] = {}
    for application in applications:
        for attempt in _attempts(application):
            try:
                end = _ended(application, attempt, now=now, tenants=tenants)
            except UnusableError as error:
                dropped[f"{_shown(application, 'id')} {_shown(attempt, 'attemptId')}"] = error.reason
                continue
            if end is not None:
                found.setdefault(end.run, end)
    return Listed(ends=sorted(found.values(), key=lambda each: (each.ended, each.run)), dropped=dropped)


def fairly(ends: Iterable[Ended]) -> list[Ended]:
    """Order ends so that namespaces take turns, each with its oldest first: one with many holds up no other.

    Args:
        ends: by their ends.
    """
    turns: dict[str, int] = {}
    numbered = []
    for end in ends:
        turns[end.namespace] = turns.get(end.namespace, 0) + 1
        numbered.append((turns[end.namespace], end.ended, end.run, end))
    return [end for *_, end in sorted(numbered, key=lambda each: each[:3])]


def plain(text: str) -> str:
    """A name fit for a label: printable, and not too long.

    Args:
        text: any text.
    """
    return "".join(letter if letter.isprintable() else "_" for letter in text[:NAME_LENGTH])


def _attempts(application: Any) -> Iterator[Any]:
    attempts = application.get("attempts") if isinstance(application, dict) else None
    yield from attempts if isinstance(attempts, list) else (None,)


def _ended(application: Any, attempt: Any, *, now: float, tenants: Collection[str]) -> Ended | None:
    if not isinstance(application, dict) or not isinstance(attempt, dict):
        raise UnusableError("shape", "no application with attempts")
    if attempt.get("completed") is False:
        return None
    number = attempt.get("attemptId")
    namespace = attempt.get("sparkUser")
    if not isinstance(namespace, str) or namespace not in tenants:
        raise UnusableError("tenant", _shown(attempt, "sparkUser"))
    started, ended = _moment(attempt, "startTimeEpoch"), _moment(attempt, "endTimeEpoch")
    if not 0 <= started <= ended <= now + SKEW_SECONDS:
        raise UnusableError("time", f"from {started} to {ended}")
    return Ended(
        run="/".join(_identifier(part) for part in (application.get("id"), number) if part is not None),
        namespace=namespace,
        name=plain(_text(application, "name")),
        started=started,
        ended=ended,
    )


def _identifier(value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise UnusableError("id", repr(value)[:40])
    return value


def _text(source: Mapping[str, Any], key: str) -> str:
    value = source.get(key)
    if not isinstance(value, str):
        raise UnusableError("shape", f"{key} is {type(value).__name__}")
    return value


def _moment(source: Mapping[str, Any], key: str) -> float:
    value = source.get(key)
    # Java's long; a larger one does not even become a float.
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise UnusableError("shape", f"{key} is no number of milliseconds")
    return value / 1000


def _shown(source: Any, key: str) -> str:
    return repr(source.get(key) if isinstance(source, dict) else source)[:200]
