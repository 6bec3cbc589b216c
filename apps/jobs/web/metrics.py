"""The pages' own metrics: how many answers there were, how they ended, and how long they took.

A page is named by its route, never by its address: that has runs, jobs and people in it, and each would be a
series for ever.
"""

from __future__ import annotations

import time
from typing import Any, Final

from prometheus_client import Counter, Histogram
from prometheus_client.registry import CollectorRegistry
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NO_ROUTE: Final = "none"
"""What no route answered: refused at the door, or an address that there is not."""

BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds: a page of 10,000 runs has one, a filter a half (docs/runs.md); at 30 the login gives up."""

BROKEN: Final = 500


class PageMetrics:
    """What Prometheus is told.

    Args:
        registry: where it is served from.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answers = Counter(
            "spark_jobs_web_answers",
            "Answers of the pages, by route and class of their status",
            ["route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "spark_jobs_web_answer_seconds",
            "How long answers of the pages took, to their last byte",
            ["route"],
            registry=registry,
            buckets=BUCKETS,
        )

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count an answer.

        Args:
            route: its template, such as `/jobs/{namespace}/{job}`.
            status: of HTTP.
            seconds: how long it took.
        """
        self._answers.labels(route=route, status=f"{status // 100}xx").inc()
        # From 0 on: a series that begins with a failure shows no increase.
        self._answers.labels(route=route, status="5xx")
        self._seconds.labels(route=route).observe(seconds)


class Counting:
    """Count of all answers of an application, those too that it breaks at.

    Args:
        app: what answers.
        metrics: where they are counted.
        passed_over: begins of paths that are not counted.
    """

    def __init__(self, app: ASGIApp, metrics: PageMetrics, passed_over: tuple[str, ...]) -> None:
        self._app = app
        self._metrics = metrics
        self._passed_over = passed_over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["path"].startswith(self._passed_over):
            await self._app(scope, receive, send)
            return
        status = BROKEN

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        begun = time.perf_counter()
        try:
            await self._app(scope, receive, sent)
        finally:
            self._metrics.count(_route(scope), status, time.perf_counter() - begun)


def _route(scope: Scope) -> str:
    """The template of what answered; the router leaves it in the scope."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", NO_ROUTE))
