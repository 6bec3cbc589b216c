"""The table of what pods hold of memory: MiB for people, and a dash where no limit is set."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from rich.console import Console

from metering import PodMemory, Prometheus, memory, show_memory

MIB = 2**20


@dataclass(frozen=True)
class Answers(Prometheus):
    """What Prometheus says; remembers what it was asked.

    The real one refuses a matcher without quotes, or a label that was summed away: tests/cluster asks it.
    """

    asked: list[str] = field(default_factory=list)

    def by(self, expression: str, label: str) -> dict[str, float]:
        assert f"sum by ({label})" in expression
        self.asked.append(expression)
        if "resource_limits" in expression:
            return {"web": 512.0 * MIB}
        return {"web": 200.0 * MIB, "index": 90.0 * MIB} if "[1h]" not in expression else {"web": 300.0 * MIB}


def test_each_pod_says_what_it_holds_held_and_may_hold() -> None:
    prometheus = Answers("http://127.0.0.1:9")
    found = {each.pod: each for each in memory(prometheus, ["spark-jobs", "spark-database"])}
    assert (found["web"].held, found["web"].most, found["web"].limit) == (200 * MIB, 300 * MIB, 512 * MIB)
    assert found["index"].limit is None
    assert all('namespace=~"spark-database|spark-jobs"' in asked for asked in prometheus.asked)


def test_people_read_whole_mebibytes() -> None:
    written = Console(file=io.StringIO(), width=80)
    show_memory([PodMemory(pod="index", held=90.4 * MIB, most=91 * MIB, limit=None)], written.print)
    text = written.file.getvalue()  # type: ignore[attr-defined]
    assert [word.strip() for word in text.splitlines()[3].split("│")[1:5]] == ["index", "90", "91", "-"]


def test_a_prometheus_that_has_looked_at_nothing_yet_says_so() -> None:
    said: list[object] = []
    show_memory([], said.append)
    assert said == ["Prometheus knows no pod: it asks the kubelet twice a minute, so wait for that"]
