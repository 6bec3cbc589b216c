"""The history server's REST API, as a person's browser or script would ask it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

ANSWER_SECONDS = 20.0
"""How long an answer may take: the first look at an application replays its log."""


@dataclass(frozen=True)
class History:
    """A history server.

    Args:
        url: where people open it.
        head: headers that say who asks.
    """

    url: str
    head: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Any:
        """What the API says; None if it knows nothing of it, or does not answer at all.

        Args:
            path: below /api/v1/.
        """
        try:
            answer = urllib3.request(
                "GET",
                f"{self.url.rstrip('/')}/api/v1/{path}",
                headers=dict(self.head),
                timeout=ANSWER_SECONDS,
                retries=False,
            )
        except HTTPError:
            return None
        return json.loads(answer.data) if answer.status == 200 else None

    def names(self) -> dict[str, str]:
        """Names of all applications, by their ids; empty if the server does not answer."""
        return {entry["id"]: entry["name"] for entry in self.get("applications") or ()}

    def completed(self, application: str) -> bool:
        """Whether it lists an application as completed, by a log that was closed."""
        found = self.get(f"applications/{application}")
        return bool(found) and bool(found["attempts"][-1]["completed"])

    def spark_properties(self, application: str) -> dict[str, str]:
        """The configuration that an application ran with."""
        return dict(self.get(f"applications/{application}/environment")["sparkProperties"])

    def system_properties(self, application: str) -> dict[str, str]:
        """The driver's Java system properties."""
        return dict(self.get(f"applications/{application}/environment")["systemProperties"])

    def executors(self, application: str) -> list[dict[str, Any]]:
        """All executors that an application ever had, the driver aside."""
        found: list[dict[str, Any]] = self.get(f"applications/{application}/allexecutors")
        return [entry for entry in found if entry["id"] != "driver"]
