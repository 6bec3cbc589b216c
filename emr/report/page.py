"""The report as one page: no script, nothing from elsewhere, so that it can be mailed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final

_STYLE: Final = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;
padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem .5rem;border-bottom:1px solid #d8dee4}
code{font-size:.85em;overflow-wrap:anywhere}td.code{white-space:nowrap}.level{white-space:nowrap;font-weight:600}
.blocked,.lost{color:#b3261e}.by-hand{color:#8a5300}.changed{color:#0b57d0}.exact{color:#57606a}
.numbers{display:flex;gap:2rem;flex-wrap:wrap;padding:0;list-style:none}
.numbers b{font-size:1.6rem;display:block}
@media (prefers-color-scheme:dark){body{color:#e6e9ed;background:#14171a}
th,td{border-color:#343a40}
.blocked,.lost{color:#ff8a80}.by-hand{color:#ffca7a}.changed{color:#8ab4f8}.exact{color:#9aa4ad}}
"""
_ORDER: Final = ("blocked", "lost", "by hand", "changed", "exact")


def page(report: Mapping[str, Any]) -> str:
    """The whole page.

    Args:
        report: as `data.report` makes it.
    """
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>From EMR: what moves</title><style>{_STYLE}</style></head><body>\n"
        "<h1>From EMR: what moves, what changes, what is lost</h1>\n"
        f"{_numbers(report['summary'])}{_advice(report)}{_questions(report['questions'])}"
        f"{''.join(_file(each) for each in report['files'])}</body></html>\n"
    )


def _code(each: Mapping[str, Any]) -> str:
    return f'<td class="code"><code>{escape(each["code"])}</code></td>'


def _numbers(summary: Mapping[str, Any]) -> str:
    shown = [
        (summary["jobs"], "jobs"),
        (summary["written"], "can be written"),
        (summary["blocked"], "jobs blocked"),
        *((count, level) for level, count in summary["findings"].items() if level != "exact"),
    ]
    cells = "".join(f"<li><b>{number}</b>{escape(str(what))}</li>" for number, what in shown)
    leaves = summary["leaves"]
    return (
        f'<ul class="numbers">{cells}</ul>\n<p>Of {leaves["leaves"]} values in {summary["files"]} '
        f"file(s) {leaves['used']} are used, "
        f"{leaves['dropped']} dropped with a reason and {leaves['reported']} reported.</p>\n"
    )


def _advice(report: Mapping[str, Any]) -> str:
    sentences = [*report["stay"], *report["costs"]]
    if not sentences:
        return ""
    return (
        "<h2>Move or stay</h2>\n<ul>" + "".join(f"<li>{escape(each)}</li>" for each in sentences) + "</ul>\n"
    )


def _questions(found: Iterable[Mapping[str, Any]]) -> str:
    rows = "".join(
        f"<tr>{_code(each)}<td>{escape(each['why'])}</td><td>{escape(each['do'])}</td>"
        f"<td>{each['places']}</td></tr>"
        for each in found
    )
    if not rows:
        return ""
    return (
        "<h2>To be decided before anything runs</h2>\n<table><tr><th>code</th><th>why</th><th>what to "
        "do</th><th>places</th></tr>"
        f"{rows}</table>\n"
    )


def _state(job: Mapping[str, Any]) -> str:
    return "can be written" if job["written"] else f"blocked: {escape(', '.join(job['blockedBy']))}"


def _file(file: Mapping[str, Any]) -> str:
    jobs = "".join(
        f"<tr><td>{escape(each['job'])}</td><td><code>{escape(each['name'])}</code></td>"
        f'<td class="{"exact" if each["written"] else "blocked"}">'
        f"{_state(each)}</td></tr>"
        for each in file["jobs"]
    )
    findings = sorted(file["findings"], key=lambda each: _ORDER.index(each["level"]))
    rows = "".join(
        f'<tr><td class="level '
        f'{each["level"].replace(" ", "-")}">{each["level"]}</td>{_code(each)}'
        f"<td><code>{escape(each['at'])}</code> "
        f"{escape(each['value'][:200])}</td><td>{escape(each['why'])}</td>"
        f"<td>{escape(each['do'])}</td></tr>"
        for each in findings
    )
    table = f"<table><tr><th>job</th><th>application</th><th></th></tr>{jobs}</table>\n" if jobs else ""
    return (
        f"<h2>{escape(file['name'])}</h2>\n<p>{escape(file['kind'])}</p>\n{table}<details "
        f"open><summary>{len(findings)} findings"
        "</summary><table><tr><th></th><th>code</th><th>place</th><th>why</th><th>what to do</th></tr>"
        f"{rows}</table></details>\n"
    )
