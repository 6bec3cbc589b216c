"""Which fault was told to whom, how often and after how long: a story's account, tables and record."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from rich.table import Table

from tests.cluster.received import Message, by_alert, messages_about, said_again, told
from workspace.paths import CACHE

RECORDS: Final = CACHE / "alerts-told"
"""What each story was when it was told last, for `python -m tests.cluster.told_page`."""


@dataclass(frozen=True)
class Fault:
    """A fault, and who has to be told.

    Args:
        what: the sentence that says it.
        labels: what its alert has to have.
        to: name of the receiver.
    """

    what: str
    labels: Mapping[str, str]
    to: str

    @property
    def alert(self) -> str:
        """Name of the alert."""
        return self.labels["alertname"]


@dataclass(frozen=True)
class Row:
    """What came of a fault.

    Args:
        fault: what it was.
        alert: name of its alert.
        fires: seconds until Prometheus said that it fires; None for never.
        sent: seconds until a receiver had it; None for never.
        firings: receiver -> how often it was told that it fires, once for each time that it began to.
        messages: receiver -> messages that list it.
    """

    fault: str
    alert: str
    fires: float | None
    sent: float | None
    firings: Mapping[str, int]
    messages: Mapping[str, int]

    @property
    def cells(self) -> list[str]:
        """As a line of a table."""
        times = ["never" if seconds is None else f"{seconds:.0f} s" for seconds in (self.fires, self.sent)]
        return [self.fault, self.alert, *times, *(_counted(each) for each in (self.firings, self.messages))]


HEADER: Final = ("fault", "alert", "fires after", "told after", "told to: times", "in messages")


@dataclass
class Account:
    """What was received of each fault.

    Args:
        faults: all faults.
        began: Unix time at which the story did.
        since: the same as receivers get it (RFC 3339, UTC).
        firing: fault -> seconds until Prometheus said that it fires.
        messages: all that receivers got, in its order.
    """

    faults: Sequence[Fault]
    began: float
    since: str
    firing: dict[str, float] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)

    def see(self, alerts: Iterable[Mapping[str, str]], seconds: float) -> None:
        """Note what fires.

        Args:
            alerts: labels of each alert that does.
            seconds: since the beginning.
        """
        now = list(alerts)
        for fault in self.faults:
            if any(fault.labels.items() <= labels.items() for labels in now):
                self.firing.setdefault(fault.what, seconds)

    def told(self, fault: Fault, **status: str) -> Counter[str]:
        """By receiver, how many firings of a fault it was told of."""
        return told(self.messages, fault.labels, since=self.since, **status)

    @property
    def untold(self) -> list[str]:
        """Faults that nobody was told of yet."""
        return [fault.what for fault in self.faults if not self.told(fault)]

    @property
    def said_again(self) -> list[Message]:
        """Messages in which nothing was new to their receiver."""
        return said_again(self.messages)

    def rows(self) -> list[Row]:
        """What came of each fault."""
        return [
            Row(
                fault.what,
                fault.alert,
                self.firing.get(fault.what),
                self._first(fault),
                dict(self.told(fault)),
                dict(messages_about(self.messages, fault.labels, since=self.since)),
            )
            for fault in self.faults
        ]

    def others(self) -> dict[str, Counter[str]]:
        """Further alerts that came of the faults, by name -> receiver -> how often."""
        ours = {fault.alert for fault in self.faults}
        return {
            name: counted
            for name, counted in by_alert(self.messages, since=self.since).items()
            if name not in ours
        }

    def _first(self, fault: Fault) -> float | None:
        about = (
            message.at - self.began
            for message in self.messages
            if messages_about([message], fault.labels, since=self.since)
        )
        return min(about, default=None)

    def tables(self) -> list[Table]:
        """The tables that are printed."""
        first = Table(*HEADER, title="alert x what was sent x where")
        for row in self.rows():
            first.add_row(*row.cells)
        second = Table("further alerts that came of them", "told to: times")
        for name, counted in self.others().items():
            second.add_row(name, _counted(counted))
        return [first, second]

    def keep(
        self,
        story: str,
        machine: Sequence[str],
        date: str,
        heartbeats: Sequence[float],
        folder: Path = RECORDS,
    ) -> None:
        """Write the record.

        Args:
            story: its name.
            machine: where this was, a line each.
            date: when.
            heartbeats: when the one outside was called, as Unix times.
            folder: of the records.
        """
        record = {
            "date": date,
            "machine": list(machine),
            "rows": [asdict(row) for row in self.rows()],
            "others": self.others(),
            "heartbeats": list(heartbeats),
        }
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{story}.json").write_text(json.dumps(record, indent=1) + "\n")


def _counted(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {often}" for name, often in sorted(counted.items())) or "nobody"
