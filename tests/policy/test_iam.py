"""Wildcards: one definition for constructors and pack, and a reason covers just the statement it is for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws_plans.iam import Statement
from components.rules.iam import DocumentError, Explained, statements, wildcard_rule, wildcards
from components.rules.storage import BUCKET_POLICY
from policy.explained import EXPLAINED, IAM_WILDCARD

ACTIONS = st.lists(st.sampled_from(["s3:GetObject", "s3:Get*", "s3:*", "*", "sts:AssumeRole"]), min_size=1)
RESOURCES = st.lists(st.sampled_from(["*", "arn:aws:s3:::data/*", "arn:aws:s3:::data"]), min_size=1)
PRINCIPALS = st.none() | st.sampled_from(["*", "arn:aws:iam::111122223333:root"]).map(
    lambda who: {"AWS": who}
)


@given(actions=ACTIONS, resources=RESOURCES, principals=PRINCIPALS, effect=st.sampled_from(["Allow", "Deny"]))
def test_constructors_and_pack_agree_on_what_a_wildcard_is(
    actions: list[str], resources: list[str], principals: dict[str, str] | None, effect: str
) -> None:
    statement = Statement(
        sid="Any",
        actions=tuple(actions),
        resources=tuple(resources),
        principals=principals,
        effect=effect,
        why="any",
    )
    assert wildcards(statement.json) == statement.wildcards, (
        "else one of the two lets through what it should not"
    )


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:x"}, ("s3:*",)),
        ({"Effect": "Allow", "Action": ["s3:Get*"], "Resource": ["*"]}, ("s3:Get*", "*")),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:x"}, ("NotAction",)),
        ({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:x"}, ("NotResource",)),
        ({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:x", "Principal": "*"}, ("*",)),
        ({"Effect": "Allow", "Action": "s3:GetObject", "Principal": {"AWS": ["arn:x", "*"]}}, ("*",)),
        ({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/own/*"}, ()),
        ({"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*"}, ()),
    ],
)
def test_every_way_of_not_naming_things_counts(statement: dict[str, Any], found: tuple[str, ...]) -> None:
    assert wildcards(statement) == found


def test_every_reason_is_written_beside_its_statement() -> None:
    assert EXPLAINED, "the platform has wildcards that AWS leaves no other way for"
    for each in EXPLAINED:
        assert len(each.why) > 20, f"{each.sid} needs a sentence, not a word"


def _document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


LISTS = Explained(
    sid="ListProfiles",
    actions=frozenset({"iam:ListInstanceProfiles"}),
    wildcards=frozenset({"*"}),
    conditions=frozenset({("StringEquals", "aws:RequestedRegion")}),
    why="IAM knows no narrower resource for this list.",
)
RULE = wildcard_rule([LISTS])
IN_REGION = {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}


def test_an_explained_statement_passes() -> None:
    text = _document(Sid="ListProfiles", Action="iam:ListInstanceProfiles", Resource="*", Condition=IN_REGION)
    assert RULE.faults(text) == []


@pytest.mark.parametrize(
    "statement",
    [
        {"Sid": "Other", "Action": "iam:ListInstanceProfiles", "Resource": "*", "Condition": IN_REGION},
        {"Sid": "ListProfiles", "Action": "iam:DeleteRole", "Resource": "*", "Condition": IN_REGION},
        {"Sid": "ListProfiles", "Action": "iam:*", "Resource": "*", "Condition": IN_REGION},
        {"Sid": "ListProfiles", "Action": "iam:ListInstanceProfiles", "Resource": "*"},
        {
            "Sid": "ListProfiles",
            "Action": "iam:ListInstanceProfiles",
            "Resource": "*",
            "Principal": {"AWS": "*"},
            "NotAction": "iam:CreateUser",
            "Condition": IN_REGION,
        },
    ],
    ids=["another name", "another action", "a wider action", "without its condition", "everything but"],
)
def test_a_reason_does_not_cover_a_statement_that_borrows_its_name(statement: dict[str, Any]) -> None:
    assert RULE.faults(_document(**statement)), "a name is no reason"


@pytest.mark.parametrize("text", ["{", "[]", '{"Statement": ["s3:*"]}', '"*"'])
def test_what_is_no_policy_document_is_a_fault_and_not_a_crash(text: str) -> None:
    with pytest.raises(DocumentError):
        statements(text)
    assert IAM_WILDCARD.faults(text), "a document that nobody can read must not pass"
    assert BUCKET_POLICY.faults(text), "nor for a bucket"


def test_a_bucket_may_be_opened_to_who_meets_a_condition() -> None:
    open_to_ours = _document(
        Principal="*",
        Action="s3:GetObject",
        Resource="arn:x",
        Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}},
    )
    assert BUCKET_POLICY.faults(open_to_ours) == [], "a company's bucket for the whole company is not public"
