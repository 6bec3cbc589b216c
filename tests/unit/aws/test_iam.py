"""Policy documents: no unexplained wildcard, nothing that IAM would refuse, and what each role can
really do."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import parliament  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws_plans.disks import disk_key_policy
from components.aws_plans.iam import (
    PolicyDocument,
    Statement,
    key_policy,
    pod_trust,
    policy,
    service_trust,
    tls_only,
)
from components.aws_plans.iam_database import connect_policy, master_policy
from components.aws_plans.iam_grants import BucketGrant, DatabaseGrant, Grants, grants_policy
from components.aws_plans.iam_jobs import jobs_pages_policy, jobs_worker_policy
from components.aws_plans.iam_nodes import pull_policy, s3_endpoint_policy
from components.aws_plans.iam_platform import (
    flow_log_policy,
    flow_log_trust_conditions,
    karpenter_policies,
    queue_policy,
    replication_policy,
)
from components.aws_plans.iam_spark import history_policy, submitter_policy, tenant_policy
from components.object_store.policies import HISTORY_ACCOUNT, JOBS_WORKER, bucket_policies
from tests.support.golden import Golden
from tests.unit.aws.examples import ACCOUNT, BUCKETS, COPY_KEY_ARN, KEY_ARN, TENANTS

CLUSTER = "spark-prod"
KARPENTER = karpenter_policies(ACCOUNT, cluster=CLUSTER, node_role="spark-prod-nodes-eu-central-1")

GRANTS = Grants(
    buckets=(
        BucketGrant(name="acme-orders", prefixes=("orders", "returns/2026")),
        BucketGrant(name="acme-reports", write=True),
    ),
    keys=(ACCOUNT.arn("kms", f"key/{'1' * 8}-2222-3333-4444-555555555555"),),
    databases=(DatabaseGrant(name="sales"), DatabaseGrant(name="reports", write=True)),
    policies=(f"arn:aws:iam::{ACCOUNT.id}:policy/athena",),
)
GRANTED = grants_policy(ACCOUNT, GRANTS)
assert GRANTED is not None

ROLES: dict[str, PolicyDocument] = {
    **{f"karpenter-{name}": made for name, made in KARPENTER.items()},
    "karpenter-zones": karpenter_policies(
        ACCOUNT, cluster=CLUSTER, node_role="spark-prod-nodes-eu-central-1", zonal_shift=True
    )["cluster"],
    "disk-key": disk_key_policy(ACCOUNT, key_arn=KEY_ARN),
    "tenant": tenant_policy(ACCOUNT, buckets=BUCKETS, namespace=TENANTS[0], key_arn=KEY_ARN),
    "submitter": submitter_policy(ACCOUNT, buckets=BUCKETS, namespace=TENANTS[0], key_arn=KEY_ARN),
    "pull": pull_policy(ACCOUNT, prefix="spark-on-eks"),
    "history": history_policy(ACCOUNT, buckets=BUCKETS, key_arn=KEY_ARN),
    "jobs-worker": jobs_worker_policy(ACCOUNT, buckets=BUCKETS, key_arn=KEY_ARN),
    "jobs-web": jobs_pages_policy(ACCOUNT, buckets=BUCKETS, key_arn=KEY_ARN),
    "database-client": connect_policy(ACCOUNT, resource_id="db-ABCDEFGHIJKL01234", user="jobs"),
    "database-roles": master_policy(
        ACCOUNT, secret_arn=ACCOUNT.arn("secretsmanager", "secret:rds!db-1-AbCdEf"), key_arn=KEY_ARN
    ),
    "grants": GRANTED,
    "flow-logs": flow_log_policy(ACCOUNT, log_group="/aws/vpc/spark-prod/flow"),
    "copier": replication_policy(
        ACCOUNT,
        sources={BUCKETS.data: f"{BUCKETS.data}-eu-west-1"},
        region="eu-west-1",
        source_key_arn=KEY_ARN,
        target_key_arn=COPY_KEY_ARN,
    ),
}
"""Policies of roles."""

OTHERS: dict[str, PolicyDocument] = {
    "s3-endpoint": s3_endpoint_policy(ACCOUNT, foreign_buckets=["partner-data"]),
    "bucket": policy(tls_only(ACCOUNT.bucket_arn(BUCKETS.data))),
    "key": key_policy(ACCOUNT),
    "queue": queue_policy(ACCOUNT, cluster=CLUSTER),
    "trust-pods": pod_trust(
        ACCOUNT, cluster=CLUSTER, namespace=TENANTS[0], service_accounts=["spark-driver", "spark-executor"]
    ),
    "trust-nodes": service_trust("ec2.amazonaws.com"),
    "trust-flow-logs": service_trust(
        "vpc-flow-logs.amazonaws.com", conditions=flow_log_trust_conditions(ACCOUNT)
    ),
}
"""Policies of resources, and trust policies."""

ACCEPTED = {
    ("karpenter-nodes", "RESOURCE_MISMATCH"): (
        "one call of RunInstances or CreateFleet needs several kinds of resources, allowed in several "
        "statements, each under its own conditions; the linter looks at one statement at a time"
    ),
    ("karpenter-zones", "RESOURCE_STAR"): (
        "the linter's list has load balancers as the only resources; a cluster is named by the condition"
    ),
    ("karpenter-discovery", "RESOURCE_MISMATCH"): (
        "AWS' own parameters have no account in their ARN, which the linter's pattern asks for"
    ),
}
"""Findings of the linter that are right about a statement and wrong about the policy, and why."""


@pytest.mark.parametrize("name", ROLES)
def test_the_linter_finds_nothing_that_is_not_explained(name: str) -> None:
    findings = parliament.analyze_policy_string(ROLES[name].json).findings
    unexplained = [each for each in findings if (name, each.issue) not in ACCEPTED]
    assert not unexplained, [(each.issue, each.detail) for each in unexplained]


def test_every_explanation_is_of_something_that_the_linter_finds() -> None:
    found = {
        (name, each.issue)
        for name, made in ROLES.items()
        for each in parliament.analyze_policy_string(made.json).findings
    }
    assert set(ACCEPTED) <= found, "an explanation of nothing hides the next finding"


def test_the_linter_would_notice_a_misspelt_action() -> None:
    wrong = policy(Statement(sid="Wrong", actions=("s3:GetObjects",), resources=("arn:aws:s3:::b/*",)))
    assert parliament.analyze_policy_string(wrong.json).findings, "else the test above proves nothing"


@pytest.mark.parametrize("statement", [{"actions": ("s3:*",)}, {"resources": ("*",)}])
def test_a_wildcard_without_a_reason_cannot_be_written(statement: dict[str, Any]) -> None:
    parts: dict[str, Any] = {"actions": ("s3:GetObject",), "resources": ("arn:aws:s3:::b/*",), **statement}
    with pytest.raises(ValueError, match="say in `why`"):
        Statement(sid="Wide", **parts)
    assert policy(Statement(sid="Wide", why="for a test", **parts)).reasons == {"Wide": "for a test"}
    assert Statement(sid="Narrow", effect="Deny", **parts).wildcards == (), "refusing everything is no risk"


def test_anybody_as_principal_is_a_wildcard_too() -> None:
    with pytest.raises(ValueError, match=r"allows \*"):
        Statement(sid="Public", actions=("s3:GetObject",), resources=("a",), principals={"AWS": "*"})


def test_a_sid_stands_once_in_a_policy() -> None:
    one = Statement(sid="One", actions=("s3:GetObject",), resources=("a",))
    with pytest.raises(ValueError, match="One names two statements"):
        policy(one, one)


def test_karpenters_rights_fit_a_role() -> None:
    assert sum(len(made.json) for made in KARPENTER.values()) < 10_240, "IAM: inline policies of a role"


def test_the_documents_and_their_reasons_are_what_was_reviewed(golden: Golden) -> None:
    for name, made in {**ROLES, **OTHERS}.items():
        golden(f"aws/iam-{name}.json", made.document)
    golden(
        "aws/iam-wildcards.json",
        {name: made.reasons for name, made in {**ROLES, **OTHERS}.items() if made.reasons},
    )


@dataclass(frozen=True, kw_only=True)
class Request:
    """One S3 request: an object's key, or for a list the prefix asked for."""

    action: str
    bucket: str
    key: str = ""
    context: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:s3:::{self.bucket}" + (f"/{self.key}" if self.key else "")


