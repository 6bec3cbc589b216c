"""The time that a run has agreed on: seconds from its creation within which it has to be done. Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from .objects import NOTHING, Json

AGREED: Final = "spark-on-eks/sla-seconds"
"""Annotation of a definition, or label: the operator hands a schedule's labels to its runs, no annotation."""

_WRITTEN: Final = re.compile(r"(?P<seconds>[1-9][0-9]{1,7})|(?P<minutes>[1-9][0-9]{0,3})m")
"""As the API server admits it: seconds from 10 on, or minutes."""


def written(metadata: Json) -> str:
    """The time as it is written; empty for none. The annotation wins, as in the rules of Prometheus.

    Args:
        metadata: of an application.
    """
    places = (metadata.get(part) or NOTHING for part in ("annotations", "labels"))
    return next((str(place[AGREED]) for place in places if AGREED in place), "")


def agreed(metadata: Json) -> timedelta | None:
    """The time; None if there is none, or if it is written as the API server would not admit it.

    Args:
        metadata: of an application.
    """
    found = _WRITTEN.fullmatch(written(metadata))
    if found is None:
        return None
    if found["minutes"]:
        return timedelta(minutes=int(found["minutes"]))
    return timedelta(seconds=int(found["seconds"]))
