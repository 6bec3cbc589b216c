"""On a real Prometheus with one series of every metric, rules and panels find what they ask for."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from components.observability.alerts import prometheus_rule_spec, recorded
from components.observability.rule_model import RecordingRule
from tests.observability import world
from tests.observability.expressions import Expression, expressions
from tests.observability.series import SITE
from tests.observability.server import Server

pytestmark = pytest.mark.promtool

RULES = [rule for group in recorded(SITE) for rule in group.recording]
SHOWN = [each for each in expressions(SITE) if each.kind in ("panel", "variable")]

LOOKBACK_SECONDS = 330
"""For how long Prometheus takes a series' last value for its present one, and a sample more."""

SETTLE_SECONDS = 8.0
"""What rules need that build on each other, evaluated each second."""


@pytest.fixture(scope="module")
def computing(server: Callable[[], Server], span: tuple[int, int]) -> Server:
    """A Prometheus that computes the rules from scraped series alone."""
    made = server()
    made.load(world.scraped(), start=span[0], end=span[1])
    # So old that a query for now does not see it: what it sees was computed.
    made.load(world.recorded(), start=span[0], end=span[1] - LOOKBACK_SECONDS)
    made.start(prometheus_rule_spec(SITE))
    time.sleep(SETTLE_SECONDS)
    return made


@pytest.mark.parametrize("rule", {rule.record: rule for rule in RULES}.values(), ids=lambda rule: rule.record)
def test_a_recording_rule_gives_series_with_the_labels_that_it_names(
    computing: Server, rule: RecordingRule
) -> None:
    found = computing.api.query(rule.record)
    assert found, f"{rule.record} is empty"
    for each in found:
        assert each["metric"].keys() - {"__name__"} == set(rule.gives.split()), each["metric"]


@pytest.mark.parametrize("expression", SHOWN, ids=lambda each: each.where)
def test_what_a_dashboard_asks_returns_data(computing: Server, expression: Expression) -> None:
    assert computing.api.query(expression.promql), f"nothing: {expression.promql}"


def test_no_rule_fails(computing: Server) -> None:
    groups = computing.api.get("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    failed = {rule["name"]: rule["lastError"] for rule in rules if "lastError" in rule}
    assert rules
    assert not failed
