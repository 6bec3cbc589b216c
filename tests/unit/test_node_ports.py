"""No two services open the same port of the nodes, and none opens that of the platform's own registry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from components.domain import REGISTRY_NODE_PORT
from components.naming import PROJECT
from components.records.every import RECORDS
from components.settings import KEY, SettingsError, parse
from components.settings.schema import schema
from local import own_registry
from tests.support.pages_on_aws import with_login

LOCAL = {"environment": "dev", "foundation": {"kind": "kubernetes"}, "tenants": [{"team": "data"}]}


def on_aws(port: int) -> dict[str, Any]:
    """A stack on AWS with a login at the port that it has by default, and the jobs' repository at another."""
    return {**with_login(), "jobs": {"enabled": True, "nodePort": port}}


def refused(values: dict[str, Any]) -> list[tuple[str, object, str]]:
    """Key, value and message of each thing that is wrong."""
    with pytest.raises(SettingsError) as caught:
        parse(values)
    return [(".".join(map(str, each.path)), each.value, each.message) for each in caught.value.problems]


def test_a_port_that_the_login_has_by_default_is_refused_where_it_is_written() -> None:
    ((key, port, message),) = refused(on_aws(30180))
    assert (key, port) == ("jobs.nodePort", 30180), "the login's is written nowhere"
    assert "is also foundation.login.nodePort" in message


def test_a_cluster_with_a_registry_of_its_own_has_that_port_for_its_services() -> None:
    foundation = {"kind": "kubernetes", "registry": "registry.example.com/spark"}
    parse({**LOCAL, "foundation": foundation, "jobs": {"nodePort": REGISTRY_NODE_PORT}})


@pytest.mark.parametrize("registry", ["localhost", "localhost:5000", "localhost/spark", "localhost:5000/a"])
def test_a_registry_on_this_machine_is_the_one_that_is_brought(registry: str) -> None:
    foundation = {"kind": "kubernetes", "registry": registry}
    assert refused({**LOCAL, "foundation": foundation, "jobs": {"nodePort": REGISTRY_NODE_PORT}})


@pytest.mark.parametrize("registry", ["localhost.example.com", "registry.example.com/localhost"])
def test_a_registry_whose_name_only_begins_so_is_another(registry: str) -> None:
    foundation = {"kind": "kubernetes", "registry": registry}
    parse({**LOCAL, "foundation": foundation, "jobs": {"nodePort": REGISTRY_NODE_PORT}})


def test_two_ports_may_be_open() -> None:
    parse(on_aws(30183))


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("jobs.nodePort", {**LOCAL, "jobs": {"nodePort": REGISTRY_NODE_PORT}}),
        (
            "foundation.login.nodePort",
            {**LOCAL, "foundation": {"kind": "kubernetes", "login": {"nodePort": REGISTRY_NODE_PORT}}},
        ),
    ],
)
def test_no_service_opens_the_port_of_the_platforms_own_registry(key: str, values: dict[str, Any]) -> None:
    ((found, port, message),) = refused(values)
    assert (found, port) == (key, REGISTRY_NODE_PORT)
    assert "the registry that `make up` brings to a cluster without one; write another" in message


def test_that_port_is_the_registrys() -> None:
    (service,) = (each for each in own_registry.manifests() if each["kind"] == "Service")
    assert [port["nodePort"] for port in service["spec"]["ports"]] == [REGISTRY_NODE_PORT]


def test_it_is_free_on_aws_which_has_a_registry() -> None:
    parse(on_aws(REGISTRY_NODE_PORT))


def keys_of_ports(
    node: Any, definitions: dict[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Every key of the settings' schema that takes a port of the nodes."""
    if not isinstance(node, dict):
        return
    if node.get("minimum") == 30000:
        yield path
    if "$ref" in node:
        yield from keys_of_ports(definitions[node["$ref"].rpartition("/")[2]], definitions, path)
    for key in ("anyOf", "oneOf", "allOf"):
        for each in node.get(key, ()):
            yield from keys_of_ports(each, definitions, path)
    for name, each in node.get("properties", {}).items():
        yield from keys_of_ports(each, definitions, (*path, name))


def test_every_key_that_opens_a_port_is_in_a_record() -> None:
    whole = schema()
    below = ("config", f"{PROJECT}:{KEY}")
    asked = {path[len(below) :] for path in keys_of_ports(whole, whole["$defs"]) if path[:2] == below}
    assert asked == {record.node_port for record in RECORDS.values() if record.node_port}
    assert ("jobs", "nodePort") in asked
