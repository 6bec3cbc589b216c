"""The operator, which submits what others wrote, reaches the API server and nothing that data could go to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.network_reach import Endpoint, Port, reaches
from tests.support.stacks import world_of

OPERATOR = Endpoint(
    name="operator",
    address="100.64.0.9",
    namespace="spark-operator",
    labels={"app.kubernetes.io/name": "spark-operator"},
)


def policies(stack: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for each in world_of(stack).of("kubernetes:networking.k8s.io/v1:NetworkPolicy"):
        found.setdefault(str(each.metadata["namespace"]), []).append(dict(each.inputs["spec"]))
    return found


@pytest.mark.parametrize(
    ("what", "address"),
    [("an interface of the control plane", "10.42.0.10"), ("the Service kubernetes", "172.20.0.1")],
)
def test_on_aws_the_operator_reaches_the_api_server(what: str, address: str) -> None:
    assert reaches(policies("prod"), OPERATOR, Endpoint(name=what, address=address), Port(443))


@pytest.mark.parametrize(
    ("what", "address"),
    [
        ("a host in the internet", "8.8.8.8"),
        ("a pod of a tenant", "100.64.3.4"),
        ("the metadata of the node", "169.254.169.254"),
    ],
)
@pytest.mark.parametrize("port", [443, 6443])
def test_on_aws_the_operator_reaches_nothing_else(what: str, address: str, port: int) -> None:
    assert not reaches(policies("prod"), OPERATOR, Endpoint(name=what, address=address), Port(port))
