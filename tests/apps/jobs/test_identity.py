"""A run's identity gives the name of its SparkApplication and of its objects, and they lead back to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.jobs.ledger.identity import LONGEST_JOB, RunId, Series, parse
from apps.jobs.ledger.record import LABELS, Cause, Wanted
from components.naming import PROJECT
from components.tenants.admission_names import LONGEST_JOB_NAME

JOBS = st.from_regex(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True)
INTERVALS = st.one_of(
    st.just("once"),
    st.dates().map(lambda day: f"{day:%Y-%m-%d}".rjust(10, "0")),
    st.datetimes(min_value=datetime(1000, 1, 1)).map(lambda moment: f"{moment:%Y-%m-%dT%H-%MZ}"),  # noqa: DTZ001
)
RUNS = st.builds(
    lambda job, interval, n: RunId(series=Series(namespace="data-dev", job=job, interval=interval), n=n),
    JOBS,
    INTERVALS,
    st.integers(1, 999_999),
)


@given(RUNS)
def test_the_name_is_one_that_the_platform_takes(run: RunId) -> None:
    """RFC 1035, and short enough for the name of the driver's pod to be a host's."""
    assert re.fullmatch("[a-z]([-a-z0-9]*[a-z0-9])?", run.application)
    assert len(f"{run.application}-driver") <= LONGEST_JOB_NAME == LONGEST_JOB


@given(RUNS, st.sampled_from(["record.json", "evidence/driver.json"]))
def test_an_object_of_the_bucket_leads_back_to_its_run(run: RunId, name: str) -> None:
    assert parse(f"{run.prefix}{name}") == (run, name)


@given(RUNS, RUNS)
def test_two_runs_have_two_names(one: RunId, other: RunId) -> None:
    assert (one.application == other.application) == (one == other)


def test_two_jobs_whose_names_begin_alike_have_two_names() -> None:
    names = {
        RunId(series=Series(namespace="data-dev", job="a" * 40 + end), n=1).application for end in ("b", "c")
    }
    assert len(names) == 2


def test_the_name_shows_job_and_interval() -> None:
    run = RunId(series=Series(namespace="data-dev", job="orders", interval="2026-11-20"), n=2)
    assert re.fullmatch("orders-20261120-[0-9a-f]{8}", run.application)


def test_objects_sort_as_the_runs_do() -> None:
    series = Series(namespace="data-dev", job="orders")
    prefixes = [RunId(series=series, n=n).prefix for n in (1, 9, 10, 100, 999_999)]
    assert prefixes == sorted(prefixes)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"job": "2026-orders"}, "must begin with a letter"),
        ({"job": "a" * 64}, "at most 63 characters"),
        ({"namespace": "a/b"}, "is no namespace"),
        ({"interval": "yesterday"}, "must be once, a day"),
        ({"interval": "../x"}, "must be once, a day"),
    ],
)
def test_what_can_be_no_identity_is_refused_with_what_to_write(wrong: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Series(**{"namespace": "data-dev", "job": "orders", **wrong})


@pytest.mark.parametrize(
    "key",
    [
        "logs/a",
        "jobs/runs/data-dev/orders/once/1/record.json",
        "jobs/runs/data-dev/Orders/once/000001/record.json",
        "jobs/runs/",
    ],
)
def test_other_objects_belong_to_no_run(key: str) -> None:
    assert parse(key) is None


def wanted(**changes: Any) -> Wanted:
    series = Series(namespace="data-dev", job="orders", interval="2026-11-20")
    manifest = {"metadata": {"labels": {"team": "data"}}, "spec": {"type": "Python"}}
    ends = {"start": datetime(2026, 11, 20, tzinfo=UTC), "end": datetime(2026, 11, 21, tzinfo=UTC)}
    given = {
        "series": series,
        "key": "schedule",
        "cause": Cause.SCHEDULE,
        "manifest": manifest,
        **ends,
        **changes,
    }
    return Wanted(**given)


def test_a_record_has_all_that_it_takes_to_create_the_run() -> None:
    record = wanted(commit="c0ffee").as_run(3, "mine", datetime(2026, 11, 21, tzinfo=UTC))
    assert record.manifest["metadata"] == {
        "name": record.application,
        "namespace": "data-dev",
        "labels": {
            "team": "data",
            f"{LABELS}/job": "orders",
            f"{LABELS}/interval": "2026-11-20",
            f"{LABELS}/n": "3",
            f"{LABELS}/attempt": "1",
            f"{LABELS}/cause": "schedule",
            f"{LABELS}/commit": "c0ffee",
        },
    }
    assert record.manifest["spec"] == {"type": "Python"}


def test_labels_are_none_that_admission_policies_refuse() -> None:
    assert not f"{LABELS}/".startswith(f"{PROJECT}/"), "admission policies refuse those"


@pytest.mark.parametrize(
    "ends", [{"start": None}, {"end": None}, {"end": datetime(2026, 11, 19, tzinfo=UTC)}]
)
def test_an_interval_has_two_ends_in_order(ends: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"interval|both ends"):
        wanted(**ends).as_run(1, "mine", datetime(2026, 11, 21, tzinfo=UTC))
