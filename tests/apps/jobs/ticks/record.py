"""Asks the operator's own parser when schedules start, and writes down its answers.

    .venv/bin/python -m tests.apps.jobs.ticks.record

builds `main.go` with robfig/cron, the release that the operator has, and writes `answers.jsonl`.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

FOLDER: Final = Path(__file__).parent

SCHEDULES: Final = (
    *("0 5 * * *", "30 2 * * *", "*/15 * * * *", "7 * * * *", "0 */6 * * *", "5,35 1-3 * * *", "0 0 1 * *"),
    *("0 0 31 * *", "0 12 29 2 *", "15 10 * * mon-fri", "0 9 1 * mon", "0 9 */2 * 1", "0 9 1,15 * */3"),
    *("0 9 ? * 2", "0 9 10 * ?", "0 8 * JAN-mar sun,SAT", "10/20 3/7 * * *", "0 4 5/9 * *", "0 4 * * 1/3"),
    *("0 4 * * tue/2", "0 4 *,5 * 1", "0 4 5,* * 1", "*/1 */1 * * *", "00 005 * * 0", "59 23 31 12 *"),
    *("@daily", "@hourly", "@weekly", "@monthly", "@yearly", "@midnight", "@annually"),
)
ZONES: Final = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Adelaide", "America/Havana")
"""Not Australia/Lord_Howe, whose clock changes by half an hour: robfig loses first days of a month there."""

SINCE: Final = ("2026-01-01T00:00:00Z", "2026-03-05T12:34:56Z", "2026-10-20T00:00:00Z")
NUMBER: Final = 16


def main() -> None:
    """Write the answers."""
    questions = "".join(
        json.dumps({"schedule": schedule, "zone": zone, "since": since, "number": NUMBER}) + "\n"
        for schedule in SCHEDULES
        for zone in ZONES
        for since in SINCE
    )
    with TemporaryDirectory() as folder:
        program = f"{folder}/ticks"
        subprocess.run(["go", "build", "-o", program, "."], cwd=FOLDER, check=True)
        said = subprocess.run([program], input=questions, capture_output=True, text=True, check=True)
    (FOLDER / "answers.jsonl").write_text(said.stdout)


if __name__ == "__main__":
    main()
