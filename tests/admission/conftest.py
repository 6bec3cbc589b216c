"""An API server with a tenant's quota and limits, beside all admission policies."""

from __future__ import annotations

import pytest

from components.domain import ContainerLimits, Quota, Tenant
from components.tenants.admission_quota import quota_annotations
from components.tenants.limits import limit_range_spec
from tests.walls.conftest import definitions, server
from tests.walls.server import ApiServer
from tests.walls.world import World, settle

__all__ = ["definitions", "server"]

TENANT = Tenant(
    team="data",
    environment="dev",
    quota=Quota(cpu="1500m", memory="8Gi", pods=10),
    limits=ContainerLimits(max_cpu="2", max_memory="4Gi"),
    groups=("data-engineers",),
)


@pytest.fixture(scope="session")
def world(server: ApiServer, definitions: list[dict[str, object]]) -> World:
    """The tenant's namespace, with what it may have.

    The bounds of pods alone: nobody here counts what a quota counts, so others would refuse every object.
    """
    made = settle(World(server, TENANT), definitions)
    quota = TENANT.quota
    hard = {
        "requests.cpu": quota.cpu,
        "requests.memory": quota.memory,
        "pods": str(quota.pods),
        "persistentvolumeclaims": "1",
        "requests.nvidia.com/gpu": "1",
    }
    specs = {
        "resourcequotas/quota": ("ResourceQuota", quota_annotations(TENANT.limits), {"hard": hard}),
        "limitranges/limits": ("LimitRange", {}, limit_range_spec(TENANT.limits)),
    }
    for place, (kind, notes, spec) in specs.items():
        path, _, name = place.partition("/")
        metadata = {"name": name, "annotations": notes}
        body = {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}
        answer = server.apply(f"/api/v1/namespaces/{TENANT.namespace}/{path}/{name}", body)
        assert not answer.refusal, answer.refusal
    return made
