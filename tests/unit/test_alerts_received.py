"""The account of what receivers of alerts got on the running platform, of made-up messages."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from apps.alert_page import sent
from apps.alert_page.page import page
from components import settings
from tests.cluster import receivers, sent_page, told_page
from tests.cluster.received import RESOLVED, by_alert, messages, messages_about, said_again, told
from tests.cluster.told import Account, Fault
from workspace.paths import ROOT
from workspace.stack_files import SETTINGS

BEFORE, SINCE, THEN, LATER = (f"2026-01-02T03:0{minute}:00" for minute in range(4))
FAILED = {"alertname": "SparkDriverFailed", "namespace": "data-dev"}


def alert(name: str, status: str = "firing", *, began: str = THEN, **labels: str) -> dict[str, Any]:
    said = {"alertname": name, **labels}
    return {
        "fingerprint": str(sorted(said.items())),
        "status": status,
        "startsAt": f"{began}.5Z",
        "labels": said,
    }


def line(to: str, *alerts: dict[str, Any], at: float = 0) -> str:
    return json.dumps({"to": to, "at": at, "alerts": list(alerts)})


def failed(run: str, status: str = "firing", *, began: str = THEN) -> dict[str, Any]:
    return alert("SparkDriverFailed", status, began=began, namespace="data-dev", app=run)


def test_a_fault_in_two_messages_to_one_receiver_was_told_once() -> None:
    found = messages([line("data", failed("a")), line("data", failed("a"), failed("b"))])
    assert told(found, {**FAILED, "app": "a"}, since=SINCE) == {"data": 1}
    assert messages_about(found, {**FAILED, "app": "a"}, since=SINCE) == {"data": 2}


def test_a_fault_that_two_receivers_were_told_of_is_seen() -> None:
    found = messages([line("data", failed("a")), line("on-call", failed("a"))])
    assert told(found, FAILED, since=SINCE) == {"data": 1, "on-call": 1}


def test_a_fault_that_began_to_fire_twice_was_told_twice() -> None:
    found = messages([line("data", failed("a")), line("data", failed("a", began=LATER))])
    assert told(found, FAILED, since=SINCE) == {"data": 2}


def test_what_began_before_counts_for_nothing() -> None:
    found = messages([line("data", failed("a", began=BEFORE))])
    assert told(found, FAILED, since=SINCE) == Counter()
    assert by_alert(found, since=SINCE) == {}


def test_that_a_fault_is_over_is_counted_by_itself() -> None:
    found = messages([line("data", failed("a")), line("data", failed("a", RESOLVED))])
    assert told(found, FAILED, since=SINCE, status=RESOLVED) == {"data": 1}


def test_a_message_in_which_nothing_is_new_is_said_again() -> None:
    twice = messages([line("data", failed("a"), at=1), line("data", failed("a"), at=2)])
    assert [each.at for each in said_again(twice)] == [2]


def test_a_message_that_another_run_has_joined_or_that_says_the_end_is_not_said_again() -> None:
    found = messages(
        [
            line("data", failed("a")),
            line("data", failed("a"), failed("b")),
            line("on-call", failed("a")),
            line("data", failed("a", RESOLVED), failed("b")),
        ]
    )
    assert said_again(found) == []


def test_the_account_says_of_each_fault_what_came_of_it_and_the_page_shows_it(tmp_path: Path) -> None:
    faults = [Fault("a driver fails", FAILED, "data"), Fault("no disk", {"alertname": "Disk"}, "on-call")]
    account = Account(faults, began=100, since=SINCE)
    account.see([{**FAILED, "app": "a"}], 20)
    account.messages = messages([line("data", failed("a"), at=150), line("desk", alert("Other"), at=160)])
    assert account.untold == ["no disk"]
    account.keep("jobs", ["cores: 2"], "2026-01-02", [100, 160, 230], tmp_path / "records")
    told_page.main(tmp_path / "records", tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text()
    for row in (
        "## Jobs",
        "- cores: 2",
        "- heartbeats: 3, 70 seconds apart at most",
        "| a driver fails | SparkDriverFailed | 20 s | 50 s | data: 1 | data: 1 |",
        "| no disk | Disk | never | never | nobody | nobody |",
        "| Other | desk: 1 |",
    ):
        assert row in text.splitlines()


def test_the_page_of_what_was_sent_is_read_line_by_line() -> None:
    one = failed("a <b>")
    one["annotations"] = {"summary": "a <b> failed", "runbook_url": "https://example.com/x"}
    shown = page([sent.Message(1.0, "data", (one, failed("c", RESOLVED)))], heartbeat=None, now=2)
    assert [(line.time, line.status, line.to, line.alert) for line in sent_page.read(shown)] == [
        ("1970-01-01 00:00:01", "firing", "data", "SparkDriverFailed"),
        ("1970-01-01 00:00:01", "resolved", "data", "SparkDriverFailed"),
    ]
    assert "a <b> failed" in next(sent_page.read(shown)).says


def test_the_stack_of_one_machine_takes_the_receivers_of_the_long_run() -> None:
    stack = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"][SETTINGS]
    stack["observability"] |= {"alerts": receivers.alert_settings(), "runbooks": "http://127.0.0.1/runbooks"}
    parsed = settings.parse(stack)
    assert parsed.observability.alerts.routed == (receivers.ON_CALL, receivers.DESK, receivers.TEAM)
    assert receivers.TEAM in {tenant.team for tenant in parsed.tenants}
