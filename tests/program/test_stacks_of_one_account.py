"""Stacks that share an account: none makes what another one has, and none's deployer ends it."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from itertools import permutations
from pathlib import Path

import pytest
import yaml

from components.settings import CLIENT_SECRET
from policy.deployer import of_stack
from rehearsal.standin.behaviour import Template, all_behaviours, at
from tests.support.database_on_aws import with_database
from tests.support.pages_on_aws import SECRET, with_login
from tests.support.recorder import World
from tests.support.stacks import STACKS, build_stack, stack_settings

ON_AWS = [stack for stack in STACKS if stack_settings(stack)["foundation"]["kind"] == "aws"]
PLACES = {
    stack: (found["accountId"], found["region"])
    for stack in ON_AWS
    for found in [stack_settings(stack)["foundation"]]
}
NEIGHBOURS = [(one, other) for one, other in permutations(ON_AWS, 2) if PLACES[one] == PLACES[other]]
"""Stacks of one account and region, in either order."""

WITHIN_OTHERS = {"aws:iam/rolePolicy:RolePolicy"}
"""Types whose name has to differ within one role alone."""

NEEDS = yaml.safe_load((Path(__file__).parents[1] / "policy" / "provider_calls.yaml").read_text())
"""Type of a resource -> service -> what is called."""


@cache
def _world(stack: str) -> World:
    """A stack with all that can be turned on."""
    values = with_login(stack)
    values |= {key: with_database(stack)[key] for key in ("jobs", "database")}
    return build_stack(stack, values, secrets={CLIENT_SECRET: SECRET})


def _named(stack: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Type, name and ARN of everything that has the name it is given, in the stack's own region."""
    account, region = PLACES[stack]
    for each in _world(stack).landed:
        behaviour = all_behaviours().get(each.type)
        if behaviour is None or not behaviour.autoname or each.type in WITHIN_OTHERS:
            continue
        if not each.type.startswith("aws:") or at(each.inputs, behaviour.autoname) is None:
            continue
        name = tuple(str(at(each.inputs, path)) for path in behaviour.identity or [behaviour.autoname])
        template = Template(each.urn, {**each.inputs, "account": account, "region": region})
        template["id"] = template.fill(behaviour.id)
        yield each.type, name, template.fill(behaviour.arn)


def test_dev_and_staging_share_an_account_as_the_guide_says_they_may() -> None:
    assert ("dev", "staging") in NEIGHBOURS


@pytest.mark.parametrize(("one", "other"), NEIGHBOURS)
def test_no_stack_makes_what_another_one_of_its_account_has(one: str, other: str) -> None:
    mine, theirs = ({(type_, name) for type_, name, _ in _named(stack)} for stack in (one, other))
    assert {"aws:ecr/repository:Repository", "aws:iam/role:Role", "aws:sqs/queue:Queue"} <= {
        type_ for type_, _ in mine
    }
    assert sorted(mine & theirs) == [], "the second `pulumi up` ends there, the first `destroy` takes it away"


@pytest.mark.parametrize(("one", "other"), NEIGHBOURS)
def test_no_stacks_deployer_ends_what_another_one_of_its_account_has(one: str, other: str) -> None:
    given = [each for document in of_stack(one).values() for each in document.statements]
    looked_at = set()
    for type_, name, arn in _named(other):
        ends = {
            f"{service}:{call}"
            for service, calls in NEEDS[type_].items()
            for call in calls.split()
            if call.startswith(("Delete", "Put"))
        }
        for each in (each for each in given if ends & set(each.actions)):
            looked_at.add(type_)
            reached = [resource for resource in each.resources if fnmatchcase(arn, resource)]
            assert reached == [], f"{each.sid} of {one} reaches {name} of {other}"
    assert {"aws:ecr/repository:Repository", "aws:s3/bucket:Bucket"} <= looked_at
