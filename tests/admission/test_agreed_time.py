"""A job's agreed time is written so that it is read, or the job is refused with how to write it."""

from __future__ import annotations

from typing import Any

import pytest

from components.naming import SLA_ANNOTATION
from tests.admission.jobs import DRIVER, EXECUTOR
from tests.walls.attack import Object, job, schedule
from tests.walls.world import World

pytestmark = pytest.mark.apiserver


def refusal(world: World, made: Object, **metadata: dict[str, str]) -> str:
    noted = {**made, "metadata": {**made["metadata"], **metadata}}
    return str(world.create(noted).refusal)


def application() -> Object:
    return job(driver=DRIVER, executor=EXECUTOR)


@pytest.mark.parametrize("place", ["annotations", "labels"])
@pytest.mark.parametrize("time", ["900", "15m", "10", "9999m", "86400"])
def test_seconds_and_minutes_are_taken(world: World, place: str, time: str) -> None:
    assert refusal(world, application(), **{place: {SLA_ANNOTATION: time}}) == ""


@pytest.mark.parametrize("place", ["annotations", "labels"])
@pytest.mark.parametrize("time", ["2h", "9", "0", "10000m", "1.5m", "soon", "15M", ""])
def test_what_nothing_would_read_is_refused_with_how_to_write_it(world: World, place: str, time: str) -> None:
    said = refusal(world, application(), **{place: {SLA_ANNOTATION: time}})
    wanted = f"{SLA_ANNOTATION} must be seconds, from 10 on (7200), or minutes with an m (120m), not {time}"
    assert wanted.rstrip() in said


def test_a_schedule_says_it_in_a_label_which_its_runs_get(world: World) -> None:
    template: dict[str, Any] = {"driver": DRIVER, "executor": EXECUTOR}
    noted = {SLA_ANNOTATION: "900"}
    assert refusal(world, schedule("@every 5m", template=template), labels=noted) == ""
    said = refusal(world, schedule("@every 5m", template=template), annotations=noted)
    assert "Write it into metadata.labels" in said


def test_a_label_of_the_platforms_own_is_refused_beside_it(world: World) -> None:
    said = refusal(world, application(), labels={SLA_ANNOTATION: "900", "spark-on-eks/team": "other"})
    assert "must not begin with spark-on-eks/: spark-on-eks/team." in said
