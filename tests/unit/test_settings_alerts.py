"""What a person reads who asks for alerts that nobody can be told of, and what may be asked for."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from components.settings import SettingsError, parse
from components.settings.alerts_rules import wanted_secrets
from components.settings.model import Settings

BASE = """
environment: dev
foundation: {kind: kubernetes}
tenants: [{team: data}, {team: science}]
observability:
  runbooks: https://git.example.com/runbooks
"""
MAIL = "kind: email, to: a@b.c, sender: d@e.f, server: 'mail:25'"
HOOK = "{name: hook, kind: webhook}"
CASES = {
    "a kind without what it needs": (
        "receivers: [{name: chat, kind: slack}]\ndefault: chat",
        ("observability.alerts.receivers[0].channel", "is missing: slack needs it"),
    ),
    "a key of another kind": (
        "receivers: [{name: hook, kind: webhook, channel: '#a'}]\ndefault: hook",
        ("observability.alerts.receivers[0].channel", "is of no use to webhook; remove it"),
    ),
    "a name of the platform's own": (
        "receivers: [{name: nobody, kind: webhook}]\ndefault: nobody",
        ('observability.alerts.receivers[0].name = "nobody"', "choose another one"),
    ),
    "two of one name": (
        f"receivers: [{HOOK}, {HOOK}]\ndefault: hook",
        ('observability.alerts.receivers[1].name = "hook"', "is another receiver's name too"),
    ),
    "a default that is not there": (
        f"receivers: [{HOOK}]\ndefault: hooks\nheartbeat: hook",
        ('observability.alerts.default = "hooks"', "is none of observability.alerts.receivers (hook)"),
    ),
    "a receiver that nothing names": (
        f"receivers: [{HOOK}, {{name: b, kind: pagerduty}}]\ndefault: hook",
        ('observability.alerts.receivers[1].name = "b"', "is told of nothing"),
    ),
    "a heartbeat that would be a mail a minute": (
        f"receivers: [{{name: m, {MAIL}}}]\nheartbeat: m",
        ('observability.alerts.heartbeat = "m"', "name a webhook"),
    ),
    "warnings alone": (
        f"receivers: [{HOOK}]\nwarnings: hook",
        ("observability.alerts.default", "nobody of what is critical; name a receiver"),
    ),
    "warnings to nobody": (
        f"receivers: [{HOOK}]\ndefault: hook\nwarnings: chat",
        ('observability.alerts.warnings = "chat"', "is none of observability.alerts.receivers (hook)"),
    ),
    "a team's warnings to nobody": (
        f"receivers: [{HOOK}]\nteams: [{{team: data, receiver: hook, warnings: chat}}]",
        ('observability.alerts.teams[0].warnings = "chat"', "is none of observability.alerts.receivers"),
    ),
    "a team that is none": (
        f"receivers: [{HOOK}]\nteams: [{{team: sales, receiver: hook}}]",
        ('observability.alerts.teams[0].team = "sales"', "is no team of tenants (data, science)"),
    ),
    "a team twice": (
        f"receivers: [{HOOK}]\nteams: [{{team: data, receiver: hook}}, {{team: data, receiver: hook}}]",
        ('observability.alerts.teams[1].team = "data"', "has a receiver already"),
    ),
    "a topic without AWS": (
        "receivers: [{name: t, kind: sns, topic: 'arn:aws:sns:eu-central-1:1:t'}]\ndefault: t",
        ("observability.alerts.receivers[0].topic", "only pods of the foundation aws have an identity"),
    ),
    "a password of nobody's": (
        f"receivers: [{{name: m, {MAIL}, secret: s}}]\ndefault: m",
        ("observability.alerts.receivers[0].user", "write whose it is, or remove secret"),
    ),
    "a mail server without a port": (
        "receivers: [{name: m, kind: email, to: a@b.c, sender: d@e.f, server: mail}]\ndefault: m",
        ('observability.alerts.receivers[0].server = "mail"', "write one such as smtp.example.com:587"),
    ),
}


def values(alerts: str, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(BASE) | changes
    found["observability"] |= {"alerts": yaml.safe_load(alerts)}
    return found


def settings(alerts: str, **changes: Any) -> Settings:
    return parse(values(alerts, **changes))


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_mistake_is_told_with_its_key_and_what_to_do(case: str) -> None:
    text, (key, remedy) = CASES[case]
    with pytest.raises(SettingsError) as caught:
        settings(text)
    message = re.sub(r"\s+", " ", str(caught.value))
    assert key in message
    assert remedy in message
    assert len(caught.value.problems) == 1, "one mistake is one error"


TOLD = f"receivers: [{HOOK}, {{name: outside, kind: webhook}}]\ndefault: hook\nheartbeat: outside"
PRODUCTION = ("prod", "production", "prd", "live", "prod-eu", "eu-prod2", "main", "blue", "test-prod")
TRIAL = (
    "dev",
    "test-2",
    "dev3",
    "staging",
    "pre-prod",
    "non-prod-eu",
    "nonprod-eu",
    "sandbox",
    "e2e",
    "pr-1423",
)


def keys(caught: pytest.ExceptionInfo[SettingsError]) -> set[str]:
    return {".".join(map(str, each.path)) for each in caught.value.problems}


@pytest.mark.parametrize("environment", PRODUCTION)
def test_production_in_which_nobody_is_told_is_refused(environment: str) -> None:
    with pytest.raises(
        SettingsError, match="somebody has to be told when jobs fail; add a receiver"
    ) as caught:
        settings("{}", environment=environment)
    assert keys(caught) == {"observability.alerts.default", "observability.alerts.heartbeat"}
    settings(TOLD, environment=environment)


@pytest.mark.parametrize("environment", TRIAL)
def test_where_things_are_tried_out_nobody_has_to_be_told(environment: str) -> None:
    settings("{}", environment=environment)
    parse({**yaml.safe_load(BASE), "environment": environment, "observability": {"enabled": False}})


def test_production_has_a_heartbeat() -> None:
    with pytest.raises(SettingsError, match="notice when nobody is told any more; add a webhook") as caught:
        settings(f"receivers: [{HOOK}]\ndefault: hook", environment="prod")
    assert keys(caught) == {"observability.alerts.heartbeat"}
    settings(f"receivers: [{HOOK}]\ndefault: hook\nwithout: [heartbeat]", environment="prod")


def test_a_tenant_of_production_in_another_stack_has_somebody_told_too() -> None:
    tenants = [{"team": "data"}, {"team": "data", "environment": "prod"}]
    with pytest.raises(SettingsError, match="in prod somebody has to be told"):
        settings("{}", tenants=tenants)


def test_production_that_is_not_watched_says_so_on_purpose() -> None:
    unwatched = {**yaml.safe_load(BASE), "environment": "prod", "observability": {"enabled": False}}
    with pytest.raises(SettingsError, match=r"without: \[default, heartbeat\]") as caught:
        parse(unwatched)
    assert keys(caught) == {"observability.enabled"}
    unwatched["observability"]["alerts"] = {"without": ["default", "heartbeat"]}
    parse(unwatched)


def test_what_a_stack_goes_without_is_not_there() -> None:
    with pytest.raises(SettingsError, match=r"is there, as observability\.alerts\.default; remove one"):
        settings(f"receivers: [{HOOK}]\ndefault: hook\nwithout: [default]")


def test_whoever_is_told_gets_runbooks_with_an_address() -> None:
    found = values(f"receivers: [{HOOK}]\ndefault: hook")
    del found["observability"]["runbooks"]
    with pytest.raises(SettingsError, match=r"observability\.runbooks"):
        parse(found)


@pytest.mark.parametrize("address", ["https://git.example.com/a", "http://git.example.com/a"])
def test_an_address_of_runbooks_is_any_that_people_can_open(address: str) -> None:
    found = values(f"receivers: [{HOOK}]\ndefault: hook")
    found["observability"]["runbooks"] = address
    assert parse(found).observability.runbooks == address


def test_a_receiver_without_a_secret_of_the_cluster_wants_one_of_the_stack_file() -> None:
    found = settings(
        f"receivers: [{HOOK}, {{name: there, kind: pagerduty, secret: mine}}, {{name: open, {MAIL}}}, "
        f"{{name: closed, {MAIL}, user: me}}]\n"
        "default: there\nteams: [{team: data, receiver: open}, {team: science, receiver: closed}]\n"
        "heartbeat: hook"
    )
    assert sorted(wanted_secrets(found)) == ["alertSecret-closed", "alertSecret-hook"]
