"""A run has a time to live whoever makes it: the API server fills in what the definition leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admission.jobs import DRIVER, EXECUTOR
from tests.walls.attack import Who, job, schedule
from tests.walls.world import KEEP_SECONDS, World

pytestmark = pytest.mark.apiserver


@pytest.mark.parametrize(
    "who", [None, Who.PERSON, Who.SUBMITTER], ids=["administrator", "kubectl", "airflow"]
)
def test_a_run_that_says_nothing_gets_the_platforms(world: World, who: Who | None) -> None:
    answer = world.create(job(driver=DRIVER, executor=EXECUTOR), who)
    assert answer.refusal == ""
    assert answer.body["spec"]["timeToLiveSeconds"] == KEEP_SECONDS


@pytest.mark.parametrize("own", [0, 60, 31_536_000])
def test_a_run_that_says_its_own_keeps_it(world: World, own: int) -> None:
    answer = world.create(job(driver=DRIVER, executor=EXECUTOR, timeToLiveSeconds=own))
    assert answer.refusal == ""
    assert answer.body["spec"]["timeToLiveSeconds"] == own


def test_a_schedule_is_left_as_it_is_and_its_runs_get_theirs_when_they_are_made(world: World) -> None:
    template: dict[str, Any] = {"driver": DRIVER, "executor": EXECUTOR}
    answer = world.create(schedule("@every 5m", template=template))
    assert answer.refusal == ""
    assert "timeToLiveSeconds" not in answer.body["spec"]["template"]
