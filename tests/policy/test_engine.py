"""The real engine with the policy pack: what breaks a rule stops a preview, and what keeps them passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.harness import of_stack
from rehearsal.policy_env import Pack
from tests.policy.conftest import SETTINGS, Guarded, guarded, sample
from tests.support.applied import Applied, shared
from tests.support.stacks import STACKS

pytestmark = pytest.mark.rehearsal

SEEN_AT_ONCE = (
    "provider-tags",
    "bucket-guards",
    "bucket-encryption",
    "iam-wildcard",
    "eks-endpoint",
    "pod-resources",
)
"""Rules whose breaking a first preview sees: no cluster is known, so charts are still closed."""


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Applied:
    """Stacks that were applied already; tests take copies of them."""
    return shared(tmp_path_factory)


@pytest.fixture
def again(applied: Applied, pack: Pack, tmp_path: Path) -> Guarded:
    """A copy of the sample program as it should be, applied under the pack's eyes."""
    copied = applied.get("policy-sample", lambda folder: sample(folder, pack)).copy(tmp_path / "rehearsal")
    assert isinstance(copied, Guarded)
    return copied


def test_a_first_preview_stops_and_lists_everything_that_breaks_a_rule(tmp_path: Path, pack: Pack) -> None:
    said = sample(tmp_path / "rehearsal", pack, *SEEN_AT_ONCE).judge(fails=True).text
    for rule in SEEN_AT_ONCE:
        assert f" {rule}: " in said, f"{rule} is broken, and nobody said so"
    assert "publicAccessCidrs is empty" in said, "a remote component's own cluster is judged"
    assert "container main lacks resources.requests.cpu" in said, "though a value beside it is not known yet"


def test_a_stack_that_keeps_the_rules_is_applied_and_has_nothing_left_to_do(again: Guarded) -> None:
    assert again.cloud.of_type("aws:s3/bucket:Bucket"), "nothing was in the way"
    said = again.judge().text
    assert "[mandatory]" not in said
    assert "[advisory]" not in said, "nor may the pack complain of values that it can't know"


def test_what_a_chart_makes_is_judged_once_its_cluster_is_known(again: Guarded) -> None:
    again.set(f"{SETTINGS}.breaks", ["pod-image"])
    assert "localhost/sample:latest is whatever was pushed last" in again.judge(fails=True).text


def test_an_update_that_breaks_a_rule_leaves_what_is_there(again: Guarded) -> None:
    again.set(f"{SETTINGS}.breaks", ["iam-wildcard"])
    assert "statement Read allows s3:*, *" in again.up(fails=True).text
    (policy,) = again.cloud.of_type("aws:iam/rolePolicy:RolePolicy")
    assert "s3:*" not in policy.inputs["policy"], "the role keeps the rights that it had"


@pytest.mark.parametrize("stack", STACKS)
def test_the_projects_own_stacks_pass_their_first_preview(stack: str, pack: Pack, tmp_path: Path) -> None:
    said = guarded(of_stack(stack, tmp_path / "rehearsal"), pack).judge().text
    assert "spark-on-eks@v" in said, "the pack was asked"
    assert "[mandatory]" not in said


def test_a_stack_on_aws_passes_with_its_charts_open(pack: Pack, applied: Applied, tmp_path: Path) -> None:
    stack = guarded(applied.stack("dev").copy(tmp_path / "rehearsal"), pack)
    # As after an update of the pack: everything is there, and known, and judged anew.
    said = stack.judge().text
    assert "spark-on-eks@v" in said, "the pack was asked"
    assert "[mandatory]" not in said
    deployments = {each.name for each in stack.cloud.of_type("kubernetes:apps/v1:Deployment")}
    assert any("spark-operator" in name for name in deployments), "the operator's pods were judged as well"
