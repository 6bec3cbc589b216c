"""What the pages say, as lines of text. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

DASH: Final = "-"

Row = Sequence[str]

SIGNS: Final = {"pass": ".", "warn": "!", "stale": "s", "fail": "F", "missing": "M"}
"""One letter for what the checks of an interval say; a blank where nobody looked."""


def table(rows: Sequence[Row]) -> list[str]:
    """Rows in columns, the first row being their names.

    Args:
        rows: of equal length.
    """
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def run_rows(runs: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Runs as rows.

    Args:
        runs: as the page says them.
    """
    found: list[Row] = [("STATE", "JOB", "INTERVAL", "N", "FROM", "CLAIMED", "RAN", "COST", "WHY")]
    for run in runs:
        failure = run["failure"]
        found.append(
            (
                run["phase"],
                f"{run['namespace']}/{run['job']}",
                run["interval"],
                str(run["n"]),
                run["cause"],
                local(run["claimed"]),
                span(run["started"], run["ended"]),
                usd((run["cost"] or {}).get("dollars")),
                f"{failure['code']} {failure['sentence']}" if failure else run["reason"],
            )
        )
    return found


def why_lines(said: Mapping[str, Any]) -> list[str]:
    """Why a run is as it is.

    Args:
        said: what the run's page says.
    """
    run = said["run"]
    found = [f"{run['namespace']}/{run['job']}/{run['interval']}/{run['n']} {run['phase']}"]
    failure = run["failure"]
    if failure:
        found += [f"{failure['code']}: {failure['sentence']}", f"  do: {failure['advice']}"]
        if failure.get("no_more"):
            found.append(f"  not tried again: {failure['no_more']}")
        frame = failure["frame"]
        if frame:
            found.append(f"  at: {frame['file']}:{frame['line']} {frame['function']}".rstrip())
        found += [f"  {each['source']}: {each['text']}" for each in failure["evidence"]]
        alike = said.get("alike")
        if alike and alike["times"] > 1:
            since = f" since commit {alike['first']['commit'][:8]}" if alike["first"]["commit"] else ""
            found.append(f"  seen {alike['times']} times{since}")
    elif run["reason"]:
        found.append(f"  {run['reason']}")
    usual = (said.get("estimate") or {}).get("ran")
    if usual and said.get("ran") is not None:
        found.append(f"  has run for {clock(said['ran'])}, usually takes {clock(usual['median'])}")
    found += _step_lines(said.get("stepped"))
    green = said.get("since") or {"changes": ()}
    for each in green["changes"]:
        what = f"{each['kind']} {each['what']}".rstrip()
        found.append(f"  since it last went well: {what}: {each['before']} -> {each['after']}")
    return found


def _step_lines(stepped: Mapping[str, Any] | None) -> Iterator[str]:
    if not stepped:
        return
    step, runs = stepped["step"], (stepped["first"], stepped["second"])
    yield (
        f"  one step of memory: run {runs[1]['n']} got {step['section']}.{step['field']} {step['before']} -> "
        f"{step['after']} MiB, {_number(stepped['gib_more'])} GiB more in all"
    )
    costs = [f"run {each['n']} {usd((each['cost'] or {}).get('dollars'))}" for each in runs]
    yield f"  cost: {', '.join(costs)}"


def plan_lines(plan: Mapping[str, Any]) -> list[str]:
    """What a backfill would start.

    Args:
        plan: as the page says it.
    """
    found = [f"refused: {each}" for each in plan["refused"]]
    found.append(f"{len(plan['run'])} runs: {_few([each['key'] for each in plan['run']])}")
    found += [f"left out: {each['key']} {each['reason']}" for each in plan["skipped"]]
    found += [
        f"other: {each['field']} {each['before'] or 'nothing'} -> {each['after']}"
        for each in plan["differences"]
    ]
    hours, cost = plan["core_hours"], plan["usd"]
    found.append(
        f"core hours: {_number(hours['least'])} to {_number(hours['most'])}"
        if hours
        else f"core hours: {DASH}"
    )
    found.append(f"cost: {usd(cost['least'])} to {usd(cost['most'])}" if cost else f"cost: {DASH}")
    return found


def grid_rows(jobs: Sequence[Mapping[str, Any]]) -> list[Row]:
    """What checks say, one letter an interval.

    Args:
        jobs: as the page says them.
    """
    found: list[Row] = [("JOB", "FROM", "TO", "CHECKS")]
    for job in jobs:
        cells = job["cells"]
        letters = "".join(SIGNS[cell["checked"]["state"]] if cell["checked"] else " " for cell in cells)
        ends = (cells[0]["key"], cells[-1]["key"]) if cells else (DASH, DASH)
        found.append((f"{job['namespace']}/{job['job']}", *ends, letters or DASH))
    return found


def schedule_rows(schedules: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Schedules that the operator runs.

    Args:
        schedules: as the page says them.
    """
    names = ("JOB", "SCHEDULE", "IN WORDS", "CONCURRENCY", "STATE", "LAST STARTED", "TO MEND")
    return [
        names,
        *(
            (
                f"{each['namespace']}/{each['name']}",
                each["schedule"],
                each["words"] or each["zone"],
                each["concurrency"] or DASH,
                "paused" if each["suspended"] else each["state"] or DASH,
                local(each["last"]),
                str(len(each["warnings"])) if each["warnings"] else DASH,
            )
            for each in schedules
        ),
    ]


def mending_lines(schedules: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with schedules, and what to write.

    Args:
        schedules: as the page says them.
    """
    return [
        f"{each['namespace']}/{each['name']}: {warning}" for each in schedules for warning in each["warnings"]
    ]


def cost_rows(counts: Sequence[Mapping[str, Any]], by: str) -> list[Row]:
    """What runs took.

    Args:
        counts: as the page says them.
        by: what they are counted by.
    """
    found: list[Row] = [(by.upper(), "RUNS", "CORE HOURS", "COST", "ON EMR", "FAILED", "PRICED")]
    for each in counts:
        hours = each["core_hours"]
        found.append(
            (
                each["value"] or DASH,
                str(each["runs"]),
                DASH if hours is None else _number(hours),
                usd(each["dollars"]),
                usd(each["emr_dollars"]),
                usd(each["wasted"]),
                str(each["priced"]),
            )
        )
    return found


def local(moment: str | None) -> str:
    """A time in the zone of this machine, as `date` tells it; a dash for none.

    Args:
        moment: as the pages say it, with its own zone.
    """
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}" if moment else DASH


def usd(amount: Any) -> str:
    """An amount; a dash for what nobody knows.

    Args:
        amount: USD, as a number or its text.
    """
    if amount is None:
        return DASH
    value = Decimal(str(amount))
    return f"${value:.4f}" if 0 < value < Decimal("0.01") else f"${value:,.2f}"


def span(start: str | None, end: str | None) -> str:
    """A length of time; a dash for what has not begun, or not ended.

    Args:
        start: begin, as ISO 8601.
        end: end.
    """
    if not start or not end:
        return DASH
    return clock((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())


def clock(length: float) -> str:
    """A length of time, as hours, minutes and seconds.

    Args:
        length: in seconds.
    """
    seconds = int(length)
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


def _number(value: Any) -> str:
    return f"{Decimal(str(value)):.3g}"


def _few(keys: Sequence[str]) -> str:
    return ", ".join(keys) if len(keys) <= 10 else f"{keys[0]} ... {keys[-1]}"
