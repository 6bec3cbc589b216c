"""When a run has to be done, by the time that its definition says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.jobs.ledger.identity import Series
from apps.jobs.ledger.record import Cause, Record, Wanted, again
from apps.jobs.runs import external
from apps.jobs.runs.agreed import AGREED, agreed
from apps.jobs.runs.deriving import Live, derive
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run
from apps.jobs.runs.status import Status, Times
from components.naming import SLA_ANNOTATION

NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)
APPLICATION = {
    "apiVersion": "sparkoperator.k8s.io/v1beta2",
    "kind": "SparkApplication",
    "metadata": {
        "name": "orders",
        "namespace": "data-dev",
        "uid": "app-uid",
        "creationTimestamp": "2026-11-21T05:00:00Z",
        "annotations": {AGREED: "15m", "kubectl.kubernetes.io/last-applied-configuration": "a secret"},
    },
    "spec": {},
}


def record(metadata: dict[str, Any]) -> Record:
    manifest = {**APPLICATION, "metadata": metadata}
    series = Series(namespace="data-dev", job="orders")
    return Wanted(series=series, key="git:1", cause=Cause.GIT, manifest=manifest).as_run(1, "token", NOW)


def due(of: Record, created: datetime | None = NOW) -> datetime | None:
    return Run.of(of, {"phase": Phase.RUNNING, "times": {"created": created}}).due


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7200", 7200), ("10", 10), ("15m", 900), ("9999m", 599_940), ("9", None), ("2h", None), ("0.5", None)],
)
def test_a_time_is_read_as_it_is_admitted(text: str, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert agreed({"annotations": {AGREED: text}}) == agreed({"labels": {AGREED: text}}) == expected


def test_it_is_the_annotation_that_the_platform_names_and_wins_over_the_label() -> None:
    assert AGREED == SLA_ANNOTATION
    assert agreed({"annotations": {AGREED: "60"}, "labels": {AGREED: "90"}}) == timedelta(seconds=60)
    assert agreed({"annotations": None}) is None


def test_a_run_is_due_so_long_after_its_creation() -> None:
    assert due(record({"labels": {AGREED: "600"}})) == NOW + timedelta(minutes=10)
    assert due(record({"labels": {AGREED: "600"}}), created=None) is None, "nothing is made of it yet"
    assert due(record({})) is None


WITHIN = timedelta(minutes=10)


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def looked(*looks: tuple[int, str]) -> Run:
    """A run after looks at it.

    Args:
        looks: as of `status_after`.
    """
    seen = status_after(*looks)
    return Run.of(record({"annotations": {AGREED: "600"}}), seen.model_dump(mode="json"))


def status_after(*looks: tuple[int, str]) -> Status:
    """What was seen of a run after looks at it, each with its minute: `held`, `free`, or `gone` once deleted.

    Args:
        looks: the looks, in order.
    """
    seen = Status()
    made = {**APPLICATION, "metadata": {**APPLICATION["metadata"], "annotations": {AGREED: "600"}}}  # type: ignore[dict-item]
    for minute, state in looks:
        live = {**made, "spec": {"suspend": state == "held"}}
        seen = derive(seen, Live(application=live, deleted=state == "gone"), at(minute))
    return seen


def test_a_run_that_was_held_has_all_of_its_time_from_the_moment_on_that_it_is_let_begin() -> None:
    assert looked((0, "held")).due is None
    assert looked((0, "held"), (60, "held")).due is None
    assert looked((0, "held"), (60, "free")).due == at(60) + WITHIN
    assert looked((0, "held"), (60, "free"), (65, "free")).due == at(60) + WITHIN
    assert looked((0, "free"), (5, "held"), (60, "free")).due == at(60) + WITHIN
    assert looked((0, "held"), (20, "free"), (25, "held"), (60, "free")).due == at(60) + WITHIN


def test_a_run_that_was_late_before_it_was_held_stays_late() -> None:
    assert looked((0, "free"), (11, "held")).due == NOW + WITHIN
    assert looked((0, "free"), (11, "held"), (60, "free")).due == NOW + WITHIN


def test_a_run_that_was_late_after_an_earlier_hold_stays_late_too() -> None:
    looks = [(0, "held"), (60, "free"), (75, "held")]
    assert looked(*looks).due == at(60) + WITHIN
    assert looked(*looks, (90, "free")).due == at(60) + WITHIN, "it was late, and has no further time"
    assert looked(*looks, (90, "free"), (120, "held"), (130, "free")).due == at(60) + WITHIN


def test_of_the_times_before_holds_those_alone_are_kept_that_may_be_the_first_that_was_too_long() -> None:
    looks = [(0, "free"), (2, "held"), (10, "free"), (15, "held"), (20, "free"), (24, "held"), (30, "free")]
    assert looked(*looks).due == at(30) + WITHIN
    assert [(each.since, each.until) for each in status_after(*looks).times.unheld] == [
        (at(0), at(2)),
        (at(10), at(15)),
    ]


def test_a_run_that_is_deleted_while_it_is_held_is_not_late() -> None:
    run = looked((0, "held"), (60, "gone"))
    assert run.phase is Phase.CANCELLED
    assert run.ended is not None
    assert run.due is not None
    assert run.ended < run.due


def test_what_an_earlier_release_saw_held_is_not_late_either() -> None:
    held = Status(phase=Phase.HELD, times=Times(created=NOW))
    live = Live(application={**APPLICATION, "spec": {"suspend": True}})
    later = derive(held, live, at(60))
    of = record({"annotations": {AGREED: "600"}})
    assert Run.of(of, later.model_dump(mode="json")).due is None
    freed = derive(later, Live(application=APPLICATION), at(90))
    assert Run.of(of, freed.model_dump(mode="json")).due == at(90) + WITHIN
    again_held = derive(freed, live, at(95))
    assert Run.of(of, again_held.model_dump(mode="json")).due is None, "it had five minutes of its ten"


@pytest.mark.parametrize(("first_held", "stands"), [(11, at(10)), (5, None)])
def test_of_a_hold_that_an_earlier_release_wrote_down_it_is_known_whether_it_came_too_late(
    first_held: int, stands: datetime | None
) -> None:
    written = {"phase": "held", "times": {"created": NOW.isoformat(), "held": at(first_held).isoformat()}}
    of = record({"annotations": {AGREED: "600"}})
    assert Run.of(of, written).due == stands
    freed = derive(Status.model_validate(written), Live(application=APPLICATION), at(60))
    assert Run.of(of, freed.model_dump(mode="json")).due == (stands or at(70))


def test_another_attempt_has_agreed_on_the_same_time() -> None:
    first = record({"annotations": {AGREED: "600"}})
    assert again(first)["metadata"]["annotations"] == {AGREED: "600"}


def test_of_what_came_another_way_the_time_is_kept_and_no_other_annotation() -> None:
    kept = external.of_application(APPLICATION).as_run(1, "token", NOW)
    assert kept.manifest["metadata"]["annotations"] == {AGREED: "15m"}
    assert due(kept) == NOW + timedelta(minutes=15)
