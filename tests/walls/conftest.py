"""An API server with the operator's CRDs, a tenant's rights and all admission policies."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from components.domain import Quota, Tenant
from tests.walls.server import ApiServer
from tests.walls.world import World, settle
from workspace.paths import ROOT

CRDS = ROOT / "charts" / ".upstream" / "spark-operator-chart" / "crds"

TENANT = Tenant(
    team="science",
    environment="dev",
    quota=Quota(cpu="8", memory="16Gi", pods=30),
    groups=("data-scientists",),
)


@pytest.fixture(scope="session")
def server(policed_server: ApiServer) -> ApiServer:
    """An API server alone, where other tenants may be settled as well."""
    return policed_server


@pytest.fixture(scope="session")
def definitions() -> list[dict[str, Any]]:
    """The operator's CRDs, as upstream's chart has them."""
    assert CRDS.is_dir(), f"{CRDS} is missing; run `make tools`, which puts the upstream chart there"
    return [yaml.load(path.read_text(), yaml.CSafeLoader) for path in sorted(CRDS.glob("*.yaml"))]


@pytest.fixture(scope="session")
def world(server: ApiServer, definitions: list[dict[str, Any]]) -> World:
    """The tenant's namespace with all its walls."""
    return settle(World(server, TENANT), definitions)
