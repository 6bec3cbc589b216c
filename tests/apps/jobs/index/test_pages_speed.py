"""Ten thousand runs: how long people wait for a page, from the index to its last byte."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import Engine

from apps.jobs.index.reading import Reader
from apps.jobs.index.writing import write
from tests.apps.jobs.index.samples import NOW, many
from tests.apps.jobs.web.world import World

# How long they take is only worth something on a machine that does nothing else.
pytestmark = [pytest.mark.store, pytest.mark.soak]

RUNS = 10_000

PAGES = {
    "/runs": 1.0,
    "/runs?size=1000": 2.0,
    "/runs?phase=failed&since=7d": 0.5,
    "/runs?text=job-01+input_missing": 0.5,
    "/runs?job=job-042": 0.5,
    "/jobs": 1.0,
    "/statistics": 1.0,
}
"""Address -> seconds that it may take. Nobody looks at a thousand rows; programs ask for them."""


def test_a_page_of_ten_thousand_runs_takes_a_second_at_most_and_a_filter_half(
    index: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    write(index, many(RUNS))
    world = World(now=NOW)
    object.__setattr__(world.sources, "index", lambda namespaces: Reader(index, namespaces))
    client = world.client("admin")
    # The first request asks the API server, and has templates read.
    assert client.get("/runs?size=1").status_code == 200
    lines, slow = [], []
    for place, bound in PAGES.items():
        began = time.monotonic()
        answer = client.get(place)
        seconds = time.monotonic() - began
        assert answer.status_code == 200
        lines.append(f"  {seconds * 1000:6.0f} ms  {len(answer.content) // 1000:5} kB  {place}")
        if seconds > bound:
            slow.append(f"{place}: {seconds:.2f} s, over {bound} s")
    with capsys.disabled():
        print(f"\n{RUNS:,} runs:", *lines, sep="\n")
    assert not slow
