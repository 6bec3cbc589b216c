"""Schedules that came by kubectl or a chart are seen as their viewer may see them, on a real API server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
import yaml

from apps.jobs.schedule.outside import RESOURCE
from apps.jobs.web.app import create
from apps.jobs.web.cluster import Cluster
from tests.apps.jobs.web.serving import served
from tests.apps.jobs.web.test_impersonation import made, own
from tests.apps.jobs.web.typed import typed
from tests.apps.jobs.web.world import DATA, PASSWORD, World, basic, known
from tests.apps.jobs.worlds import daily
from tests.walls.server import ApiServer

__all__ = ["made", "own"]

pytestmark = pytest.mark.apiserver

PLACE = f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{DATA}/{RESOURCE}"


def schedule(name: str, **spec: Any) -> dict[str, Any]:
    """A schedule as a chart has it; a field that is None is left out."""
    found: dict[str, Any] = yaml.safe_load(daily(name))
    found["spec"] = {key: value for key, value in {**found["spec"], **spec}.items() if value is not None}
    return found


@pytest.fixture
def there(made: ApiServer) -> Iterator[ApiServer]:
    """Two schedules, of which one says nothing of what becomes of a tick while a run goes on."""
    for each in (schedule("hourly", schedule="@hourly"), schedule("silent", concurrencyPolicy=None)):
        answer = made.call("POST", PLACE, each)
        assert not answer.refusal, answer.refusal
    yield made
    for name in ("hourly", "silent"):
        made.call("DELETE", f"{PLACE}/{name}")


@pytest.fixture
def address(own: httpx2.Client) -> Iterator[str]:
    """The pages, before that API server."""
    world = World(jobs=[known()])
    with served(create(replace(world.sources, cluster=Cluster(own)))) as found:
        yield found


def read(address: str, place: str, viewer: str = "ann") -> httpx2.Response:
    return httpx2.get(f"{address}{place}", headers={"Authorization": basic(viewer, PASSWORD)})


def test_07_a_schedule_from_outside_without_a_concurrency_policy_is_flagged(
    there: ApiServer, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    says = "It has no concurrencyPolicy, so the operator runs it once and never again."
    writes = f"kubectl patch {RESOURCE} -n {DATA} silent --type merge -p "
    first, second = read(address, "/schedules?format=json").json()["schedules"]
    assert (first["name"], second["name"], second["warnings"]) == ("silent", "hourly", [])
    assert says in first["warnings"][0]
    assert writes in first["warnings"][0]
    assert says in read(address, "/schedules").text
    login = {"address": address, "user": "ann", "password": PASSWORD}
    status, text, _ = typed(monkeypatch, capsys, "schedules", **login)
    assert status == 0
    assert f"{DATA}/silent: {says}" in text
    assert writes in text
    # What the sentence says is taken, and then there is nothing more to say.
    patch = {"spec": {"concurrencyPolicy": "Forbid"}}
    answer = there.call("PATCH", f"{PLACE}/silent", patch, content="application/merge-patch+json")
    assert not answer.refusal, answer.refusal
    assert [each["warnings"] for each in read(address, "/schedules?format=json").json()["schedules"]] == [
        [],
        [],
    ]
    assert says not in typed(monkeypatch, capsys, "schedules", **login)[1]


@pytest.mark.usefixtures("there")
def test_07_another_team_is_told_nothing_of_it(address: str) -> None:
    said = read(address, "/schedules?format=json", viewer="sam").json()
    assert said == {"schedules": [], "unread": []}
