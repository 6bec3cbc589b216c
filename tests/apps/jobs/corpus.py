"""The corpus: what is left of runs that failed, each with the verdict that it must get.

A case is a folder with a `case.yaml`: `code`, and `source`: `spark` (recorded by `induce.py` with the real
Spark), `cluster` (recorded with the real Kubernetes) or `written`, which names whose words they are.
`deleted: true` says that the driver's pod was being deleted when it ended; `like: <case>` that it is that
case's failure once more, seen by other signs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from apps.jobs.verdict.gathering import Remains, gather
from apps.jobs.verdict.judging import Verdict, judge

FOLDER: Final = Path(__file__).with_name("recorded")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A run that failed.

    Args:
        name: of its folder, and `again` for the second run of one failure.
        code: the verdict that it must get.
        source: where it is from.
        remains: what was left of it.
        like: name of a case that is the same failure; empty for none.
    """

    name: str
    code: str
    source: str
    remains: Remains
    like: str = ""

    @property
    def verdict(self) -> Verdict:
        """What it gets."""
        return judge(gather(self.remains))


@cache
def cases() -> tuple[Case, ...]:
    """All of them."""
    return tuple(
        Case(
            name=f"{folder.name}{' again' if part else ''}",
            code=said["code"],
            source=said["source"],
            remains=_remains(folder, part, said),
            like=said.get("like", ""),
        )
        for folder in sorted(FOLDER.iterdir())
        for said in [yaml.safe_load((folder / "case.yaml").read_text())]
        for part in ("", "again-")
        if not part or (folder / f"{part}driver.log").is_file()
    )


def _remains(folder: Path, part: str, said: dict[str, Any]) -> Remains:
    written = said.get("remains", {})
    if written:
        return Remains(**written)
    found: dict[str, Any] = {}
    for name in ("application", "driver", "executors", "events"):
        if (file := folder / f"{part}{name}.json").is_file():
            found[name] = json.loads(file.read_text())
    if (file := folder / f"{part}ended.json").is_file():
        found["driver"] = _pod(json.loads(file.read_text())["exitCode"], deleted=said.get("deleted", False))
    if (file := folder / f"{part}driver.log").is_file():
        found["log"] = file.read_text()
    if (file := folder / f"{part}events.jsonl").is_file():
        found["event_log"] = tuple(file.read_text().splitlines())
    return Remains(**found)


def _pod(code: int, *, deleted: bool) -> dict[str, Any]:
    """The pod of a driver that ended with a code: what a kubelet reports of any that is not 0."""
    ended = {"terminated": {"reason": "Error", "exitCode": code}}
    container = {"name": "spark-kubernetes-driver", "state": ended}
    going = {"deletionTimestamp": "2026-11-26T07:18:11Z", "deletionGracePeriodSeconds": 30}
    return {
        "metadata": {"name": "orders-driver", "namespace": "data-dev", **(going if deleted else {})},
        "spec": {
            "containers": [{"name": "spark-kubernetes-driver", "image": "registry.example/spark:4.1.2"}]
        },
        "status": {"phase": "Failed", "containerStatuses": [container]},
    }
