"""Type tokens and names are an API: a changed one replaces resources, so a person reviews the list."""

from __future__ import annotations

import pytest

from tests.support.golden import Golden
from tests.support.stacks import STACKS, build_stack, stack_settings, world_of


@pytest.mark.parametrize("stack", STACKS)
def test_urns_change_only_by_review(stack: str, golden: Golden) -> None:
    urns = sorted(each.urn.split("::", 2)[2] for each in world_of(stack).landed)
    golden(f"urns/{stack}.txt", "".join(f"{urn}\n" for urn in urns))


def test_a_further_tenant_touches_no_other_tenants_resources() -> None:
    values = stack_settings("local")
    before = {each.urn: each.inputs for each in world_of("local").landed}
    more = {**values, "tenants": [{**values["tenants"][0], "team": "aaa"}, *values["tenants"]]}
    after = {each.urn: each.inputs for each in build_stack("local", more).landed}
    assert before.keys() <= after.keys(), "a name must not depend on a tenant's position in the file"
    others = [urn for urn in before if "TenantNamespace" in urn]
    assert others
    assert all(before[urn] == after[urn] for urn in others), "tenants know nothing of each other"
