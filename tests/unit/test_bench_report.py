"""What the page of the benchmarks says of goals, and of what failed."""

from __future__ import annotations

import pytest

from bench.report import ARCHIVE_LAYER, render
from bench.samples import Comparison, Goal, in_turns

MIB = 2**20


def compared(seconds: float, goal: Goal | None) -> Comparison:
    samples = in_turns(("a pod", "a job"), [[2.0, seconds]])
    return Comparison(title="How long?", samples=samples, note="By a clock.", goal=goal)


@pytest.mark.parametrize(("seconds", "verdict"), [(3.0, "kept, with 1.500."), (3.2, "missed, with 1.600.")])
def test_the_page_says_whether_a_goal_is_kept(seconds: float, verdict: str) -> None:
    page = render(["one"], [compared(seconds, Goal(name="a job", ratio=1.5))], [])
    assert f'By a clock. The goal for "a job" is a ratio of 1.50 at most: {verdict}' in page


def test_without_a_goal_there_is_no_verdict() -> None:
    assert "goal" not in render(["one"], [compared(3.0, None)], [])


@pytest.mark.parametrize(("plain", "verdict"), [(450, "kept, with 450"), (451, "missed, with 451")])
def test_the_class_archive_is_not_counted_for_the_images_goal(plain: int, verdict: str) -> None:
    layers = [("`ADD in /`", plain * MIB, 1), (f"`{ARCHIVE_LAYER}`", 225 * MIB, 1)]
    page = render([], [], [*layers, ("in all", (plain + 225) * MIB, 2)])
    assert f"{verdict}. What each is for" in page


def test_what_failed_stands_on_the_page_with_its_reason() -> None:
    page = render([], [compared(3.0, None)], [], failed=["a driver did not come in 180 s"])
    assert page.endswith("## What was not measured\n\n- a driver did not come in 180 s\n")
