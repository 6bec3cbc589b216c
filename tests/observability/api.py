"""Prometheus' HTTP API, as tests ask it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import urllib3

ANSWER_SECONDS = 30.0

Labels = dict[str, str]


class QueryError(Exception):
    """Prometheus refused a question; the message is its own."""


@dataclass(frozen=True)
class PrometheusApi:
    """A Prometheus that answers.

    Args:
        url: where, without the API's own path.
        head: headers that say who asks.
    """

    url: str
    head: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str, fields: Mapping[str, str] = MappingProxyType({})) -> Any:
        """What the API says.

        Args:
            path: below /api/v1/.
            fields: of the question.

        Raises:
            QueryError: it is refused.
        """
        address = f"{self.url.rstrip('/')}/api/v1/{path}"
        answer = urllib3.request(
            "GET", address, fields=dict(fields), headers=dict(self.head), timeout=ANSWER_SECONDS
        )
        body = json.loads(answer.data)
        if body["status"] != "success":
            raise QueryError(f"{path} {dict(fields)}: {body.get('error')}")
        return body["data"]

    def query(self, promql: str, *, at: float | None = None) -> list[dict[str, Any]]:
        """Series of one moment; a bare number counts as one without labels.

        Args:
            promql: the expression.
            at: the moment, as a Unix time; None for now.
        """
        data = self.get("query", {"query": promql, **({} if at is None else {"time": str(at)})})
        if data["resultType"] == "scalar":
            return [{"metric": {}, "value": data["result"]}]
        found: list[dict[str, Any]] = data["result"]
        return found

    def series(self, selector: str, *, start: float, end: float) -> list[Labels]:
        """Labels of all series that had a sample in a time.

        Args:
            selector: such as a metric's name.
            start: Unix time.
            end: Unix time.
        """
        found: list[Labels] = self.get("series", {"match[]": selector, "start": str(start), "end": str(end)})
        return found
