"""A mark that a form of ours has, and one of another site can't: every change asks for it. Pure.

It is made of the viewer's name with a key of this service, so it needs no session: another viewer's mark, or
that of a page which was opened two days ago, is refused.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

LASTS_SECONDS: Final = 12 * 3600
"""As long as a login does: a form that was left open for a working day still works."""

FIELD: Final = "csrf"
HEADER: Final = "x-csrf"

PROGRAM: Final = "x-spark-jobs"
"""Header of a program's request. A page of another site can't send it: browsers ask us first (a CORS
preflight), and are never answered (OWASP, "Cross-Site Request Forgery Prevention": custom headers)."""


def mark(key: bytes, viewer: str, now: float) -> str:
    """The mark of a form.

    Args:
        key: the service's.
        viewer: who it is shown to.
        now: seconds since 1970.
    """
    made = str(int(now))
    return f"{made}.{_signed(key, viewer, made)}"


def holds(key: bytes, viewer: str, given: str, now: float) -> bool:
    """Say whether a mark is one of ours, for this viewer, and not too old.

    Args:
        key: the service's.
        viewer: who sends it.
        given: the mark.
        now: seconds since 1970.
    """
    made, _, signed = given.partition(".")
    if not made.isdigit() or not hmac.compare_digest(signed, _signed(key, viewer, made)):
        return False
    return 0 <= now - int(made) < LASTS_SECONDS


def _signed(key: bytes, viewer: str, made: str) -> str:
    return hmac.new(key, f"{made}\n{viewer}".encode(), hashlib.sha256).hexdigest()
