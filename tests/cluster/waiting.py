"""Waits with an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

from workspace.errors import ReportedError

Found = TypeVar("Found")

POLL_SECONDS = 1.0


def eventually(
    what: str, ready: Callable[[], Found | None], *, timeout: float = 120, every: float = POLL_SECONDS
) -> Found:
    """Wait until `ready` gives something true, and give that; the API server may be busy meanwhile.

    Args:
        what: what is waited for; the failure says so.
        ready: asked again and again.
        timeout: seconds.
        every: seconds between two questions.
    """
    deadline = time.monotonic() + timeout
    answer: object = None
    while True:
        try:
            found = ready()
        except ReportedError as error:
            found, answer = None, error
        else:
            answer = found
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {timeout:.0f} s; the last answer was {answer!r}")
        time.sleep(every)
