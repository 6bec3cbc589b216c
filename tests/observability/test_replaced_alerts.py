"""What we leave out of kube-prometheus-stack is replaced by alerts that we have."""

from __future__ import annotations

import pytest

from components.observability.alerts import alerts
from components.observability.replaced_alerts import REPLACED, disabled
from components.observability.rule_model import Site
from tests.observability.series import TEAMS

OURS = {each.name for each in alerts(Site(teams=TEAMS, karpenter=True))}


@pytest.mark.parametrize("name", REPLACED)
def test_what_stands_for_an_alert_exists(name: str) -> None:
    assert set(REPLACED[name].by) <= OURS


@pytest.mark.parametrize("name", REPLACED)
def test_the_reason_for_leaving_it_out_is_written_down(name: str) -> None:
    assert len(REPLACED[name].why.split()) >= 3


def test_none_of_ours_has_the_name_of_one_of_theirs() -> None:
    assert not OURS & disabled().keys()
    assert all(name.startswith("Spark") for name in OURS)
