"""What the story on the live platform looks for is there, whatever a panel is called by now."""

from __future__ import annotations

from components.observability.rule_model import Site
from tests.cluster.test_signals import EXPECTED
from tests.observability.expressions import expressions


def test_every_name_that_the_story_looks_for_is_that_of_a_rule_or_panel() -> None:
    there = {each.where for each in expressions(Site(teams={"data-dev": "data"}))}
    looked_for = {name for names in EXPECTED.values() for name in names}
    assert looked_for - there == set()
