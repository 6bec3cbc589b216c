"""What people have written passes the rules, or the refusal says what to write instead."""

from __future__ import annotations

import pytest

from tests.walls.attack import Who
from tests.walls.world import World
from tests.walls.written import REPORTED, UPSTREAM, Written, upstream
from tests.walls.written_elsewhere import ELSEWHERE

pytestmark = pytest.mark.apiserver


@pytest.mark.parametrize("each", [*REPORTED, *ELSEWHERE], ids=lambda each: each.what)
def test_what_reports_tell_of_is_taken_or_refused_with_its_sentence(world: World, each: Written) -> None:
    _as_expected(world, each)


def test_upstreams_examples_are_taken_or_refused_with_their_sentence(world: World) -> None:
    examples = list(upstream())
    assert {each.what for each in examples} == set(UPSTREAM)
    for each in examples:
        _as_expected(world, each)


def _as_expected(world: World, each: Written) -> None:
    refusal = world.create(each.manifest, Who.PERSON).refusal
    if each.said:
        assert each.said in refusal, f"{each.what}: {refusal or 'it was taken'}"
    else:
        assert refusal == "", each.what
