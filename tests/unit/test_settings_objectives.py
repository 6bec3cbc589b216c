"""What a team may agree on, and what a person reads whose objective nothing could hold."""

from __future__ import annotations

import re

import pytest
import yaml

from components.observability.alerts_objectives import FAST
from components.settings import SettingsError, parse
from components.settings.objectives import LEAST_PERCENT

BASE = """
environment: dev
foundation: {kind: kubernetes}
tenants: [{team: data, objectives: OBJECTIVES}]
"""
REFUSED = {
    "less than an alert can see": ("{success: 90}", "", "is out of bounds; write 94 to 99.99"),
    "no failure ever": ("{success: 100}", "", "is out of bounds; write 94 to 99.99"),
    "text": ("{timeliness: '95'}", "", "must be a number without quotes"),
    "metrics that are gone before they are looked at": (
        "{success: 99}",
        "observability: {retentionDays: 2}",
        "is too short for objectives of teams",
    ),
}


def settings(objectives: str, more: str = "") -> object:
    return yaml.safe_load(BASE.replace("OBJECTIVES", objectives) + more)


@pytest.mark.parametrize("case", REFUSED)
def test_an_objective_that_nothing_could_hold_is_refused(case: str) -> None:
    objectives, more, said = REFUSED[case]
    with pytest.raises(SettingsError, match=re.escape(said)):
        parse(settings(objectives, more))


def test_percent_are_read_as_shares() -> None:
    (tenant,) = parse(settings("{success: 99.5, timeliness: 95}")).tenants
    assert tenant.objectives.shares == {"success": 0.995, "timeliness": 0.95}


def test_a_team_has_agreed_on_nothing_unless_it_says_so() -> None:
    (tenant,) = parse(settings("{}", "observability: {retentionDays: 1}")).tenants
    assert tenant.objectives.shares == {}


def test_the_least_objective_lets_the_fastest_alert_come() -> None:
    allowed = 1 - LEAST_PERCENT / 100
    assert FAST * allowed < 1, "even if every run fails the budget could not go that fast"
