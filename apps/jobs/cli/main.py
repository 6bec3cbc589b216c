"""`spark-jobs`: hand work over, follow it, and learn why it failed, without opening a page.

Exit status: 0 well; 1 refused or not reached; 2 the command is written wrongly; 3 the run failed; 4 it ended
otherwise; 5 data is red; 6 it was waited for too long.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import yaml
from rich.console import Console

from .api import AnswerError, Api
from .showing import (
    cost_rows,
    grid_rows,
    mending_lines,
    plan_lines,
    run_rows,
    schedule_rows,
    table,
    why_lines,
)
from .spark_submit import SubmitError, application

APP: Final = typer.Typer(
    no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False, add_completion=False
)

ENDED: Final = frozenset({"succeeded", "failed", "cancelled", "skipped", "lost"})

PAUSE_SECONDS: Final = 2.0
"""Between two looks at a run that is waited for."""

LONGEST_SECONDS: Final = 24 * 3600


class Status(IntEnum):
    """Exit status."""

    REFUSED = 1
    FAILED = 3
    OTHERWISE = 4
    RED = 5
    TOO_LONG = 6


Json = Annotated[bool, typer.Option("--json", help="For programs: what the page says, as JSON.")]
Which = Annotated[
    str, typer.Argument(help="namespace/job, namespace/job/interval or namespace/job/interval/n.")
]
Wait = Annotated[bool, typer.Option(help="Wait for its end; the exit status says how it ended.")]
Limit = Annotated[int, typer.Option(help="Seconds to wait at most.")]


@APP.command()
def submit(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="A SparkApplication in YAML; or -- spark-submit ...")] = "",
    namespace: Annotated[str, typer.Option(help="Where it runs, if the file does not say.")] = "",
    version: Annotated[str, typer.Option(help="Release of Spark, for spark-submit.")] = "",
    wait: Wait = False,
    limit: Limit = LONGEST_SECONDS,
    as_json: Json = False,
) -> None:
    """Hand over a job: a YAML file, or a spark-submit as people know it after --."""
    words = [file, *context.args] if file else list(context.args)
    made = _application(words, namespace, version)
    asked = Api.of().hand_over("/submit", made)
    if not wait:
        _say(asked, as_json, [f"asked for: {asked['namespace']}/{asked['job']}, {asked['key']}"])
        return
    run = _waited(lambda: _of_key(asked), limit)
    _end(run, as_json)


# What follows -- is the job's own.
APP.registered_commands[-1].context_settings = {"allow_extra_args": True, "ignore_unknown_options": True}


@APP.command()
def runs(
    namespace: Annotated[list[str] | None, typer.Option("--namespace", "-n")] = None,
    job: Annotated[list[str] | None, typer.Option()] = None,
    phase: Annotated[list[str] | None, typer.Option(help="Such as failed, or active.")] = None,
    code: Annotated[list[str] | None, typer.Option(help="Code of the verdict.")] = None,
    since: Annotated[str, typer.Option(help="1h, 24h, 7d or 30d.")] = "",
    text: Annotated[str, typer.Option(help="Words in what the list shows.")] = "",
    size: Annotated[int, typer.Option(help="Most of them.")] = 50,
    as_json: Json = False,
) -> None:
    """List runs, the latest first."""
    said = Api.of().get(
        "/runs",
        namespace=namespace or [],
        job=job or [],
        phase=phase or [],
        code=code or [],
        since=since,
        text=text,
        size=str(size),
    )
    _say(said, as_json, table(run_rows(said["runs"])) if said["runs"] else ["no run is like that"])


@APP.command()
def logs(which: Which) -> None:
    """Print the log of a run's driver."""
    sys.stdout.write(Api.of().text(f"{_place(_found(which))}/log.txt"))


@APP.command()
def why(which: Which, as_json: Json = False) -> None:
    """Say why a run failed, or what it waits for; the exit status says how it ended."""
    said = Api.of().get(_place(_found(which)))
    _say(said, as_json, why_lines(said))
    raise typer.Exit(_status(said["run"]))


