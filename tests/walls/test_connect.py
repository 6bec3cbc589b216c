"""Nobody starts a server of Spark Connect in a tenant's namespace, and the answer says what to write."""

from __future__ import annotations

import pytest

from components.tenants.admission_connect import CONNECT
from tests.walls.attack import Who
from tests.walls.world import World

pytestmark = pytest.mark.apiserver

SERVER = {
    "apiVersion": "sparkoperator.k8s.io/v1alpha1",
    "kind": "SparkConnect",
    "metadata": {"name": "walls"},
    "spec": {"sparkVersion": "4.1.2", "server": {"cores": 1}, "executor": {"instances": 1}},
}


@pytest.mark.parametrize("who", [None, Who.PERSON, Who.SUBMITTER], ids=str)
def test_a_server_is_refused_whoever_asks(world: World, who: Who | None) -> None:
    refusal = world.create(SERVER, who).refusal
    assert "a SparkConnect can not be used" in refusal
    assert "Write a SparkApplication whose mainApplicationFile has what the client would send" in refusal


def test_a_jobs_own_code_has_no_right_to_ask(world: World) -> None:
    assert "cannot create resource" in world.create(SERVER, Who.DRIVER).refusal


def test_the_rule_denies_also_where_others_only_warn() -> None:
    assert CONNECT.binding_spec(deny=False)["validationActions"] == ["Deny"]
