"""The judge decides as AWS documents it: each rule with a case on both sides of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.store.judge.actions import Call, key_needs, needs, to_be_told
from tests.store.judge.policies import NotJudgedError, Request, allowed, delegates
from tests.store.judge.roles import BUCKETS, buckets, roles

ROLE = "arn:aws:iam::444455556666:role/one"
READ = Request(action="s3:GetObject", resource="arn:aws:s3:::b/own/file")
LIST = Request(action="s3:ListBucket", resource="arn:aws:s3:::b", context={"s3:prefix": "own"})


def document(**statement: Any) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", **statement}],
    }


def decided(request: Request, *identity: dict[str, Any], resource: dict[str, Any] | None = None) -> bool:
    return allowed(request, identity=identity, resource=resource, principal=ROLE)


@pytest.mark.parametrize(
    ("statement", "request_", "answer"),
    [
        ({}, READ, True),
        ({"Action": "s3:getobject"}, READ, True),
        ({"Action": ["s3:Get?bject"]}, READ, True),
        ({"Action": "s3:GetObjectVersion"}, READ, False),
        ({"NotAction": "s3:GetObject", "Action": None}, READ, False),
        ({"Resource": "arn:aws:s3:::b/own/*"}, READ, True),
        ({"Resource": "arn:aws:s3:::b/own"}, READ, False),
        ({"Resource": "arn:aws:s3:::B/own/*"}, READ, False),
        ({"Condition": {"StringLike": {"s3:prefix": ["own/*"]}}}, LIST, False),
        ({"Condition": {"StringLike": {"s3:prefix": ["own", "own/*"]}}}, LIST, True),
        ({"Condition": {"StringLike": {"S3:Prefix": "ow?"}}}, LIST, True),
        ({"Condition": {"StringEquals": {"s3:prefix": "ow?"}}}, LIST, False),
        ({"Condition": {"StringEquals": {"s3:prefix": "own", "s3:delimiter": "/"}}}, LIST, False),
        ({"Condition": {"StringEqualsIfExists": {"s3:delimiter": "/"}}}, LIST, True),
        ({"Condition": {"StringNotEquals": {"s3:delimiter": "/"}}}, LIST, True),
        ({"Condition": {"StringNotLike": {"s3:prefix": "o*"}}}, LIST, False),
        ({"Condition": {"Null": {"s3:delimiter": "true"}}}, LIST, True),
        ({"Condition": {"Null": {"s3:prefix": "true"}}}, LIST, False),
    ],
)
def test_a_statement_is_read_as_the_iam_guide_says(
    statement: dict[str, Any], request_: Request, answer: bool
) -> None:
    made = document(**statement)
    made["Statement"][0] = {key: each for key, each in made["Statement"][0].items() if each is not None}
    assert decided(request_, made) is answer


def test_a_denial_wins_wherever_it_stands() -> None:
    denial = document(Effect="Deny")
    assert not decided(READ, document(), denial)
    assert not decided(
        READ, document(), resource={**denial, "Statement": [{**denial["Statement"][0], "Principal": "*"}]}
    )


def test_a_buckets_policy_allows_whom_it_names_and_leaves_its_account_to_iam() -> None:
    def named(who: str) -> dict[str, Any]:
        return document(Principal={"AWS": who})

    assert decided(READ, resource=named(ROLE))
    assert not decided(READ, resource=named("arn:aws:iam::444455556666:role/two"))
    assert not decided(READ, resource=named("arn:aws:iam::444455556666:root"))
    assert delegates(named("arn:aws:iam::444455556666:root"), READ, ROLE)
    assert not delegates(named("arn:aws:iam::111122223333:root"), READ, ROLE)


@pytest.mark.parametrize(
    "statement",
    [
        {"Condition": {"ForAnyValue:StringLike": {"aws:TagKeys": "a"}}},
        {"Condition": {"NumericLessThan": {"s3:max-keys": "9"}}},
        {"Resource": "arn:aws:s3:::b/${aws:username}/*"},
        {"NotPrincipal": {"AWS": ROLE}},
    ],
    ids=["several values", "numbers", "a variable", "everybody but"],
)
def test_what_no_rule_speaks_of_is_an_error_and_no_allowance(statement: dict[str, Any]) -> None:
    resource = document(**statement) if "NotPrincipal" in statement else None
    with pytest.raises(NotJudgedError):
        decided(READ, document(**statement), resource=resource)


NEEDS = [
    ("GET", "/b/k", "", {}, "s3:GetObject"),
    ("HEAD", "/b/k", "", {}, "s3:GetObject"),
    ("GET", "/b/k", "versionId=1", {}, "s3:GetObjectVersion"),
    ("GET", "/b", "list-type=2&prefix=k", {}, "s3:ListBucket"),
    ("GET", "/b/", "prefix=k&marker=m", {}, "s3:ListBucket"),
    ("GET", "/b", "versions&prefix=k", {}, "s3:ListBucketVersions"),
    ("GET", "/b", "uploads&prefix=k", {}, "s3:ListBucketMultipartUploads"),
    ("HEAD", "/b", "", {}, "s3:ListBucket"),
    ("GET", "/b", "location", {}, "s3:GetBucketLocation"),
    ("GET", "/", "", {}, "s3:ListAllMyBuckets"),
    ("PUT", "/b/k", "", {}, "s3:PutObject"),
    ("PUT", "/b/k", "", {"x-amz-tagging": "a=b"}, "s3:PutObject s3:PutObjectTagging"),
    ("PUT", "/b/k", "", {"x-amz-acl": "private"}, "s3:PutObject s3:PutObjectAcl"),
    ("PUT", "/b/k", "", {"if-match": '"e"'}, "s3:PutObject s3:GetObject"),
    ("PUT", "/b/k", "", {"if-none-match": "*"}, "s3:PutObject"),
    ("PUT", "/b/k", "", {"x-amz-copy-source": "/b/other"}, "s3:PutObject s3:GetObject"),
    ("PUT", "/b/k", "tagging", {}, "s3:PutObjectTagging"),
    ("POST", "/b/k", "uploads", {}, "s3:PutObject"),
    ("PUT", "/b/k", "uploadId=u&partNumber=1", {}, "s3:PutObject"),
    ("POST", "/b/k", "uploadId=u", {}, "s3:PutObject"),
    ("GET", "/b/k", "uploadId=u", {}, "s3:ListMultipartUploadParts"),
    ("DELETE", "/b/k", "uploadId=u", {}, "s3:AbortMultipartUpload"),
    ("DELETE", "/b/k", "", {}, "s3:DeleteObject"),
    ("DELETE", "/b/k", "versionId=1", {}, "s3:DeleteObjectVersion"),
    ("PUT", "/b", "policy", {}, "s3:PutBucketPolicy"),
]


@pytest.mark.parametrize(("method", "path", "query", "headers", "wanted"), NEEDS)
def test_each_request_needs_what_the_api_reference_says(
    method: str, path: str, query: str, headers: dict[str, str], wanted: str
) -> None:
    found = needs(Call(method=method, path=path, query=query, headers=headers))
    assert [each.action for each in found] == wanted.split()
    assert all(each.context["aws:securetransport"] == "true" for each in found)


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", "/b", "inventory"),
        ("POST", "/b/k", "restore"),
        ("GET", "/b/k", "tagging&acl"),
        ("POST", "/", ""),
    ],
)
def test_an_operation_that_no_rule_speaks_of_is_not_judged(method: str, path: str, query: str) -> None:
    with pytest.raises(NotJudgedError):
        needs(Call(method=method, path=path, query=query))


def test_a_list_is_judged_by_what_it_asks_for_and_nothing_is_made_up() -> None:
    asked = "list-type=2&prefix=own%2F&delimiter=%2F&max-keys=2"
    (request,) = needs(Call(method="GET", path="/b", query=asked))
    assert request.context == {
        "aws:securetransport": "true",
        "s3:prefix": "own/",
        "s3:delimiter": "/",
        "s3:max-keys": "2",
    }
    (bare,) = needs(Call(method="GET", path="/b", query="list-type=2"))
    assert "s3:prefix" not in bare.context, "a prefix that nobody gave is absent, not empty"
    (uploads,) = needs(Call(method="GET", path="/b", query="uploads&prefix=own"))
    assert "s3:prefix" not in uploads.context, "S3 has no such key for the list of uploads"


def test_who_is_told_that_an_object_is_missing_may_list_its_very_name() -> None:
    for method in ("GET", "HEAD"):
        told = to_be_told(Call(method=method, path="/b/own", query=""))
        assert told is not None
        assert (told.action, told.resource, told.context["s3:prefix"]) == (
            "s3:ListBucket",
            "arn:aws:s3:::b",
            "own",
        )
    assert to_be_told(Call(method="PUT", path="/b/own", query="")) is None


@pytest.mark.parametrize(
    ("method", "query", "headers", "wanted"),
    [
        ("GET", "", {}, [("b", "kms:Decrypt")]),
        ("HEAD", "", {}, []),
        ("PUT", "", {}, [("b", "kms:GenerateDataKey")]),
        ("PUT", "", {"x-amz-copy-source": "c/k"}, [("b", "kms:GenerateDataKey"), ("c", "kms:Decrypt")]),
        ("PUT", "uploadId=u&partNumber=1", {}, [("b", "kms:Decrypt"), ("b", "kms:GenerateDataKey")]),
        ("POST", "uploadId=u", {}, [("b", "kms:Decrypt")]),
        ("DELETE", "", {}, []),
    ],
)
def test_an_encrypted_object_needs_its_buckets_key_as_well(
    method: str, query: str, headers: dict[str, str], wanted: list[tuple[str, str]]
) -> None:
    assert key_needs(Call(method=method, path="/b/k", query=query, headers=headers)) == wanted


def test_the_documents_are_those_that_prod_gives_to_aws() -> None:
    assert set(roles()) == {
        *(
            f"{tenant}{part}"
            for tenant in ("data-prod", "science-prod", "spark-canary")
            for part in ("", "-submit")
        ),
        "history",
        "log-collector",
        "log-page",
    }
    assert set(buckets()) == set(BUCKETS.names)
    assert all(each.policy and each.key_policy for each in buckets().values())
