"""The real engine with the policy pack: what breaks a rule stops a preview, and what keeps them passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.policy_env import Pack
from tests.policy.conftest import SETTINGS, guarded, sample
from tests.rehearsal.harness import Rehearsal, of_stack
from tests.support.stacks import STACKS

pytestmark = pytest.mark.program

SEEN_AT_ONCE = (
    "provider-tags",
    "bucket-guards",
    "bucket-encryption",
    "iam-wildcard",
    "eks-endpoint",
    "pod-resources",
)
"""Rules whose breaking a first preview sees: the cluster does not exist, so charts are still closed."""


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory, pack: Pack) -> Rehearsal:
    """The sample program as it should be, applied under the pack's eyes."""
    stack = sample(tmp_path_factory.mktemp("applied") / "rehearsal", pack)
    stack.up("--policy-pack", str(pack.folder))
    return stack


def test_a_first_preview_stops_at_everything_that_breaks_a_rule(tmp_path: Path, pack: Pack) -> None:
    plan = sample(tmp_path / "rehearsal", pack, *SEEN_AT_ONCE).preview(
        "--policy-pack", str(pack.folder), fails=True
    )
    for rule in SEEN_AT_ONCE:
        assert rule in plan.text, f"{rule} is broken, and nobody said so"


def test_a_stack_that_keeps_the_rules_is_previewed_and_applied(applied: Rehearsal) -> None:
    assert applied.cloud.of_type("aws:s3/bucket:Bucket"), "nothing was in the way"


def test_what_a_chart_makes_is_judged_once_its_cluster_is_known(
    applied: Rehearsal, pack: Pack, tmp_path: Path
) -> None:
    stack = guarded(applied.copy(tmp_path / "rehearsal"), pack)
    stack.set(f"{SETTINGS}.breaks", ["pod-image"])
    plan = stack.preview("--policy-pack", str(pack.folder), fails=True)
    assert "localhost/sample:latest is whatever was pushed last" in plan.text


def test_an_update_that_breaks_a_rule_changes_nothing_of_it(
    applied: Rehearsal, pack: Pack, tmp_path: Path
) -> None:
    stack = guarded(applied.copy(tmp_path / "rehearsal"), pack)
    stack.set(f"{SETTINGS}.breaks", ["iam-wildcard"])
    run = stack.up("--policy-pack", str(pack.folder), fails=True)
    assert "statement Read allows s3:*, *" in run.text
    (policy,) = stack.cloud.of_type("aws:iam/rolePolicy:RolePolicy")
    assert "s3:*" not in policy.inputs["policy"], "the role keeps the rights that it had"


@pytest.mark.parametrize("stack", STACKS)
def test_the_projects_own_stacks_pass(stack: str, pack: Pack, tmp_path: Path) -> None:
    plan = guarded(of_stack(stack, tmp_path / "rehearsal"), pack).preview("--policy-pack", str(pack.folder))
    assert plan.steps
