"""One API server and one object store, the real ones, for all of these tests that a process runs.

Each start of the first takes ten seconds of CPU time. Nobody runs pods here: what operator and kubelet say is
written as they write it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from components.object_store.policies import ADMIN_ACCOUNT
from tests.apps.jobs.worlds import EVENTS, NAMESPACE
from tests.binaries import binary
from tests.store.gateway import Gateway
from tests.walls.conftest import definitions
from tests.walls.server import ApiServer, api_server
from tests.walls.world import PATHS, SETTLE_SECONDS

__all__ = ["definitions"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """An API server of theirs: here the operator's kinds are upstream's, and no policy acts."""
    with api_server(tmp_path_factory.mktemp("api-server")) as running:
        yield running


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    gateway = Gateway(binary=binary("versitygw"), folder=tmp_path_factory.mktemp("store") / "volume")
    gateway.start()
    client = gateway.client(ADMIN_ACCOUNT)
    client.create_bucket(Bucket=EVENTS)
    yield client
    gateway.kill()


@pytest.fixture(scope="session")
def cluster(server: ApiServer, definitions: list[dict[str, Any]]) -> ApiServer:
    for each in definitions:
        if each["kind"] == "CustomResourceDefinition":
            path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
            answer = server.apply(f"{path}/{each['metadata']['name']}", each)
            assert not answer.refusal, answer.refusal
    server.apply(
        f"/api/v1/namespaces/{NAMESPACE}",
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
    )
    deadline = time.monotonic() + SETTLE_SECONDS
    while server.call("GET", PATHS["SparkApplication"].format(NAMESPACE)).refusal:
        assert time.monotonic() < deadline, f"the operator's kinds are not served after {SETTLE_SECONDS} s"
        time.sleep(0.1)
    return server
