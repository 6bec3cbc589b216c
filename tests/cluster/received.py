"""What receivers of alerts were told: how often of each fault, and what was said twice."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FIRING, RESOLVED = "firing", "resolved"

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Alert:
    """An alert as a message has it.

    Args:
        fingerprint: Alertmanager's name for its labels.
        status: firing or resolved.
        began: when it began to fire; Prometheus says the same as long as it does.
        labels: its labels.
    """

    fingerprint: str
    status: str
    began: str
    labels: tuple[tuple[str, str], ...]

    def has(self, wanted: Labels) -> bool:
        """Whether it has these labels, and perhaps others."""
        return wanted.items() <= dict(self.labels).items()


@dataclass(frozen=True)
class Message:
    """A message as a receiver got it.

    Args:
        to: name of the receiver.
        at: Unix time.
        alerts: what it is about.
    """

    to: str
    at: float
    alerts: tuple[Alert, ...]


def messages(lines: Iterable[str]) -> list[Message]:
    """Read what `programs/receiver.py` has printed, in the order in which it came.

    Args:
        lines: its output.
    """
    return [_message(json.loads(line)) for line in lines if line.strip()]


def _message(said: Mapping[str, Any]) -> Message:
    return Message(
        said["to"],
        said["at"],
        tuple(
            Alert(
                each["fingerprint"], each["status"], each["startsAt"], tuple(sorted(each["labels"].items()))
            )
            for each in said["alerts"]
        ),
    )


def told(found: Iterable[Message], wanted: Labels, *, since: str, status: str = FIRING) -> Counter[str]:
    """Count by receiver of how many firings a fault was told: one that is in two messages is one.

    Args:
        found: all messages.
        wanted: labels that name the fault.
        since: what began before this time, as Prometheus writes it (RFC 3339, UTC), is another one's.
        status: firing, or that this is over.
    """
    firings = {
        (message.to, alert.fingerprint, alert.began)
        for message in found
        for alert in message.alerts
        if alert.status == status and alert.began >= since and alert.has(wanted)
    }
    return Counter(to for to, _, _ in firings)


def messages_about(found: Iterable[Message], wanted: Labels, *, since: str) -> Counter[str]:
    """Count by receiver the messages that say of a fault that it fires.

    Args:
        found: all messages.
        wanted: labels that name the fault.
        since: as in `told`.
    """
    return Counter(
        message.to
        for message in found
        if any(
            alert.status == FIRING and alert.began >= since and alert.has(wanted) for alert in message.alerts
        )
    )


def said_again(found: Sequence[Message]) -> list[Message]:
    """Messages in which nothing is new to their receiver: every alert had been told it in this state.

    One that tells of a second run of a job lists the first one again, and is not one of these.

    Args:
        found: all messages, in their order.
    """
    known: defaultdict[str, set[tuple[str, str, str]]] = defaultdict(set)
    again = []
    for message in found:
        its = {(alert.fingerprint, alert.status, alert.began) for alert in message.alerts}
        if its <= known[message.to]:
            again.append(message)
        known[message.to] |= its
    return again


def by_alert(found: Iterable[Message], *, since: str) -> dict[str, Counter[str]]:
    """Name of each alert -> receiver -> how many firings it was told of.

    Args:
        found: all messages.
        since: as in `told`.
    """
    every = list(found)
    names = {
        dict(alert.labels)["alertname"]
        for message in every
        for alert in message.alerts
        if alert.status == FIRING and alert.began >= since
    }
    return {name: told(every, {"alertname": name}, since=since) for name in sorted(names)}
