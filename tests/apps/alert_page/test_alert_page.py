"""The page of what was sent: what it keeps, what it shows, and whom it listens to."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.alert_page.page import page
from apps.alert_page.sent import Message, MessageError, Sent
from apps.alert_page.server import LARGEST_MESSAGE, AlertPage

NOW = 1_800_000_000.0


def body(receiver: str = "on-call", *names: str, status: str = "firing", **annotations: str) -> bytes:
    alerts = [
        {"status": status, "labels": {"alertname": name}, "annotations": annotations}
        for name in names or ("A",)
    ]
    return json.dumps({"receiver": receiver, "status": status, "alerts": alerts}).encode()


def kept(file: Path, most: int = 3) -> Sent:
    return Sent(file, kept=most, now=lambda: NOW)


def names(sent: Sent) -> list[str]:
    return [alert["labels"]["alertname"] for message in sent.messages for alert in message.alerts]


def test_the_newest_messages_are_kept_over_restarts(tmp_path: Path) -> None:
    file = tmp_path / "sent.jsonl"
    first = kept(file)
    for number in range(20):
        first.take(body("on-call", f"A{number}"))
    assert names(first) == ["A19", "A18", "A17"]
    assert names(kept(file)) == ["A19", "A18", "A17"]
    assert len(file.read_text().splitlines()) <= 7, "the file does not grow for ever"


def test_a_line_that_was_cut_off_costs_that_line_alone(tmp_path: Path) -> None:
    file = tmp_path / "sent.jsonl"
    kept(file).take(body("on-call", "whole"))
    with file.open("a") as torn:
        torn.write('{"time": 1, "recei')
    assert names(kept(file)) == ["whole"]


def test_what_comes_after_a_cut_line_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "sent.jsonl"
    file.write_text('{"time": 1, "recei')
    kept(file).take(body("on-call", "next"))
    assert names(kept(file)) == ["next"]


def test_a_heartbeat_is_remembered_and_not_kept(tmp_path: Path) -> None:
    sent = kept(tmp_path / "sent.jsonl")
    sent.take(body("heartbeat", "Watchdog"))
    assert (sent.messages, sent.heartbeat) == ([], NOW)


@pytest.mark.parametrize(
    "posted",
    [b"", b"[]", b"{}", b'{"receiver": 1, "alerts": []}', b'{"receiver": "a", "alerts": [1]}', b"\xff"],
    ids=["nothing", "a list", "no keys", "a number", "no alerts", "no text"],
)
def test_what_is_no_message_is_refused(tmp_path: Path, posted: bytes) -> None:
    with pytest.raises(MessageError):
        kept(tmp_path / "sent.jsonl").take(posted)


def shown(*alerts: dict[str, Any], heartbeat: float | None = NOW) -> str:
    return page([Message(NOW, "on-call", alerts)], heartbeat=heartbeat, now=NOW + 10)


def alert(status: str = "firing", **annotations: str) -> dict[str, Any]:
    return {"status": status, "labels": {"alertname": "A", "team": "data"}, "annotations": annotations}


def test_a_row_says_what_was_sent_to_whom_and_leads_on() -> None:
    text = shown(alert(summary="It fails", runbook_url="https://x/A.md", logs_url="http://x/logs"))
    assert "FIRING" in text
    assert "on-call" in text
    assert "It fails" in text
    assert '<a href="https://x/A.md">runbook</a> <a href="http://x/logs">logs</a>' in text
    assert "resolved" in shown(alert("resolved")), "in words, not by colour"


def test_what_comes_from_outside_is_text_and_no_script() -> None:
    text = shown(alert(summary="<script>alert(1)</script>", runbook_url="javascript:alert(1)"))
    assert "<script>" not in text
    assert "javascript:" not in text


@pytest.mark.parametrize(
    ("heartbeat", "words"),
    [
        (None, "No heartbeat of Prometheus since"),
        (NOW, "live: heartbeat 10 seconds ago"),
        (NOW - 600, "NO HEARTBEAT for 610 seconds"),
    ],
    ids=["never", "now", "long ago"],
)
def test_the_page_says_whether_prometheus_lives(heartbeat: float | None, words: str) -> None:
    assert words in shown(heartbeat=heartbeat)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[AlertPage]:
    (tmp_path / "A.md").write_text("# A\n")
    (tmp_path / "secret").write_text("no runbook")
    made = AlertPage(("127.0.0.1", 0), kept(tmp_path / "sent.jsonl"), tmp_path, now=lambda: NOW)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def ask(served: AlertPage, path: str, posted: bytes | None = None, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", served.server_address[1], timeout=30)
    connection.request("GET" if posted is None else "POST", path, posted, headers)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def test_what_is_posted_is_shown(served: AlertPage) -> None:
    assert ask(served, "/sent", body("on-call", "Shown")) == (200, "")
    status, text = ask(served, "/")
    assert status == 200
    assert "Shown" in text


def test_a_runbook_is_shown_and_no_other_file(served: AlertPage) -> None:
    assert ask(served, "/runbooks/A.md") == (200, "# A\n")
    for path in ("/runbooks/secret", "/runbooks/../secret", "/runbooks/B.md", "/sent.jsonl"):
        assert ask(served, path)[0] == 404


def test_a_message_that_is_none_or_too_large_is_refused_in_words(served: AlertPage) -> None:
    assert ask(served, "/sent", b"{}")[0] == 400
    large = str(LARGEST_MESSAGE + 1)
    assert ask(served, "/sent", b"{}", **{"Content-Length": large})[0] == 413
    assert ask(served, "/", body())[0] == 403
    assert served.sent.messages == []
