"""The one error that commands show to people: what happened, and what to do next."""

from __future__ import annotations


class ReportedError(Exception):
    """A problem a person can act on; the command line prints it without a traceback.

    Args:
        what: what happened, with the value and its bound.
        hint: what to do next.
    """

    def __init__(self, what: str, *, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}\n  -> {self.hint}" if self.hint else self.what
