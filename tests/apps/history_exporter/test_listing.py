"""Which runs of the history server's list are taken: those that ended, fairly, and nothing that can't be."""

from __future__ import annotations

from typing import Any

import pytest

from apps.history_exporter.listing import NAME_LENGTH, SKEW_SECONDS, fairly, listed
from tests.apps.history_exporter.test_ledger import START, TEAMS, YEAR_12000, end


def attempt(number: str | None = None, at: Any = 1000, **changed: Any) -> dict[str, Any]:
    """An attempt as the server lists it, with fields changed."""
    found = {"startTimeEpoch": 0, "endTimeEpoch": at, "completed": True, "sparkUser": "data-dev"}
    return found | ({} if number is None else {"attemptId": number}) | changed


def application(name: Any, *attempts: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "name": "n", "attempts": list(attempts)}


def test_only_attempts_that_ended_are_taken_in_the_order_of_their_ends() -> None:
    found = listed(
        [
            application("b", attempt("2", 9000), attempt("1", 3000)),
            application("a", attempt(None, 5000)),
            application("c", attempt(None, 1000, completed=False)),
        ],
        now=START,
        tenants=TEAMS,
    )
    assert [each.run for each in found.ends] == ["b/1", "a", "b/2"]
    assert found.dropped == {}, "a run that goes on is no fault"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (application("a b", attempt()), "id"),
        (application("../x?y", attempt()), "id"),
        (application("x" * 129, attempt()), "id"),
        (application("x", attempt("1 2")), "id"),
        (application(7, attempt()), "id"),
        (application("x", attempt(None, YEAR_12000)), "time"),
        (application("x", attempt(None, int((START + SKEW_SECONDS + 1) * 1000))), "time"),
        (application("x", attempt(startTimeEpoch=-1)), "time"),
        (application("x", attempt(startTimeEpoch=2000)), "time"),
        (application("x", attempt(None, 10**400)), "shape"),
        (application("x", attempt(None, float("nan"))), "shape"),
        (application("x", attempt(sparkUser="science-dev")), "tenant"),
        (application("x", attempt(sparkUser="")), "tenant"),
        ({"id": "x", "name": "n"}, "shape"),
        ({**application("x", attempt()), "name": None}, "shape"),
        ("x", "shape"),
        (None, "shape"),
    ],
)
def test_a_run_that_can_not_be_is_dropped_alone_and_by_its_reason(wrong: Any, reason: str) -> None:
    found = listed([wrong, application("right", attempt())], now=START, tenants=TEAMS)
    assert [each.run for each in found.ends] == ["right"]
    assert list(found.dropped.values()) == [reason]


def test_a_name_is_cut_and_made_printable() -> None:
    long = {**application("x", attempt()), "name": "a\n\ud800" + "b" * 1024}
    (found,) = listed([long], now=START, tenants=TEAMS).ends
    assert found.name == "a__" + "b" * (NAME_LENGTH - 3), "a scrape with a longer label would be dropped"


def test_a_namespace_with_many_runs_holds_up_no_other() -> None:
    many = [end(f"many-{number}", START + number) for number in range(9)]
    other = end("other", START + 100, namespace="science-dev")
    assert [each.run for each in fairly([*many, other])][:3] == ["many-0", "other", "many-1"]
