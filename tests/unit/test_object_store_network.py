"""Who may reach whom in the object store's namespace, as a table."""

from __future__ import annotations

import pytest

from components.object_store.network import network_policies, server_labels, setup_labels
from tests.support.network_reach import Endpoint, Port, reaches

NAMESPACE = "object-store"
POLICIES = {NAMESPACE: list(network_policies(["data-dev", "spark-history"]).values())}


def pod(name: str, namespace: str, labels: dict[str, str] | None = None) -> Endpoint:
    """A pod; its address doesn't matter, since no policy here speaks of addresses."""
    return Endpoint(name=name, address="10.244.0.9", namespace=namespace, labels=labels or {})


SERVER = pod("server", NAMESPACE, server_labels())
SETUP = pod("set-up", NAMESPACE, setup_labels())
STRANGER = pod("stranger", NAMESPACE)
TENANT = pod("tenant", "data-dev")
HISTORY = pod("history server", "spark-history")
UNKNOWN = pod("unknown", "default")
DNS = pod("dns", "kube-system", {"k8s-app": "kube-dns"})
OUTSIDE = Endpoint(name="outside", address="203.0.113.7")
S3, ADMIN, QUESTIONS, WEB = Port(7070), Port(7071), Port(53, "UDP"), Port(443)


@pytest.mark.parametrize(
    ("source", "target", "port", "allowed"),
    [
        (TENANT, SERVER, S3, True),
        (HISTORY, SERVER, S3, True),
        (SETUP, SERVER, S3, True),
        (SETUP, SERVER, ADMIN, True),
        (SETUP, DNS, QUESTIONS, True),
        (TENANT, SERVER, ADMIN, False),
        (HISTORY, SERVER, ADMIN, False),
        (UNKNOWN, SERVER, S3, False),
        (OUTSIDE, SERVER, S3, False),
        (STRANGER, SERVER, S3, False),
        (STRANGER, SERVER, ADMIN, False),
        (TENANT, SETUP, S3, False),
        (SERVER, DNS, QUESTIONS, False),
        (SERVER, TENANT, WEB, False),
        (SERVER, OUTSIDE, WEB, False),
        (SETUP, OUTSIDE, WEB, False),
        (SETUP, TENANT, WEB, False),
        (STRANGER, UNKNOWN, WEB, False),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_store_is_reached_by_those_who_need_it_and_by_nobody_else(
    source: Endpoint, target: Endpoint, port: Port, allowed: bool
) -> None:
    assert reaches(POLICIES, source, target, port) is allowed, f"{source.name} to {target.name}, {port}"


def test_without_clients_only_the_set_up_job_gets_in() -> None:
    closed = {NAMESPACE: list(network_policies([]).values())}
    assert not reaches(closed, TENANT, SERVER, S3), "an empty list of namespaces must not mean all of them"
    assert reaches(closed, SETUP, SERVER, S3)
