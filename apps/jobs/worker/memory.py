"""What a worker had heard of the cluster, kept in the bucket for the one that comes after it."""

from __future__ import annotations

import json
import time
from typing import Final

from apps.jobs.ledger.bucket import Bucket
from apps.jobs.ledger.identity import ROOT

from .watching import Heard

PLACE: Final = f"{ROOT}/sync/heard.json"

EVERY_SECONDS: Final = 10.0
"""Between two times that it is kept: what a worker hears again, it has done before, and does no harm."""


class Memory:
    """Up to where the changes in the cluster were worked through.

    Args:
        bucket: the ledger's.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._mark = ""
        self._kept: Heard = {}
        self._at = float("-inf")

    def read(self) -> Heard:
        """What was kept last; nothing if nobody has kept anything, or it can't be read."""
        found = self._bucket.get(PLACE)
        if found is None:
            return {}
        content, self._mark = found
        try:
            said = json.loads(content)
        except ValueError:
            return {}
        return {str(source): str(version) for source, version in said.items()}

    def keep(self, heard: Heard) -> None:
        """Keep it, unless it was kept a moment ago. Of two workers either one's will do.

        Args:
            heard: of changes that were worked through.
        """
        if heard == self._kept or time.monotonic() - self._at < EVERY_SECONDS:
            return
        mark = self._bucket.replace(PLACE, json.dumps(dict(heard), sort_keys=True).encode(), self._mark)
        if mark is None:
            found = self._bucket.get(PLACE)
            self._mark = "" if found is None else found[1]
            return
        self._mark, self._kept, self._at = mark, dict(heard), time.monotonic()
