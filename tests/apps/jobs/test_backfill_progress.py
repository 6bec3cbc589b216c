"""A backfill never has more runs than it may, stops when it is told to, and comes to an end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.jobs.backfill.plan import State
from apps.jobs.backfill.progress import Stage, step

DAYS = tuple(f"2026-11-{day:02}" for day in range(1, 31))


def test_so_many_start_as_may_run_at_once_in_the_plans_order() -> None:
    found = step(DAYS, {}, at_once=3, stop_after=None, stop=False)
    assert found.start == DAYS[:3]
    assert (found.stage, found.left) == (Stage.RUNNING, 30)


def test_a_run_that_ended_makes_room_for_the_next() -> None:
    states = {DAYS[0]: State.GREEN, DAYS[1]: State.ACTIVE, DAYS[2]: State.ACTIVE}
    assert step(DAYS, states, at_once=3, stop_after=None, stop=False).start == (DAYS[3],)


def test_when_it_is_told_to_stop_nothing_starts_and_it_is_over_with_its_last_run() -> None:
    states = {DAYS[0]: State.GREEN, DAYS[1]: State.ACTIVE}
    stopping = step(DAYS, states, at_once=3, stop_after=None, stop=True)
    assert (stopping.stage, stopping.start) == (Stage.STOPPING, ())
    stopped = step(DAYS, states | {DAYS[1]: State.GREEN}, at_once=3, stop_after=None, stop=True)
    assert (stopped.stage, stopped.start, stopped.left) == (Stage.STOPPED, (), 28)


def test_it_is_resumed_where_it_stopped() -> None:
    states = {DAYS[0]: State.GREEN, DAYS[1]: State.GREEN}
    assert step(DAYS, states, at_once=3, stop_after=None, stop=False).start == DAYS[2:5]


def test_after_so_many_failures_nothing_starts_until_it_is_resumed() -> None:
    states = {DAYS[0]: State.FAILED, DAYS[1]: State.FAILED, DAYS[2]: State.GREEN}
    broken = step(DAYS, states, at_once=3, stop_after=2, stop=False)
    assert (broken.stage, broken.start, broken.failed) == (Stage.FAILED, (), 2)
    resumed = step(DAYS, states, at_once=3, stop_after=2, stop=False, forgiven=2)
    assert (resumed.stage, resumed.start) == (Stage.RUNNING, DAYS[3:6])


def test_what_was_stopped_with_nothing_left_is_done() -> None:
    states = dict.fromkeys(DAYS, State.GREEN)
    assert step(DAYS, states, at_once=3, stop_after=1, stop=True).stage is Stage.DONE
    assert (
        step(DAYS, states | {DAYS[9]: State.FAILED}, at_once=3, stop_after=1, stop=False).stage is Stage.DONE
    )


@given(st.data(), st.integers(1, 5), st.none() | st.integers(1, 4))
def test_whatever_happens_it_ends_with_each_interval_run_once_or_left(
    data: st.DataObject, at_once: int, stop_after: int | None
) -> None:
    states: dict[str, State] = {}
    started: list[str] = []
    stop = False
    for _ in range(200):
        found = step(DAYS, states, at_once=at_once, stop_after=stop_after, stop=stop)
        started += found.start
        states |= dict.fromkeys(found.start, State.ACTIVE)
        active = [key for key, state in states.items() if state is State.ACTIVE]
        assert len(active) <= at_once
        if found.stage not in (Stage.RUNNING, Stage.STOPPING):
            break
        assert active, "it goes on, and waits for nothing"
        states[data.draw(st.sampled_from(active))] = data.draw(st.sampled_from((State.GREEN, State.FAILED)))
        stop = stop or data.draw(st.integers(0, 30)) == 0
    else:
        raise AssertionError("it did not end")
    assert State.ACTIVE not in states.values()
    assert started == list(DAYS[: len(started)])
