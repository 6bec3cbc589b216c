"""The platform that runs refuses what the table of attacks says, as the person or account that tries."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

import flights
from components.domain import Tenant
from components.naming import DRIVER_ACCOUNT, SUBMITTER_ACCOUNT
from tests.cluster.admission import refusal
from tests.support.access_table import PERSON, account_user
from tests.walls.attack import Attack, Who
from tests.walls.tables import EVERY_ATTACK
from toolchain.kubectl import Kubectl

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def identities(theirs: flights.Platform, science: Tenant) -> Mapping[Who, tuple[str, ...]]:
    """kubectl's options for each of those who try."""
    accounts = {Who.SUBMITTER: SUBMITTER_ACCOUNT, Who.DRIVER: DRIVER_ACCOUNT}
    return {
        Who.PERSON: (f"--as={PERSON}", f"--as-group={science.groups[0]}"),
        **{who: (f"--as={account_user(theirs.namespace, each)}",) for who, each in accounts.items()},
    }


@pytest.mark.parametrize("attack", EVERY_ATTACK, ids=lambda each: each.what)
def test_an_attack_is_refused_on_the_running_platform(
    kubectl: Kubectl,
    identities: Mapping[Who, tuple[str, ...]],
    theirs: flights.Platform,
    attack: Attack,
) -> None:
    said = refusal(kubectl, attack.manifest, f"--namespace={theirs.namespace}", *identities[attack.who])
    assert attack.said in said or (attack.sooner and attack.sooner in said), said
