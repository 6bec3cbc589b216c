"""Type tokens and names are an API: a changed one replaces resources, so a person reviews the list."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.support.golden import Golden
from tests.support.stacks import STACKS, build_stack, stack_settings, world_of

REVIEWED = ("local", "prod")
"""One stack of each foundation; the others are ordered by the same program."""


@pytest.mark.parametrize("stack", STACKS)
def test_urns_change_only_by_review(stack: str, golden: Golden) -> None:
    urns = sorted(each.urn.split("::", 2)[2] for each in world_of(stack).landed)
    golden(f"urns/{stack}.txt", "".join(f"{urn}\n" for urn in urns))


@pytest.mark.parametrize("stack", REVIEWED)
def test_what_comes_before_what_changes_only_by_review(stack: str, golden: Golden) -> None:
    made = world_of(stack)
    direct = {each.urn: set(each.depends_on) for each in made.landed}
    name = {each.urn: each.name for each in made.landed}
    lines = []
    for each in made.landed:
        # What comes before something that comes before goes without saying.
        implied = set().union(*(_all_before(urn, direct) for urn in each.depends_on))
        lines += [f"{each.type} {each.name} after {name[urn]}\n" for urn in {*each.depends_on} - implied]
    golden(f"order/{stack}.txt", "".join(sorted(lines)))


def _all_before(urn: str, direct: Mapping[str, set[str]]) -> set[str]:
    """URNs of what comes before a resource, near and far."""
    found: set[str] = set()
    open_ = [urn]
    while open_:
        new = direct[open_.pop()] - found
        found |= new
        open_ += new
    return found


def test_a_further_tenant_touches_no_other_tenants_resources() -> None:
    values = stack_settings("local")
    before = {each.urn: each.inputs for each in world_of("local").landed}
    more = {**values, "tenants": [{**values["tenants"][0], "team": "aaa"}, *values["tenants"]]}
    after = {each.urn: each.inputs for each in build_stack("local", more).landed}
    assert before.keys() <= after.keys(), "a name must not depend on a tenant's position in the file"
    others = [urn for urn in before if "TenantNamespace" in urn]
    assert others
    assert all(before[urn] == after[urn] for urn in others), "tenants know nothing of each other"
