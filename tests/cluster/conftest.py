"""The running platform, as the tests on the real node see it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from components import settings
from components.domain import Tenant
from local import platform, pulumi_cli
from local.kubectl import Kubectl
from local.platform import Target

POLL_SECONDS = 1.0


@pytest.fixture(scope="session")
def where() -> Target:
    """The target that `make up` works on."""
    return platform.target()


@pytest.fixture(scope="session")
def kubectl(where: Target) -> Kubectl:
    """The cluster's administrator."""
    return where.kubectl


@pytest.fixture(scope="session")
def outputs(where: Target) -> dict[str, Any]:
    """The stack's outputs."""
    return pulumi_cli.outputs(where.stack)


@pytest.fixture(scope="session")
def tenants(where: Target) -> tuple[Tenant, ...]:
    """The tenants that the stack file names."""
    stack_file = yaml.safe_load((where.stack.root / f"Pulumi.{where.stack.name}.yaml").read_text())
    return tuple(settings.parse(stack_file["config"]["spark-on-eks:settings"]).all_tenants)


def eventually(what: str, ready: Callable[[], Any], *, timeout: float = 120) -> Any:
    """Wait until `ready` returns something true, and return that.

    Args:
        what: what is waited for; the failure says so.
        ready: asked every second.
        timeout: seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        found = ready()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {timeout:.0f} s")
        time.sleep(POLL_SECONDS)
