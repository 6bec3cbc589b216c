"""The report for people at a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

_COLOURS: Final = {"blocked": "red", "lost": "red", "by hand": "yellow", "changed": "cyan", "exact": "dim"}
_SHOWN: Final = ("blocked", "lost", "by hand", "changed")


def show(console: Console, report: Mapping[str, Any], *, everything: bool = False) -> None:
    """Print the report.

    Args:
        console: where to.
        report: as `data.report` makes it.
        everything: also what is dropped because nothing is lost.
    """
    summary = report["summary"]
    console.print(
        f"{summary['jobs']} job(s) in {summary['files']} file(s): {summary['written']} can be written, "
        f"{summary['blocked']} blocked."
    )
    counts = ", ".join(f"{count} {level}" for level, count in summary["findings"].items())
    leaves = summary["leaves"]
    console.print(
        f"Findings: {counts or 'none'}. Of {leaves['leaves']} values {leaves['used']} are used, "
        f"{leaves['dropped']} dropped with "
        f"a reason, {leaves['reported']} reported.",
        soft_wrap=True,
    )
    for sentence in [*report["stay"], *report["costs"]]:
        console.print(f"* {sentence}", soft_wrap=True, markup=False)
    for file in report["files"]:
        _show_file(console, file, everything)


def _show_file(console: Console, file: Mapping[str, Any], everything: bool) -> None:
    console.print(f"\n[bold]{escape(file['name'])}[/bold] ({escape(file['kind'])})", soft_wrap=True)
    for job in file["jobs"]:
        state = (
            "[green]written as[/green] " + job["name"]
            if job["written"]
            else f"[red]blocked[/red] by {', '.join(job['blockedBy'])}"
        )
        console.print(f"  {escape(job['job'])}: {state}", soft_wrap=True)
    wanted = [*_SHOWN, "exact"] if everything else _SHOWN
    for level in wanted:
        grouped: dict[tuple[str, str, str], list[str]] = {}
        for each in file["findings"]:
            if each["level"] == level:
                grouped.setdefault((each["code"], each["why"], each["do"]), []).append(_place(each))
        for (code, why, todo), places in grouped.items():
            more = f" and {len(places) - 3} more" if len(places) > 3 else ""
            console.print(
                f"  [{_COLOURS[level]}]{level}[/{_COLOURS[level]}] {code} at "
                f"{escape(', '.join(places[:3]))}{more}: {escape(why)}",
                soft_wrap=True,
            )
            if todo:
                console.print(f"      -> {escape(todo)}", soft_wrap=True)


def _place(found: Mapping[str, Any]) -> str:
    value = " ".join(str(found["value"]).split())
    return f"{found['at']} ({value[:40]})" if value else str(found["at"])
