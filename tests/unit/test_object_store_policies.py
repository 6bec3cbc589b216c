"""The bucket policies as documents: whom they name, what they open. `tests/store` asks a real server."""

from __future__ import annotations

import random
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.buckets import Buckets
from components.object_store.policies import (
    ADMIN_ACCOUNT,
    JOBS_PAGES,
    JOBS_WORKER,
    PLATFORM_ACCOUNTS,
    bucket_policies,
    render_policy,
)

BUCKETS = Buckets(data="lake", events="logs", artifacts="jobs")
RUNS = {
    JOBS_WORKER: {f"jobs/{each}/*" for each in ("runs", "open", "sync", "audit", "requests")},
    JOBS_PAGES: {f"jobs/{each}/*" for each in ("requests", "backfills", "checks", "audit")},
}
"""Where the two parts of what makes runs write or delete."""

tenants = st.lists(
    st.from_regex(r"[a-z]{1,6}-[a-z0-9]{1,4}", fullmatch=True), min_size=1, max_size=8, unique=True
)


def statements(names: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """All statements, each with its bucket."""
    policies = bucket_policies(BUCKETS, names)
    return [(bucket, each) for bucket, policy in policies.items() for each in policy["Statement"]]


@given(tenants)
def test_nobody_is_everybody_and_nothing_is_denied(names: list[str]) -> None:
    for bucket, statement in statements(names):
        assert statement["Effect"] == "Allow", "rights add up; a denial would hide a right that is too wide"
        principals = statement["Principal"]["AWS"]
        assert set(principals) <= {*names, *PLATFORM_ACCOUNTS}, f"{statement['Sid']} in {bucket}"
        assert "*" not in principals, "a key is needed for everything"


@given(tenants)
def test_a_policy_speaks_of_its_own_bucket_only(names: list[str]) -> None:
    for bucket, statement in statements(names):
        for resource in statement["Resource"]:
            assert resource.split("/")[0] == f"arn:aws:s3:::{bucket}", "the server refuses foreign buckets"


@given(tenants)
def test_only_a_tenant_itself_may_write_below_its_prefix_and_what_makes_runs_in_its_own_folders(
    names: list[str],
) -> None:
    writing = {"s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"}
    for bucket, statement in statements(names):
        if bucket == BUCKETS.events or not writing & set(statement["Action"]):
            continue
        (owner,) = statement["Principal"]["AWS"]
        theirs = RUNS.get(owner, {owner, f"{owner}/*"})
        for resource in statement["Resource"]:
            assert resource.partition("/")[2] in theirs, (
                f"{statement['Sid']} lets {owner} write to {resource}"
            )


def test_nobody_deletes_a_record_of_a_run_or_of_who_did_what() -> None:
    for bucket, statement in statements(["data-dev"]):
        if bucket == BUCKETS.artifacts and "s3:DeleteObject" in statement["Action"]:
            for kept in ("runs/a", "audit/a", "backfills/a", "sync/state.json"):
                assert not any(
                    fnmatchcase(f"arn:aws:s3:::{bucket}/jobs/{kept}", each) for each in statement["Resource"]
                ), f"{statement['Sid']} deletes {kept}"


@given(tenants)
def test_every_list_is_limited_to_a_prefix(names: list[str]) -> None:
    for bucket, statement in statements(names):
        listing = any(action.startswith("s3:ListBucket") for action in statement["Action"])
        assert listing == ("Condition" in statement), f"{statement['Sid']} in {bucket}"
        if listing:
            prefixes = statement["Condition"]["StringLike"]["s3:prefix"]
            assert prefixes
            folders = [prefix.removesuffix("/*") for prefix in prefixes if prefix.endswith("/*")]
            assert sorted(prefixes) == sorted([*folders, *(f"{each}/*" for each in folders)])
            assert not any("*" in each for each in folders), "or team-a would see team-b"


@given(tenants, st.randoms(use_true_random=False))
def test_the_order_of_tenants_does_not_change_the_text(names: list[str], shuffle: random.Random) -> None:
    other = [*names, names[0]]
    shuffle.shuffle(other)
    for bucket, policy in bucket_policies(BUCKETS, names).items():
        assert render_policy(policy) == render_policy(bucket_policies(BUCKETS, other)[bucket]), (
            "else the set-up job would run again for nothing"
        )


def test_without_tenants_only_the_platforms_own_parts_may_do_anything() -> None:
    policies = bucket_policies(BUCKETS, [])
    assert policies[BUCKETS.data]["Statement"] == []

    def named(bucket: str) -> set[str]:
        return {name for each in policies[bucket]["Statement"] for name in each["Principal"]["AWS"]}

    assert named(BUCKETS.artifacts) == {JOBS_WORKER, JOBS_PAGES}
    assert named(BUCKETS.events) == set(PLATFORM_ACCOUNTS) - {JOBS_PAGES}


@pytest.mark.parametrize("name", ["public", ADMIN_ACCOUNT, *PLATFORM_ACCOUNTS])
def test_a_tenant_cannot_take_a_name_that_the_store_uses_itself(name: str) -> None:
    with pytest.raises(ValueError, match=f"tenant {name}: the object store keeps this name"):
        bucket_policies(BUCKETS, ["data-dev", name])


def test_two_buckets_with_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="buckets lake, logs, lake: each needs a name of its own"):
        Buckets(data="lake", events="logs", artifacts="lake")
