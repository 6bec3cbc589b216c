"""Whatever is taken of what somebody writes who means harm, the operator reads it, also after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from components.services.spark_operator.crds import typed_definition
from tests.walls.attack import Who, job
from tests.walls.fuzz import Fuzz
from tests.walls.operator_process import operator
from tests.walls.server import api_server
from tests.walls.world import World, settle

pytestmark = pytest.mark.apiserver

Object = dict[str, Any]

SYNC_SECONDS = 240.0
"""Until the operator has come to the last of some thousand jobs; it starts a program for each."""


@dataclass(frozen=True)
class Tried:
    """What was tried.

    Args:
        taken: what the API server has taken and stored.
        broken: answers of the API server that are no refusals, such as an error of its own.
    """

    taken: list[Object]
    broken: list[str]


@pytest.fixture
def alone(world: World, definitions: list[Object], tmp_path: Path) -> Iterator[World]:
    """A world of its own, since what is tried there stays."""
    with api_server(tmp_path) as server:
        yield settle(World(server, world.tenant), definitions)


def _try(world: World, definitions: list[Object], count: int, seed: int) -> Tried:
    kinds = {}
    for definition in definitions:
        (version,) = typed_definition(definition["spec"])["versions"]
        properties = version["schema"]["openAPIV3Schema"]["properties"]
        kinds[definition["spec"]["names"]["kind"]] = properties["spec"]
    fuzz = Fuzz(kinds, Random(seed))
    tried = Tried([], [])
    for number in range(count):
        made = fuzz.make(f"fuzz-{number}")
        answer = world.create(made, Who.PERSON, dry_run=False)
        if answer.refusal == "":
            tried.taken.append(made)
        elif answer.status not in (400, 403, 422):
            tried.broken.append(f"{answer.status}: {answer.refusal}")
    return tried


def _canary(world: World, name: str) -> str:
    """Create an ordinary job, and say where it is."""
    made = {**job(), "metadata": {"name": name}}
    assert world.create(made, dry_run=False).refusal == ""
    return f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{world.tenant.namespace}/sparkapplications/{name}"


def _survives(world: World, folder: Path) -> None:
    """Start the operator twice, and have it take up a job each time."""
    for start in ("first", "second"):
        with operator(world.server, folder, world.tenant.namespace) as running:
            state = running.until(world.server, _canary(world, f"canary-{start}"), SYNC_SECONDS)
            assert running.trouble() == [], f"at its {start} start"
            assert state, f"at its {start} start it took up no job; its log is {running.log}"


def test_the_operator_reads_all_that_is_taken_of_hostile_jobs(
    alone: World, definitions: list[Object], tmp_path: Path
) -> None:
    tried = _try(alone, definitions, count=300, seed=1)
    assert tried.broken == []
    assert len(tried.taken) > 20, "most would prove nothing if all were refused"
    _survives(alone, tmp_path)


def test_an_operator_that_can_not_read_a_job_would_be_seen(
    definitions: list[Object], world: World, tmp_path: Path
) -> None:
    with api_server(tmp_path) as server:
        bare = settle(World(server, world.tenant), definitions, typed=False, policies=False)
        slip = job(driver={"cores": 1, "template": {"spec": {"containers": {"name": "x"}}}})
        assert bare.create(slip, dry_run=False).refusal == ""
        with operator(server, tmp_path, world.tenant.namespace) as running:
            assert running.until(server, _canary(bare, "canary"), 20) == ""
            assert any("cannot unmarshal" in line for line in running.trouble())


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_the_operator_reads_all_that_is_taken_of_2000_hostile_jobs(
    alone: World, definitions: list[Object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = _try(alone, definitions, count=2000, seed=2)
    kinds = sorted(each["kind"] for each in tried.taken)
    with capsys.disabled():
        print(f"\nof 2000 hostile jobs and schedules {len(kinds)} were taken", end="")
    assert tried.broken == []
    assert len(kinds) > 300
    assert len(set(kinds)) == 2, "both kinds"
    _survives(alone, tmp_path)
