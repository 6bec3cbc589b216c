"""What Alertmanager has sent: its messages, kept in a file of JSON lines."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEARTBEAT = "heartbeat"
"""Receiver of the alert that always fires: its messages are counted by the clock, and not kept."""


@dataclass(frozen=True)
class Message:
    """A message of Alertmanager's.

    Args:
        time: when it came, in seconds since 1970.
        receiver: to whom it was sent.
        alerts: the alerts in it, as Alertmanager writes them.
    """

    time: float
    receiver: str
    alerts: tuple[dict[str, Any], ...]


class MessageError(Exception):
    """Something was posted that is no message of Alertmanager's."""


class Sent:
    """The newest messages; the file has them after a restart."""

    def __init__(self, file: Path, *, kept: int, now: Callable[[], float]) -> None:
        """Read what is there.

        Args:
            file: where they are; its folder exists.
            kept: how many are.
            now: the time, in seconds since 1970.
        """
        self._file, self._kept, self._now = file, kept, now
        self._lock = threading.Lock()
        self._messages: deque[Message] = deque(_read(file), maxlen=kept)
        self._lines = len(self._messages)
        self.heartbeat: float | None = None
        """When Prometheus last said that it lives; None if it has not since this program's start."""

    def take(self, body: bytes) -> None:
        """Keep a message.

        Args:
            body: as Alertmanager's webhook sends it.

        Raises:
            MessageError: it is none.
        """
        message = _message(body, self._now())
        with self._lock:
            if message.receiver == HEARTBEAT:
                self.heartbeat = message.time
                return
            self._messages.append(message)
            self._write(message)

    @property
    def messages(self) -> list[Message]:
        """The messages, newest first."""
        with self._lock:
            return list(reversed(self._messages))

    def _write(self, message: Message) -> None:
        if self._lines >= 2 * self._kept:
            # In one step: a restart in between finds the one file or the other.
            whole = self._file.with_suffix(".new")
            whole.write_text("".join(map(_line, self._messages)))
            whole.replace(self._file)
            self._lines = len(self._messages)
            return
        with self._file.open("a") as file:
            file.write(_line(message))
        self._lines += 1


def _message(body: bytes, time: float) -> Message:
    try:
        said = json.loads(body)
        alerts = tuple(said["alerts"])
        receiver = said["receiver"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MessageError(f"no message of Alertmanager's: {error!r}") from error
    if not isinstance(receiver, str) or not all(isinstance(each, dict) for each in alerts):
        raise MessageError("no message of Alertmanager's: receiver is no text, or an alert no mapping")
    return Message(time, receiver, alerts)


def _line(message: Message) -> str:
    return json.dumps({"time": message.time, "receiver": message.receiver, "alerts": message.alerts}) + "\n"


def _read(file: Path) -> list[Message]:
    text = file.read_text() if file.exists() else ""
    if text and not text.endswith("\n"):
        # The last line of a program that was killed: the next one gets a line of its own.
        with file.open("a") as torn:
            torn.write("\n")
    found: list[Message] = []
    for line in text.splitlines():
        try:
            said = json.loads(line)
            found.append(Message(float(said["time"]), str(said["receiver"]), tuple(said["alerts"])))
        except (ValueError, KeyError, TypeError):
            continue
    return found
