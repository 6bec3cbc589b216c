"""Ten thousand runs: how long people wait for an answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine

from apps.jobs.index.answers import By
from apps.jobs.index.filters import Filters
from apps.jobs.index.paging import Asked, Order
from apps.jobs.index.reading import ALL, Reader
from apps.jobs.index.writing import write
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.run import Run
from tests.apps.jobs.index.samples import DAY, NOW, many

# How long they take is only worth something on a machine that does nothing else.
pytestmark = [pytest.mark.store, pytest.mark.soak]

RUNS = 10_000
PAGE_SECONDS = 1.0
FILTER_SECONDS = 0.5


FILTERS = {
    "one job": Filters(jobs={"job-042"}),
    "failed in a week": Filters(phases={Phase.FAILED}, since=NOW - 7 * DAY),
    "text": Filters(text="job-01 input_missing"),
    "text that is rare": Filters(text="value 777"),
    "commit": Filters(commit="a"),
    "owner": Filters(owners={"team-3"}),
    "verdict": Filters(codes={"SPOT_RECLAIM"}),
}


def questions(reader: Reader) -> Iterator[tuple[str, float, Callable[[], Any]]]:
    """What is asked, the seconds that it may take, and how it is asked."""
    for order in Order:
        yield f"first page by {order}", PAGE_SECONDS, partial(shown, reader, Asked(order=order, now=NOW))
    after = ""
    for _ in range(5):
        after = reader.page(Asked(size=1000, after=after, now=NOW)).next
    yield "page 26", PAGE_SECONDS, partial(shown, reader, Asked(after=after, now=NOW))
    for name, filters in FILTERS.items():
        yield f"filter: {name}", FILTER_SECONDS, partial(shown, reader, Asked(now=NOW), filters)
    yield "counts by phase", FILTER_SECONDS, lambda: reader.counts(By.PHASE)
    yield "equal failures", PAGE_SECONDS, reader.failures
    yield "grid of a week", PAGE_SECONDS, lambda: reader.grid(NOW - 7 * DAY, NOW)
    yield "jobs", PAGE_SECONDS, lambda: reader.jobs(NOW - 30 * DAY)


def shown(reader: Reader, asked: Asked, filters: Filters = ALL) -> tuple[Run, ...]:
    return reader.page(asked, filters).runs


def test_a_page_of_ten_thousand_runs_takes_a_second_at_most_and_a_filter_half(
    index: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    write(index, many(RUNS))
    reader = Reader(index, {"data-dev", "science-dev"})
    lines, slow = [], []
    for name, bound, question in questions(reader):
        began = time.monotonic()
        assert question(), f"{name} has no answer"
        seconds = time.monotonic() - began
        lines.append(f"  {seconds * 1000:6.0f} ms  {name}")
        if seconds > bound:
            slow.append(f"{name}: {seconds:.2f} s, over {bound} s")
    with capsys.disabled():
        print(f"\n{RUNS:,} runs:", *lines, sep="\n")
    assert not slow
