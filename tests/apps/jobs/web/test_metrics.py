"""The pages count their answers by route and class of status, and name neither runs nor people."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from fastapi.testclient import TestClient
from prometheus_client.registry import CollectorRegistry

from apps.jobs.web.app import create
from apps.jobs.web.metrics import PageMetrics

from .world import DATA, PASSWORD, World, basic, busy

ANSWERS = "spark_jobs_web_answers_total"
JOB = "/jobs/{namespace}/{job}"


@pytest.fixture(scope="module")
def world() -> World:
    return busy()


class Pages:
    """The pages, and what they count."""

    def __init__(self, world: World) -> None:
        self.registry = CollectorRegistry()
        app = create(world.sources, PageMetrics(self.registry))
        self.client = TestClient(
            app, base_url="http://pages.test", follow_redirects=False, raise_server_exceptions=False
        )

    def get(self, path: str, viewer: str = "ann") -> httpx2.Response:
        answer: httpx2.Response = self.client.get(path, headers={"Authorization": basic(viewer, PASSWORD)})
        return answer

    def counted(self) -> dict[tuple[str, str], float]:
        return {
            (sample.labels["route"], sample.labels["status"]): sample.value
            for metric in self.registry.collect()
            for sample in metric.samples
            if sample.name == ANSWERS and sample.value
        }

    def labels(self) -> Iterator[str]:
        for metric in self.registry.collect():
            for sample in metric.samples:
                yield from sample.labels.values()


@pytest.fixture
def pages(world: World) -> Pages:
    return Pages(world)


def test_answers_are_counted_by_route_and_class_of_status(pages: Pages) -> None:
    pages.get("/runs")
    pages.get("/runs?phase=failed")
    pages.get(f"/jobs/{DATA}/orders")
    pages.get(f"/jobs/{DATA}/orders", viewer="sam")
    assert pages.counted() == {("/runs", "2xx"): 2, (JOB, "2xx"): 1, (JOB, "4xx"): 1}


def test_failures_of_a_page_are_counted_from_0_on_so_that_the_first_is_an_increase(pages: Pages) -> None:
    pages.get("/runs")
    assert pages.registry.get_sample_value(ANSWERS, {"route": "/runs", "status": "5xx"}) == 0


def test_how_long_an_answer_takes_is_counted_by_route(pages: Pages) -> None:
    pages.get(f"/jobs/{DATA}/orders")
    assert pages.registry.get_sample_value("spark_jobs_web_answer_seconds_count", {"route": JOB}) == 1
    assert pages.registry.get_sample_value("spark_jobs_web_answer_seconds_sum", {"route": JOB})


def test_an_answer_that_breaks_is_one_that_failed(
    pages: Pages, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.s3, "objects", None)
    assert pages.get("/sync").status_code == 500
    assert pages.counted() == {("/sync", "5xx"): 1}


def test_an_api_server_that_does_not_answer_is_one_that_failed() -> None:
    world = busy()
    pages = Pages(world)
    world.api.refused.add(f"/api/v1/namespaces/{DATA}/resourcequotas")
    assert pages.get("/statistics").status_code == 502
    assert pages.counted() == {("/statistics", "5xx"): 1}


def test_what_nobody_answers_is_counted_together(pages: Pages) -> None:
    pages.client.get("/runs")
    pages.get("/nowhere/at-all")
    pages.get("/nowhere/else")
    assert pages.counted() == {("none", "4xx"): 3}


def test_probes_and_styles_are_not_counted(pages: Pages) -> None:
    pages.get("/health")
    pages.get("/static/style.css")
    assert pages.counted() == {}


def test_no_label_names_a_run_or_a_person(pages: Pages) -> None:
    for place in (f"/jobs/{DATA}/orders", f"/runs/{DATA}/orders/2026-11-18/1", "/live/AAAA/jobs/"):
        pages.get(place)
    said = " ".join(pages.labels())
    assert "/runs/{namespace}/{job}/{interval}/{n}" in said
    assert not [word for word in (DATA, "orders", "2026", "AAAA", "ann") if word in said]