def allowed(documents: Sequence[dict[str, Any]], request: Request, principal: str | None = None) -> bool:
    """Decide as IAM does, as far as these documents go: actions and ARNs by pattern, StringLike, no Deny."""
    return any(
        _matches(statement, request) and (principal is None or principal in statement["Principal"]["AWS"])
        for document in documents
        for statement in document["Statement"]
    )


def _matches(statement: dict[str, Any], request: Request) -> bool:
    return (
        any(fnmatch.fnmatchcase(request.action, each) for each in statement["Action"])
        and any(fnmatch.fnmatchcase(request.arn, each) for each in statement["Resource"])
        and all(
            any(fnmatch.fnmatchcase(request.context.get(key, ""), each) for each in _listed(wanted))
            for key, wanted in statement.get("Condition", {}).get("StringLike", {}).items()
        )
    )


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _requests() -> Iterator[Request]:
    logs = ("spark/eventlog_v2_a/events_1_a.zstd", "spark/b.inprogress", "spark/c.compact", "spark/")
    owners = (*TENANTS, "public", "")
    for bucket in BUCKETS.names:
        keys = logs if bucket == BUCKETS.events else [f"{each}/file" for each in owners if each]
        for key in (*keys, *TENANTS, "stray"):
            for action in ("GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload"):
                yield Request(action=f"s3:{action}", bucket=bucket, key=key)
        for prefix in (*(f"{each}/" for each in owners), *TENANTS, "spark/", "sp"):
            yield Request(action="s3:ListBucket", bucket=bucket, context={"s3:prefix": prefix})
        yield Request(action="s3:DeleteBucket", bucket=bucket)
        yield Request(action="s3:PutBucketPolicy", bucket=bucket)