@APP.command()
def stop(which: Which, as_json: Json = False) -> None:
    """End a run."""
    run = _found(which)
    said = Api.of().post(f"{_place(run)}/stop")
    _say(said, as_json, [f"asked for the end of {_name(run)}"])


@APP.command()
def rerun(
    which: Which,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="What it has otherwise: executor_memory=4g, conf=spark.x=1, ..."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the same again: one more run, the first stays as it is."""
    run = _found(which)
    said = Api.of().post(f"{_place(run)}/rerun", **_changes(change or []))
    _say(said, as_json, [f"asked for another run of {_name(run)}"])


@APP.command()
def backfill(
    job: Annotated[str, typer.Argument(help="namespace/job.")],
    first: Annotated[str, typer.Option("--from", help="First day, such as 2026-11-01.")],
    last: Annotated[str, typer.Option("--to", help="Last day, which is part of it.")],
    redo: Annotated[str, typer.Option(help="missing, failed, checks, older or all.")] = "missing",
    order: Annotated[str, typer.Option(help="earliest or latest first.")] = "earliest",
    at_once: Annotated[int, typer.Option(help="Runs at the same time.")] = 3,
    stop_after: Annotated[
        int, typer.Option(help="Failed runs after which none is started; 0 for never.")
    ] = 3,
    change: Annotated[list[str] | None, typer.Option("--set", help="As in rerun.")] = None,
    start: Annotated[bool, typer.Option(help="Start it; without this, only show it.")] = False,
    as_json: Json = False,
) -> None:
    """Show what a backfill would start, and start it if that is asked for."""
    api, place = Api.of(), f"/jobs/{_job(job)}/backfill"
    asked: dict[str, str | list[str]] = {
        "first": first,
        "last": last,
        "redo": redo,
        "order": order,
        "at_once": str(at_once),
        "stop_after": str(stop_after) if stop_after else "",
        **_changes(change or []),
    }
    shown = api.get(place, **asked)
    plan = shown["plan"]
    if not start or plan["refused"]:
        _say(shown, as_json, plan_lines(plan))
        raise typer.Exit(Status.REFUSED if plan["refused"] else 0)
    said = api.post(
        api.address_of(place, **asked), token=plan["token"], confirmed="true" if plan["confirm"] else ""
    )
    began = said["backfill"]
    _say(said, as_json, [*plan_lines(plan), f"started: {began['id']}"])


@APP.command()
def checks(
    job: Annotated[
        str, typer.Argument(help="namespace/job; all jobs if left out. With --again as in why.")
    ] = "",
    again: Annotated[bool, typer.Option(help="Have Spark asked its conditions in SQL once more.")] = False,
    as_json: Json = False,
) -> None:
    """Say which days have the data that they should have; the exit status is 5 if one is red."""
    if again:
        run = _found(job, phase="succeeded")
        _say(Api.of().post(f"{_place(run)}/check"), as_json, [f"asked for the conditions of {_name(run)}"])
        return
    said = Api.of().get("/checks")
    rows = [row for row in said["jobs"] if not job or f"{row['namespace']}/{row['job']}" == job]
    _say(
        {"jobs": rows}, as_json, table(grid_rows(rows)) if rows else ["no job that you may see names checks"]
    )
    red = {"missing", "fail", "stale"}
    states = [cell["checked"]["state"] for row in rows for cell in row["cells"] if cell["checked"]]
    raise typer.Exit(Status.RED if red & set(states) else 0)


@APP.command()
def schedules(as_json: Json = False) -> None:
    """List schedules that did not come by Git, and what to write where the operator would not go on."""
    said = Api.of().get("/schedules")
    rows = said["schedules"]
    lines = (
        table(schedule_rows(rows)) if rows else ["no schedule that you may see came another way than by Git"]
    )
    unread = [f"{each['namespace']} could not be read: {each['why']}" for each in said["unread"]]
    _say(said, as_json, [*lines, *mending_lines(rows), *unread])


@APP.command()
def cost(
    by: Annotated[str, typer.Option(help="namespace, job, owner, cause, code or phase.")] = "job",
    since: Annotated[str, typer.Option(help="1h, 24h, 7d or 30d.")] = "30d",
    as_json: Json = False,
) -> None:
    """Say what runs took and cost; a dash stands for what nobody knows."""
    said = Api.of().get("/statistics", since=since)
    if by not in said or by in ("failures", "quotas"):
        raise AnswerError(f"--by {by} is none: write namespace, job, owner, cause, code or phase")
    _say({by: said[by]}, as_json, table(cost_rows(said[by], by)))


def main() -> None:
    """Run the command; what goes wrong is said in words."""
    try:
        APP()
    except (AnswerError, SubmitError, OSError) as error:
        Console(stderr=True).print(str(error), style="red", markup=False, highlight=False)
        sys.exit(Status.REFUSED)


def _say(said: Any, as_json: bool, lines: Sequence[str]) -> None:
    if as_json:
        typer.echo(json.dumps(said, indent=1))
        return
    for line in lines:
        typer.echo(line)


def _application(words: list[str], namespace: str, version: str) -> dict[str, Any]:
    if words and words[0].endswith(("spark-submit", "spark-submit.sh")):
        if not version:
            raise SubmitError("name the release of Spark: --version 4.1.2 before --")
        return application(words, namespace=namespace, version=version)
    if len(words) != 1:
        raise SubmitError("name one YAML file, or write -- spark-submit and its options")
    try:
        found = yaml.safe_load(Path(words[0]).read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SubmitError(f"{words[0]} is no YAML of one document: {error}") from error
    if not isinstance(found, dict):
        raise SubmitError(f"{words[0]} has no SparkApplication in it")
    if namespace:
        found["metadata"] = {**(found.get("metadata") or {}), "namespace": namespace}
    return found


def _job(text: str) -> str:
    if text.count("/") != 1:
        raise AnswerError(f"{text!r} is no job: write namespace/job")
    return text


def _found(which: str, phase: str = "") -> dict[str, Any]:
    """The run that is meant: of several the latest."""
    parts = which.strip("/").split("/")
    if not 2 <= len(parts) <= 4:
        raise AnswerError(f"{which!r} is no run: write namespace/job, and /interval and /n to be exact")
    namespace, job, interval, n = (*parts, "", "")[:4]
    said = Api.of().get("/runs", namespace=namespace, job=job, interval=interval, phase=phase, size="100")[
        "runs"
    ]
    found = [run for run in said if not n or str(run["n"]) == n]
    if not found:
        raise AnswerError(f"there is no run {which} that you may see")
    latest: dict[str, Any] = max(found, key=lambda run: (run["claimed"], run["n"]))
    return latest


def _place(run: dict[str, Any]) -> str:
    return f"/runs/{_name(run)}"


def _name(run: dict[str, Any]) -> str:
    return f"{run['namespace']}/{run['job']}/{run['interval']}/{run['n']}"


def _changes(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise AnswerError(f"--set {each} changes nothing: write name=value")
        found[name] = f"{found[name]}\n{value}" if name == "conf" and name in found else value
    return found


def _of_key(asked: dict[str, Any]) -> dict[str, Any] | None:
    said = Api.of().get("/runs", namespace=asked["namespace"], job=asked["job"], key=asked["key"])["runs"]
    return said[0] if said else None


def _waited(look: Callable[[], dict[str, Any] | None], limit: int) -> dict[str, Any]:
    until = time.monotonic() + limit
    run = look()
    while run is None or run["phase"] not in ENDED:
        if time.monotonic() > until:
            typer.echo(f"it is {run['phase'] if run else 'not begun'} after {limit} seconds", err=True)
            raise typer.Exit(Status.TOO_LONG)
        time.sleep(PAUSE_SECONDS)
        run = look()
    return run


def _end(run: dict[str, Any], as_json: bool) -> None:
    _say(run, as_json, why_lines({"run": run}))
    raise typer.Exit(_status(run))


def _status(run: dict[str, Any]) -> int:
    if run["phase"] == "failed":
        return Status.FAILED
    return 0 if run["phase"] == "succeeded" or run["phase"] not in ENDED else Status.OTHERWISE
