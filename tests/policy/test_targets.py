"""Rules look where something is: a misspelt type or property would be a rule that never finds anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from policy.judging import paths
from policy.targets import ANY_AWS, DOCUMENTS, TARGETS
from rehearsal.standin.check import check
from rehearsal.standin.sdk import Description, Sdk, Shape
from tests.policy.cases import CASES, Case

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".pytest_cache" / "standin"
SDKS = {package: Sdk(package, CACHE) for package in ("aws", "kubernetes")}

CUSTOM = ("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",)
"""Types that no SDK knows: their definitions come with a chart."""

TYPES = sorted({type_ for _, targets in TARGETS for type_ in targets} - {ANY_AWS, *CUSTOM})


def _describe(type_: str) -> Description:
    package = type_.removeprefix("pulumi:providers:").split(":", maxsplit=1)[0]
    return SDKS[package].describe(type_)


def _inside(kind: Any, description: Description) -> Shape | None:
    """The shape of a nested object, in whatever it is wrapped."""
    while isinstance(kind, dict):
        if "object" in kind:
            return description.objects[kind["object"]]
        kind = kind.get("list") or next(
            (each for each in kind.get("union", []) if isinstance(each, dict)), None
        )
    return None


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_and_every_path_that_a_rule_looks_at_is_in_the_sdk(type_: str) -> None:
    description = _describe(type_)
    for _, targets in TARGETS:
        for path in paths(targets, type_):
            shape: Shape | None = description.inputs
            for step in filter(lambda step: step not in ("", "*"), path.split(".")):
                assert shape is not None, f"{type_} has nothing at {path}"
                assert step in shape.properties, f"{type_} has no {path}: the rule would never find anything"
                shape = _inside(shape.properties[step], description)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.type.rsplit(':', 1)[-1]}")
@pytest.mark.parametrize("kind", ["good", "bad"])
def test_the_cases_are_written_in_properties_that_exist(case: Case, kind: str) -> None:
    if case.type in CUSTOM or case.type.startswith("pulumi:"):
        return
    given = {key: value for key, value in getattr(case, kind).items() if key != "tagsAll"}
    unknown = [
        f"{failure.path} {failure.reason}"
        for failure in check(given, _describe(case.type))
        if "is not a property" in failure.reason
    ]
    assert unknown == [], "a case about a property that nothing has proves nothing"


NO_RIGHTS = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": "narrows what is reached through it",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "says what is deleted when",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "narrows the role's rights for a session",
}
"""Types with an argument `policy` that gives nobody anything, and what it does."""


def test_policies_of_every_type_that_the_platform_makes_are_looked_at() -> None:
    known = yaml.safe_load((ROOT / "rehearsal" / "standin" / "types.yaml").read_text())
    with_policy = {
        type_
        for type_ in known
        if type_.startswith("aws:") and "policy" in _describe(type_).inputs.properties
    }
    assert with_policy - set(DOCUMENTS) - set(NO_RIGHTS) == set(), "they hold policies that no rule looks at"