IN_CLUSTER = list(bucket_policies(BUCKETS, TENANTS).values())


@pytest.mark.parametrize("request_", list(_requests()), ids=lambda each: f"{each.action}-{each.arn[13:]}")
def test_roles_decide_as_the_store_in_the_cluster_does(request_: Request) -> None:
    history = history_policy(ACCOUNT, buckets=BUCKETS, key_arn=KEY_ARN).document
    assert allowed([history], request_) == allowed(IN_CLUSTER, request_, HISTORY_ACCOUNT)
    for tenant in TENANTS:
        made = tenant_policy(ACCOUNT, buckets=BUCKETS, namespace=tenant, key_arn=KEY_ARN).document
        assert allowed([made], request_) == allowed(IN_CLUSTER, request_, tenant), (
            f"{tenant} would have to change the job when it moves to the other foundation"
        )


@pytest.mark.parametrize("request_", list(_requests()), ids=lambda each: f"{each.action}-{each.arn[13:]}")
def test_the_worker_of_jobs_may_nothing_on_aws_that_it_may_not_in_the_cluster(request_: Request) -> None:
    on_aws = allowed([ROLES["jobs-worker"].document], request_)
    assert not on_aws or allowed(IN_CLUSTER, request_, JOBS_WORKER)


NAMESPACES = st.from_regex(r"[a-z][a-z0-9]{0,10}-[a-z]{2,8}", fullmatch=True)


@given(NAMESPACES, NAMESPACES, st.sampled_from(["GetObject", "PutObject", "DeleteObject"]))
def test_no_tenant_touches_anothers_objects_whatever_they_are_called(one: str, other: str, verb: str) -> None:
    made = tenant_policy(ACCOUNT, buckets=BUCKETS, namespace=one, key_arn=KEY_ARN).document
    for bucket in (BUCKETS.data, BUCKETS.artifacts):
        reached = allowed([made], Request(action=f"s3:{verb}", bucket=bucket, key=f"{other}/file"))
        assert reached == (one == other)


@pytest.mark.parametrize("request_", list(_requests()), ids=lambda each: f"{each.action}-{each.arn[13:]}")
def test_what_submits_a_job_may_do_nothing_that_the_job_may_not_and_sees_no_data(request_: Request) -> None:
    submitter = allowed([ROLES["submitter"].document], request_)
    assert not submitter or allowed([ROLES["tenant"].document], request_)
    assert not submitter or request_.bucket == BUCKETS.artifacts


def test_pods_of_another_namespace_cluster_or_account_cannot_take_a_tenants_role() -> None:
    (statement,) = OTHERS["trust-pods"].document["Statement"]
    assert statement["Condition"]["StringEquals"] == {
        "aws:RequestTag/eks-cluster-arn": ACCOUNT.cluster_arn(CLUSTER),
        "aws:RequestTag/kubernetes-namespace": TENANTS[0],
        "aws:RequestTag/kubernetes-service-account": ["spark-driver", "spark-executor"],
    }
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}


def test_a_bucket_is_never_reached_without_tls() -> None:
    (statement,) = OTHERS["bucket"].document["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == "*"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_tenant_to_whom_nothing_is_granted_gets_no_further_policy() -> None:
    assert grants_policy(ACCOUNT, Grants()) is None
    assert grants_policy(ACCOUNT, Grants(policies=GRANTS.policies)) is None, "those are attached as they are"


def test_who_may_only_read_gets_no_key_to_write_with() -> None:
    reading = grants_policy(ACCOUNT, replace(GRANTS, buckets=GRANTS.buckets[:1]))
    assert reading is not None
    (keys,) = [each for each in reading.statements if each.sid == "Keys0"]
    assert keys.actions == ("kms:Decrypt",)


def test_a_key_is_used_through_s3_only() -> None:
    for name in ("tenant", "grants", "submitter", "history", "jobs-worker", "jobs-web", "copier"):
        for statement in json.loads(ROLES[name].json)["Statement"]:
            if any(action.startswith("kms:") for action in statement["Action"]):
                via = statement["Condition"]["StringEquals"]["kms:ViaService"]
                assert via.startswith("s3."), f"{name} could decrypt what it got elsewhere"
