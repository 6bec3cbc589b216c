"""Asks the history server: its REST API, as documented in Spark's monitoring guide."""

from __future__ import annotations

import codecs
import http.client
import json
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

Answer = Mapping[str, Any]
"""An object of the API as JSON."""

TIMEOUT_SECONDS: Final = 120.0
"""The first question about a run makes the server replay its whole event log."""


ANSWER_BYTES: Final = 8 * 1024**2
"""Longest answer that is read: some 18,000 runs. A longer one would take more memory than the pod has."""


LIST_BYTES: Final = 256 * 1024**2
"""Longest list that is read piece by piece: 1,000 stages, which is what the server keeps of a run
(`spark.ui.retainedStages`), with plans of 250 KiB each."""

CHUNK_BYTES: Final = 64 * 1024


class HistoryError(Exception):
    """The history server did not answer, or not with what the API promises."""


class HistoryServer:
    """The history server at an address.

    Args:
        url: its address, such as http://spark-history.spark-history.svc:18080.
        timeout: seconds that an answer may take.
    """

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._root = f"{url.rstrip('/')}/api/v1/applications"
        self._timeout = timeout

    def completed_since(self, moment: float) -> list[Any]:
        """Applications whose last attempt ended, at that time or later.

        Args:
            moment: seconds since 1970.

        Raises:
            HistoryError: see the class.
        """
        text = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000GMT")
        query = urllib.parse.urlencode({"status": "completed", "minEndDate": text})
        return self._list(f"?{query}")

    def stages(self, run: str) -> Iterator[Answer]:
        """All attempts of all stages that the server keeps of a run, one by one: never all in memory.

        Args:
            run: id of the application, and a slash and the attempt where it has one.

        Raises:
            HistoryError: see the class.
        """
        return self._each(f"/{run}/stages")

    def executors(self, run: str) -> Iterator[Answer]:
        """The driver and all executors of a run, those that are gone as well, one after the other.

        Raises:
            HistoryError: see the class.
        """
        return self._each(f"/{run}/allexecutors")

    def task_times(self, run: str, stage: int, attempt: int, quantiles: Sequence[float]) -> Answer:
        """How the tasks of a stage's attempt that ended well spread.

        Args:
            run: id of the application, and a slash and the attempt where it has one.
            stage: id of the stage.
            attempt: of the stage.
            quantiles: which.

        Raises:
            HistoryError: see the class; also if no task ended well.
        """
        chosen = ",".join(f"{each:g}" for each in quantiles)
        found = self._get(f"/{run}/stages/{stage}/{attempt}/taskSummary?quantiles={chosen}")
        if not isinstance(found, dict):
            raise HistoryError(f"{run}: the tasks of stage {stage} are {type(found).__name__}")
        return found

    def failed_jobs(self, run: str) -> Iterator[Answer]:
        """Jobs of a run that failed, one after the other.

        Raises:
            HistoryError: see the class.
        """
        return self._each(f"/{run}/jobs?status=failed")

    def properties(self, run: str) -> dict[str, str]:
        """Spark properties that a run had.

        Raises:
            HistoryError: see the class.
        """
        found = self._get(f"/{run}/environment")
        try:
            return {str(key): str(value) for key, value in found["sparkProperties"]}
        except (KeyError, TypeError, ValueError) as error:
            raise HistoryError(f"{run}: the environment has no sparkProperties: {error!r}") from error

    def _list(self, path: str) -> list[Answer]:
        found = self._get(path)
        if not isinstance(found, list):
            raise HistoryError(f"{path}: wanted a list, got {type(found).__name__}")
        return found

    def _each(self, path: str) -> Iterator[Answer]:
        url = self._root + path
        try:
            with urllib.request.urlopen(url, timeout=self._timeout) as response:  # noqa: S310 - configured
                yield from _elements(iter(lambda: response.read(CHUNK_BYTES), b""))
        except (OSError, ValueError, RecursionError, http.client.HTTPException) as error:
            raise HistoryError(f"{url}: {error}") from error

    def _get(self, path: str) -> Any:
        url = self._root + path
        try:
            with urllib.request.urlopen(url, timeout=self._timeout) as response:  # noqa: S310 - configured
                answer = response.read(ANSWER_BYTES + 1)
            if len(answer) > ANSWER_BYTES:
                raise HistoryError(f"{url}: the answer is longer than {ANSWER_BYTES} bytes")
            return json.loads(answer)
        except (OSError, ValueError, RecursionError, http.client.HTTPException) as error:
            raise HistoryError(f"{url}: {error}") from error


def _elements(chunks: Iterator[bytes]) -> Iterator[Any]:
    """Elements of a list in JSON, of which no more than one and a chunk are held.

    Args:
        chunks: the text, in pieces.

    Raises:
        ValueError: it is no list, ends early, or it or an element is too long.
    """
    decoder, text = json.JSONDecoder(), codecs.getincrementaldecoder("utf-8")()
    held, read, begun = "", 0, False
    for chunk in chunks:
        read += len(chunk)
        held = (held + text.decode(chunk)).lstrip()
        if not begun and held:
            if held[0] != "[":
                raise ValueError(f"wanted a list, got {held[:20]!r}")
            held, begun = held[1:].lstrip(), True
        if read > LIST_BYTES or len(held) > ANSWER_BYTES:
            raise ValueError(
                f"the list is longer than {LIST_BYTES} bytes, or one of its elements than {ANSWER_BYTES}"
            )
        while held and held[0] != "]":
            try:
                element, end = decoder.raw_decode(held)
            except json.JSONDecodeError:
                break  # the rest of it has not come yet
            rest = held[end:].lstrip()
            if not rest:
                break  # a number might go on
            if rest[0] not in ",]":
                raise ValueError(f"wanted a comma after an element, got {rest[:20]!r}")
            held = rest.removeprefix(",").lstrip()
            yield element
    if held.strip() != "]":
        raise ValueError(f"the list ends early, at {held[:20]!r}")
