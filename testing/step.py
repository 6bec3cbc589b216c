"""One part of `make test`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Step:
    """One part of `make test`.

    Args:
        name: what is checked.
        command: what runs; a pytest call gets its report file added.
        before: makes ready what the command needs; of a step beside others, quick and without output.
        beside: whether it runs beside the steps after it: it needs none of them, and none needs it.
        waits: of a step beside others, whether it goes with what waits more than it computes: those run one
            after the other too, beside those that compute.
        second_try: whether the few tests that fail are tried once more when all else has ended.
    """

    name: str
    command: tuple[str, ...]
    before: Callable[[], object] | None = None
    beside: bool = False
    waits: bool = False
    second_try: bool = False
