"""What prod's roles may do in S3, as AWS judges the documents that prod gives to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.store.gateway import Gateway
from tests.store.judge.policies import Document
from tests.store.judge.proxy import Judge
from tests.store.judge.roles import BUCKETS, Bucket, Role, roles

pytestmark = pytest.mark.store

OK = 200


def status(attempt: Callable[[], Any]) -> int:
    """The HTTP status of an answer."""
    try:
        made: dict[str, Any] = attempt()
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    return int(made["ResponseMetadata"]["HTTPStatusCode"])


@pytest.fixture(autouse=True)
def everything_was_judged(judge: Judge) -> Iterator[None]:
    yield
    assert judge.not_judged == [], "a request that no rule speaks of proves nothing"


FOLDERS = [
    ("data-prod", BUCKETS.data, "data-prod"),
    ("data-prod", BUCKETS.data, "public"),
    ("data-prod", BUCKETS.artifacts, "data-prod"),
    ("data-prod", BUCKETS.events, "spark/data-prod"),
    ("data-prod", BUCKETS.events, "logs/data-prod"),
    ("data-prod-submit", BUCKETS.artifacts, "data-prod"),
    ("spark-canary", BUCKETS.events, "spark/spark-canary"),
    ("history", BUCKETS.events, "spark"),
    ("science-prod", BUCKETS.data, "science-prod"),
    ("jobs-worker", BUCKETS.artifacts, "jobs"),
    ("jobs-worker", BUCKETS.events, "spark"),
    ("jobs-web", BUCKETS.artifacts, "jobs"),
    ("jobs-web", BUCKETS.data, "science-prod"),
]
"""Folders that somebody looks for by their names; none of them exists yet."""


@pytest.mark.parametrize(("role", "bucket", "folder"), FOLDERS)
def test_a_role_is_told_that_a_folder_of_its_own_is_not_there(
    judge: Judge, role: str, bucket: str, folder: str
) -> None:
    client = judge.client(role)
    missing = 404
    # S3A's own order: the name as an object, then what lies below it.
    assert status(lambda: client.head_object(Bucket=bucket, Key=folder)) == missing, judge.refused[-1:]
    for prefix in (folder, f"{folder}/", f"{folder}/deeper/still"):
        assert status(partial(client.list_objects_v2, Bucket=bucket, Prefix=prefix)) == OK


FOREIGN = [
    ("data-prod", BUCKETS.data, "science-prod"),
    ("data-prod", BUCKETS.data, ""),
    ("data-prod", BUCKETS.data, "d"),
    ("data-prod", BUCKETS.events, "spark"),
    ("data-prod", BUCKETS.events, "spark/science-prod"),
    ("data-prod", BUCKETS.events, "logs"),
    ("data-prod-submit", BUCKETS.data, "data-prod"),
    ("spark-canary", BUCKETS.data, "data-prod"),
    ("history", BUCKETS.events, "logs"),
    ("history", BUCKETS.data, "data-prod"),
    ("log-page", BUCKETS.events, "spark"),
    ("log-collector", BUCKETS.events, "logs"),
    ("jobs-worker", BUCKETS.artifacts, "data-prod"),
    ("jobs-worker", BUCKETS.data, "data-prod"),
    ("jobs-worker", BUCKETS.events, "logs"),
    ("jobs-web", BUCKETS.artifacts, "data-prod"),
    ("jobs-web", BUCKETS.events, "spark"),
    ("data-prod", BUCKETS.artifacts, "jobs"),
    ("history", BUCKETS.artifacts, "jobs"),
]


@pytest.mark.parametrize(("role", "bucket", "folder"), FOREIGN)
def test_a_role_learns_nothing_of_what_is_not_its_own(
    judge: Judge, role: str, bucket: str, folder: str
) -> None:
    client = judge.client(role)
    forbidden = 403
    assert status(lambda: client.list_objects_v2(Bucket=bucket, Prefix=folder)) == forbidden
    assert status(lambda: client.head_object(Bucket=bucket, Key=folder or "any")) == forbidden


def test_a_batch_deletes_what_it_may_and_says_what_it_may_not(judge: Judge) -> None:
    admin = judge.store.client("admin")
    for key in ("data-prod/one", "science-prod/two"):
        admin.put_object(Bucket=BUCKETS.data, Key=key, Body=b"x")
    answer = judge.client("data-prod").delete_objects(
        Bucket=BUCKETS.data,
        Delete={"Objects": [{"Key": "data-prod/one"}, {"Key": "science-prod/two"}]},
    )
    assert [each["Key"] for each in answer["Deleted"]] == ["data-prod/one"]
    assert [(each["Key"], each["Code"]) for each in answer["Errors"]] == [
        ("science-prod/two", "AccessDenied")
    ]
    assert admin.get_object(Bucket=BUCKETS.data, Key="science-prod/two")["Body"].read() == b"x"


def test_a_copy_needs_its_source_its_target_and_the_rights_to_tags(judge: Judge) -> None:
    admin, client = judge.store.client("admin"), judge.client("data-prod")
    forbidden = 403
    for key in ("data-prod/plain", "science-prod/theirs"):
        admin.put_object(Bucket=BUCKETS.data, Key=key, Body=b"x")
    admin.put_object(Bucket=BUCKETS.data, Key="data-prod/tagged", Body=b"x", Tagging="owner=data")

    def copy(source: str) -> int:
        return status(
            lambda: client.copy_object(
                Bucket=BUCKETS.data, Key="data-prod/copy", CopySource={"Bucket": BUCKETS.data, "Key": source}
            )
        )

    assert copy("data-prod/plain") == OK
    assert copy("science-prod/theirs") == forbidden
    assert copy("data-prod/tagged") == forbidden, "default tags on an object make its copy a matter of rights"


@pytest.fixture(scope="module")
def small(ready: Gateway) -> Iterator[Callable[..., Judge]]:
    """Puts a judge with documents of a test's own before a store."""
    made: list[Judge] = []

    def start(*policies: Document, bucket: Bucket) -> Judge:
        name = f"role-{len(made)}"
        judging = Judge(
            store=ready, roles={name: Role(name=name, policies=policies)}, buckets={bucket.name: bucket}
        )
        judging.start()
        made.append(judging)
        return judging

    yield start
    for each in made:
        each.stop()


