"""The page: a row for each alert of each message. Everything from outside is text, never markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from string import Template
from typing import Any

from .sent import Message

LINKS = {"runbook_url": "runbook", "run_url": "run", "logs_url": "logs", "dashboard_url": "dashboard"}
"""Annotation of an alert -> what its link is called."""

SILENCE_SECONDS = 180
"""After so long without a heartbeat something is wrong: they come once a minute."""

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="refresh" content="30">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Alerts: what was sent</title>
<style>
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { margin: 1.5rem; } h1 { font-size: 1.3rem; } p { max-width: 60rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; }
tr { border-bottom: 1px solid #8885; }
td.time { white-space: nowrap; } small { opacity: .75; }
</style></head><body>
<h1>Alerts: what was sent</h1>
<p>$heartbeat</p>
<p>$count</p>
<p>Whether a receiver took its message is not known here: the alert SparkAlertsNotDelivered names
those that do not.</p>
<table><thead><tr><th>when (UTC)</th><th>state</th><th>sent to</th><th>alert</th><th>says</th></tr></thead>
<tbody>
$rows
</tbody></table></body></html>
""")


def page(messages: Sequence[Message], *, heartbeat: float | None, now: float) -> str:
    """Make the page.

    Args:
        messages: the messages, newest first.
        heartbeat: when Prometheus last said that it lives; None if it never did.
        now: the time, in seconds since 1970.
    """
    rows = [row for message in messages for row in _rows(message)]
    return _PAGE.substitute(
        heartbeat=escape(_alive(heartbeat, now)),
        count=f"{len(messages)} messages are kept, the newest first."
        if messages
        else "Nothing was sent yet.",
        rows="\n".join(rows),
    )


def _alive(heartbeat: float | None, now: float) -> str:
    if heartbeat is None:
        return (
            "No heartbeat of Prometheus since this page was started: wait a minute or two, then look at it."
        )
    age = max(0, round(now - heartbeat))
    if age > SILENCE_SECONDS:
        return (
            f"NO HEARTBEAT for {age} seconds: Prometheus is down, can't reach Alertmanager, "
            "or the default receiver takes nothing."
        )
    return f"Prometheus and Alertmanager live: heartbeat {age} seconds ago."


def _rows(message: Message) -> Iterator[str]:
    time = datetime.fromtimestamp(message.time, UTC).strftime("%Y-%m-%d %H:%M:%S")
    for alert in message.alerts:
        labels, said = _texts(alert, "labels"), _texts(alert, "annotations")
        state = "FIRING" if alert.get("status") == "firing" else "resolved"
        who = " ".join(labels[key] for key in ("severity", "team") if key in labels)
        yield (
            f'<tr><td class="time">{time}</td><td>{state}</td><td>{escape(message.receiver)}</td>'
            f"<td>{escape(labels.get('alertname', ''))}<br><small>{escape(who)}</small></td>"
            f"<td>{escape(said.get('summary', ''))}<br><small>{escape(said.get('description', ''))}</small>"
            f"<br>{' '.join(_links(said))}</td></tr>"
        )


def _links(said: dict[str, str]) -> Iterator[str]:
    for key, name in LINKS.items():
        # Another scheme could be a script.
        if said.get(key, "").startswith(("https://", "http://")):
            yield f'<a href="{escape(said[key])}">{name}</a>'


def _texts(alert: dict[str, Any], key: str) -> dict[str, str]:
    found = alert.get(key)
    return {str(name): str(text) for name, text in found.items()} if isinstance(found, dict) else {}
