"""Times as Kubernetes writes them. Pure."""

from __future__ import annotations

from datetime import datetime


def moment(text: str | None) -> datetime | None:
    """A time of an object's (RFC 3339).

    Args:
        text: as it stands there; None or empty for none.
    """
    return datetime.fromisoformat(text) if text else None