EVERYTHING: Document = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
ROOT = "arn:aws:iam::444455556666:root"
KEY: Document = {
    "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": ROOT}}]
}


def test_all_of_s3_is_not_enough_for_what_a_key_encrypts(small: Callable[..., Judge]) -> None:
    bucket = Bucket(name="sealed", key_arn="arn:aws:kms:eu-central-1:444455556666:key/1", key_policy=KEY)
    judging = small(EVERYTHING, bucket=bucket)
    client = judging.client("role-0")
    judging.store.client("admin").put_object(Bucket="sealed", Key="k", Body=b"x")
    forbidden = 403
    assert status(lambda: client.get_object(Bucket="sealed", Key="k")) == forbidden
    assert status(lambda: client.put_object(Bucket="sealed", Key="k", Body=b"y")) == forbidden
    assert status(lambda: client.head_object(Bucket="sealed", Key="k")) == OK


def test_a_buckets_own_policy_can_close_it(small: Callable[..., Judge]) -> None:
    denial: Document = {
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::shut/*",
            }
        ]
    }
    judging = small(EVERYTHING, bucket=Bucket(name="shut", policy=denial))
    (name,) = judging.roles
    client = judging.client(name)
    judging.store.client("admin").put_object(Bucket="shut", Key="k", Body=b"x")
    assert status(lambda: client.get_object(Bucket="shut", Key="k")) == 403
    assert status(lambda: client.put_object(Bucket="shut", Key="k", Body=b"y")) == OK


def test_what_no_rule_speaks_of_is_refused_and_remembered(small: Callable[..., Judge]) -> None:
    judging = small(EVERYTHING, bucket=Bucket(name="odd"))
    (name,) = judging.roles
    not_implemented = 501
    assert status(lambda: judging.client(name).get_bucket_cors(Bucket="odd")) == not_implemented
    assert judging.not_judged == ["GET /odd?cors"]


def test_a_tenant_uses_what_it_was_granted_and_nothing_beside_it(ready: Gateway) -> None:
    """By the document that a stack with `tenants[].access` gives to AWS."""
    (granted,) = [
        each
        for each in roles("prod-with-options")["data-prod"].policies
        if any(statement["Sid"] == "Objects0" for statement in each["Statement"])
    ]
    names = ("acme-orders", "acme-reports")
    key = next(each["Resource"][0] for each in granted["Statement"] if each["Sid"] == "Keys0")
    judging = Judge(
        store=ready,
        roles={"granted": Role(name="granted", policies=[granted])},
        buckets={name: Bucket(name=name, key_arn=key, key_policy=KEY) for name in names},
    )
    judging.start()
    admin, client, forbidden = ready.client("admin"), judging.client("granted"), 403
    for path in ("orders/one", "secrets/two"):
        admin.put_object(Bucket="acme-orders", Key=path, Body=b"x")
    orders = partial(client.get_object, Bucket="acme-orders")
    assert status(partial(orders, Key="orders/one")) == OK
    assert status(partial(orders, Key="secrets/two")) == forbidden
    assert status(partial(client.head_object, Bucket="acme-orders", Key="orders")) == 404, "S3A looks for it"
    assert status(partial(client.list_objects_v2, Bucket="acme-orders", Prefix="orders/")) == OK
    assert status(partial(client.list_objects_v2, Bucket="acme-orders", Prefix="")) == forbidden
    assert status(partial(client.put_object, Bucket="acme-orders", Key="orders/new", Body=b"x")) == forbidden
    assert status(partial(client.put_object, Bucket="acme-reports", Key="new", Body=b"x")) == OK
    assert status(partial(client.list_objects_v2, Bucket="acme-reports")) == OK
    assert status(partial(client.delete_object, Bucket="acme-reports", Key="new")) == 204
    assert judging.not_judged == []
    judging.stop()
