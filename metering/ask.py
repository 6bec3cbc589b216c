"""Asks Prometheus by its HTTP API."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from workspace.errors import ReportedError

TIMEOUT: Final = 30.0


@dataclass(frozen=True)
class Prometheus:
    """A Prometheus that this machine reaches.

    Args:
        url: its address.
    """

    url: str

    def by(self, expression: str, label: str) -> dict[str, float]:
        """The values of an expression by one of its labels.

        Args:
            expression: PromQL.
            label: the label; series without it stand at the empty name.

        Raises:
            ReportedError: Prometheus does not answer, or refuses the expression.
        """
        found: list[Mapping[str, Any]] = self._query(expression)
        return {each["metric"].get(label, ""): float(each["value"][1]) for each in found}

    def number(self, expression: str) -> float:
        """The value of an expression with one series or none, which is 0.

        Args:
            expression: PromQL.

        Raises:
            ReportedError: see `by`.
        """
        return sum(self.by(expression, "").values())

    def _query(self, expression: str) -> list[Mapping[str, Any]]:
        body = urllib.parse.urlencode({"query": expression}).encode()
        request = urllib.request.Request(f"{self.url.rstrip('/')}/api/v1/query", data=body)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - the stack's own
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            raise ReportedError(f"Prometheus refused {expression}: {error.read().decode()[:300]}") from error
        except OSError as error:
            raise ReportedError(
                f"Prometheus at {self.url} does not answer: {error}", hint="run `make up`"
            ) from error
        result: list[Mapping[str, Any]] = found["data"]["result"]
        return result
