"""Each rule on what is as it should be, on what is not, and on what says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from components.rules.model import UNKNOWN, Guard, Rule
from policy.judging import judge_all
from policy.targets import STACK_RULES, TARGETS
from tests.policy.cases import CASES, Case
from tests.support.golden import Golden

by_rule_and_type = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.rule}-{case.type.rsplit(':', 1)[-1]}"
)


def _messages(case: Case, kind: str) -> list[str]:
    return _of(case.rule, judge_all(case.type, getattr(case, kind)))


def _of(wanted: str, found: Iterable[tuple[Rule, str]]) -> list[str]:
    return [rule.message(fault) for rule, fault in found if rule.id == wanted]


@by_rule_and_type
def test_what_is_as_it_should_be_passes(case: Case) -> None:
    assert _messages(case, "good") == [], "a rule that stops good work gets switched off"


@by_rule_and_type
def test_what_breaks_the_rule_is_stopped_with_the_place_and_what_to_do(case: Case) -> None:
    found = _messages(case, "bad")
    assert len(found) == 1, "one fault, one message"
    assert case.says in found[0], "whoever reads it has to find the place"


@by_rule_and_type
def test_what_says_nothing_is_judged_by_what_aws_or_kubernetes_makes_of_it(case: Case) -> None:
    found = _messages(case, "missing")
    if case.says_missing is None:
        assert found == [], "the default is safe, so saying nothing is fine"
    else:
        assert case.says_missing in "\n".join(found), "the default is not safe, so saying nothing is a fault"


def test_what_a_preview_says_of_each_case_changes_only_by_review(golden: Golden) -> None:
    shown = "".join(
        f"# {case.rule}, {case.type}, {kind}\n{message}\n"
        for case in CASES
        for kind in ("bad", "missing")
        for message in _messages(case, kind)
    )
    golden("policy/messages.txt", shown)


def test_every_rule_has_its_three_cases() -> None:
    assert {case.rule for case in CASES} == {rule.id for rule, _ in TARGETS}, "a rule without cases is a hope"


def test_every_rule_has_an_id_of_its_own_a_reason_and_a_remedy() -> None:
    rules: list[Guard] = [*(rule for rule, _ in TARGETS), *STACK_RULES]
    ids = [rule.id for rule in rules]
    assert len(set(ids)) == len(ids), "the id is how a company switches a rule off, or to a warning"
    for rule in rules:
        assert rule.reason.endswith("."), f"{rule.id} has to say in a sentence why it exists"
        assert rule.remedy, f"{rule.id} has to say what to do"
        assert ".. " not in rule.message("wrong"), f"{rule.id}: its remedy stands before a full stop"


def _with_one_part_unknown(value: Any) -> Iterator[Any]:
    """The same properties, each time with another part of them not known yet."""
    yield UNKNOWN
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from ({**value, key: other} for other in _with_one_part_unknown(part))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from (
                [*value[:number], other, *value[number + 1 :]] for other in _with_one_part_unknown(part)
            )


@by_rule_and_type
def test_what_is_not_known_yet_is_not_held_against_anything(case: Case) -> None:
    for key, part in case.good.items():
        for other in _with_one_part_unknown(part):
            found = _of(case.rule, judge_all(case.type, {**case.good, key: other}))
            assert found == [], f"a preview would stop at {other}, which is fine once it is known"


def test_what_is_known_is_judged_even_beside_what_is_not() -> None:
    case = next(case for case in CASES if case.rule == "pod-resources")
    properties = {**case.bad, "metadata": {"annotations": UNKNOWN}}
    properties["spec"] = {**properties["spec"], "replicas": UNKNOWN}
    assert _of(case.rule, judge_all(case.type, properties)), "Pulumi itself would skip the whole resource"
