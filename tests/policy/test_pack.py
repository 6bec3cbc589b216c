"""The pack in its own environment: Pulumi's policies say of every case what the rules say."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from policy.judging import judge_all
from policy.targets import TARGETS
from rehearsal.policy_env import Pack
from tests.policy.cases import CASES, DEPLOYMENT, Case, workload

pytestmark = pytest.mark.program

NOT_KNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How Pulumi marks a text that is known only after `up`."""

BUCKET = {
    "type": "aws:s3/bucket:Bucket",
    "urn": "urn:bucket",
    "properties": {"bucket": NOT_KNOWN},
    "needs": {},
}
BLOCK = {
    "type": "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "urn": "urn:block",
    "properties": {"bucket": NOT_KNOWN},
    "needs": {"bucket": ["urn:bucket"]},
}
HALF_KNOWN = {"type": DEPLOYMENT, "properties": {**workload(resources=None), "metadata": {"name": NOT_KNOWN}}}


def _as_resource(case: Case, kind: str) -> dict[str, Any]:
    return {"type": case.type, "properties": getattr(case, kind)}


@pytest.fixture(scope="module")
def said(pack: Pack) -> dict[str, Any]:
    """What the policies say of all cases; one process for all of them, because its start takes most time."""
    asked = {
        "resources": [
            *(_as_resource(case, kind) for case in CASES for kind in ("good", "bad", "missing")),
            HALF_KNOWN,
        ],
        "stack": [BUCKET, BLOCK],
    }
    done = subprocess.run(
        [str(pack.python), str(Path(__file__).with_name("drive.py"))],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_pulumis_policies_say_of_each_case_what_the_rules_say(said: dict[str, Any]) -> None:
    cases = [(case, kind) for case in CASES for kind in ("good", "bad", "missing")]
    for (case, kind), messages in zip(cases, said["resources"][:-1], strict=True):
        expected = [rule.message(fault) for rule, fault in judge_all(case.type, getattr(case, kind))]
        assert messages == expected, f"{case.rule} on {case.type}, {kind}: the pack must add and lose nothing"


def test_each_rule_reaches_pulumi_under_its_id(said: dict[str, Any]) -> None:
    everything = "\n".join(message for messages in said["resources"] for message in messages)
    for rule, _ in TARGETS:
        assert f"{rule.id}: " in everything, f"{rule.id} never said anything"


def test_a_value_that_is_not_known_hides_nothing_that_is(said: dict[str, Any]) -> None:
    (message,) = said["resources"][-1]
    assert "container main lacks resources.requests.cpu" in message


def test_a_bucket_is_matched_with_its_guards_before_its_name_is_known(said: dict[str, Any]) -> None:
    (message,) = said["stack"]
    assert message.startswith("urn:bucket bucket-guards: it has no BucketServerSideEncryptionConfiguration")


def test_what_breaks_a_rule_is_stopped_and_not_only_told(said: dict[str, Any]) -> None:
    assert {level for _, _, level in said["policies"]} == {"EnforcementLevel.MANDATORY"}
