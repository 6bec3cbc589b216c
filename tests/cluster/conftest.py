"""The running platform, as the tests on the real node see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml
from rich.console import Console

import flights
from apps.jobs.cli.api import Api
from components import settings
from components.domain import Tenant
from components.naming import SUBMITTER_ACCOUNT
from local import pages, platform
from local.platform import Target
from tests.cluster import receivers
from tests.cluster.git_jobs import Clone
from tests.cluster.history import History
from tests.cluster.receivers import Receivers
from tests.cluster.signing_in import session
from tests.jobs.conftest import distribution
from tests.observability.api import PrometheusApi
from tests.support.access_table import account_user
from toolchain import pulumi_cli
from toolchain.kubectl import Kubectl

__all__ = ["distribution"]

Say = Callable[[Any], None]
"""Prints text or a table."""

ADMIN = "admin"
"""The user of the pages who sees all of them."""

WIDTH = 150
"""Characters of a printed line."""


@pytest.fixture(scope="session")
def say(request: pytest.FixtureRequest) -> Say:
    """Prints although the tests pass: what was found on the real node is part of the proof."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def print_it(shown: Any) -> None:
        with capture.global_and_fixture_disabled():
            Console(width=WIDTH, highlight=False).print("\n", shown, sep="")

    return print_it


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


@pytest.fixture(scope="session")
def mine(kubectl: Kubectl, outputs: dict[str, Any]) -> flights.Platform:
    """The platform as its first tenant sees it."""
    return flights.find_platform(kubectl, outputs)


@pytest.fixture(scope="session")
def theirs(kubectl: Kubectl, outputs: dict[str, Any]) -> flights.Platform:
    """The platform as its last tenant sees it."""
    return flights.find_platform(kubectl, outputs, outputs["namespaces"][-1])


@pytest.fixture(scope="session")
def signed_in(where: Target, outputs: dict[str, Any]) -> dict[str, str]:
    """The header by which the first user opens the pages, as a browser has it after the login."""
    return session(outputs["pagesUrl"], ADMIN, pages.password(where.stack, ADMIN))


@pytest.fixture(scope="session")
def admin(where: Target, outputs: dict[str, Any]) -> Api:
    """The pages of all runs, asked by who sees all of them."""
    return asked_as(where, outputs, ADMIN)


def asked_as(where: Target, outputs: dict[str, Any], user: str) -> Api:
    """The pages of all runs, asked by a user of the stack.

    Args:
        where: the platform.
        outputs: of the stack.
        user: the user's name.
    """
    password = pages.password(where.stack, user)
    return Api(address=outputs["runsUrl"].removesuffix("/runs"), user=user, password=password)


@pytest.fixture(scope="session")
def clone(where: Target, outputs: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone of the repository that `make up` brought along."""
    password = pulumi_cli.secret_output(where.stack, "jobsPassword")
    return Clone.made(tmp_path_factory.mktemp("clone"), outputs["jobsRepository"], str(password))


@pytest.fixture(scope="module")
def told(
    where: Target, mine: flights.Platform, outputs: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Receivers]:
    """Four receivers of alerts that the stack names, until the last test of a module."""
    runbooks = f"{outputs['pagesUrl']}/alerts/runbooks"
    with receivers.told(where, mine.image, runbooks, tmp_path_factory.mktemp("told")) as found:
        yield found


@pytest.fixture(scope="session")
def priorities(tenants: tuple[Tenant, ...]) -> Mapping[str, str]:
    """Priority class of each tenant's pods."""
    return {tenant.namespace: f"spark-{tenant.priority}" for tenant in tenants}


@pytest.fixture(scope="session")
def history(outputs: dict[str, Any], signed_in: dict[str, str]) -> History:
    """The history server, at the address that `make up` prints."""
    return History(outputs["historyUrl"], signed_in)


@pytest.fixture(scope="session")
def prometheus(outputs: dict[str, Any], signed_in: dict[str, str]) -> PrometheusApi:
    """The platform's Prometheus, at the address that the stack exports."""
    return PrometheusApi(outputs["prometheusUrl"], signed_in)


@pytest.fixture(scope="session")
def science(tenants: tuple[Tenant, ...], theirs: flights.Platform) -> Tenant:
    """The tenant in whose namespace these tests run: its quota is the smaller one."""
    (found,) = (tenant for tenant in tenants if tenant.namespace == theirs.namespace)
    return found


@pytest.fixture(scope="session")
def submitter(kubectl: Kubectl, theirs: flights.Platform) -> Kubectl:
    """The cluster as the account that runs spark-submit: it may create pods of any kind."""
    return Kubectl(kubectl.kubeconfig, account_user(theirs.namespace, SUBMITTER_ACCOUNT))
