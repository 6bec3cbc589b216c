"""Asks the history server: its REST API, as documented in Spark's monitoring guide."""

from __future__ import annotations

import codecs
import http.client
import json
import re
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

APPLICATION_BYTES: Final = 256 * 1024
"""Longest entry of the list of runs that is read: one has some 500 bytes, and 300 for each attempt. Its name
is what the run calls itself, of any length; were the list refused for it, no run would be counted again."""

CHUNK_BYTES: Final = 64 * 1024

_MARKS: Final = re.compile(r'["\[\]{},]')
"""What tells where an element in JSON ends, outside of texts."""

_QUOTE: Final = re.compile('"')


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

    def completed_since(self, moment: float) -> Iterator[Any]:
        """Applications whose last attempt ended, at that time or later, one by one.

        Args:
            moment: seconds since 1970.

        Yields:
            Each as it is listed; None for one that is too long.

        Raises:
            HistoryError: see the class.
        """
        text = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000GMT")
        query = urllib.parse.urlencode({"status": "completed", "minEndDate": text})
        return self._each(f"?{query}", longest=APPLICATION_BYTES, total=None)

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

        Args:
            run: the application's id.

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

        Args:
            run: the application's id.

        Raises:
            HistoryError: see the class.
        """
        return self._each(f"/{run}/jobs?status=failed")

    def properties(self, run: str) -> dict[str, str]:
        """Spark properties that a run had.

        Args:
            run: the application's id.

        Raises:
            HistoryError: see the class.
        """
        found = self._get(f"/{run}/environment")
        try:
            return {str(key): str(value) for key, value in found["sparkProperties"]}
        except (KeyError, TypeError, ValueError) as error:
            raise HistoryError(f"{run}: the environment has no sparkProperties: {error!r}") from error

    def _each(
        self, path: str, *, longest: int = ANSWER_BYTES, total: int | None = LIST_BYTES
    ) -> Iterator[Any]:
        url = self._root + path
        try:
            with urllib.request.urlopen(url, timeout=self._timeout) as response:  # noqa: S310 - configured
                chunks = iter(lambda: response.read(CHUNK_BYTES), b"")
                yield from _elements(chunks, longest=longest, total=total)
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


class _Passing:
    """A way over an element in JSON without keeping it, piece by piece."""

    def __init__(self) -> None:
        self._depth = 0
        self._quoted = False
        self._escaped = False

    def over(self, text: str) -> int | None:
        """Where in a piece the element has ended; None if it goes on behind it.

        Args:
            text: the next piece.
        """
        if not text:
            return None
        if self._escaped:
            text = f"_{text[1:]}"
        self._escaped = (len(text) - len(text.rstrip("\\"))) % 2 == 1
        # What is escaped ends nothing; places stay as they were.
        text, at = text.replace("\\\\", "__").replace('\\"', "__"), 0
        while mark := self._next(text, at):
            at = mark.end()
            if mark[0] == '"':
                self._quoted = not self._quoted
            elif mark[0] in "[{":
                self._depth += 1
            elif not self._depth:
                return mark.start()
            elif mark[0] != ",":
                self._depth -= 1
        return None

    def _next(self, text: str, at: int) -> re.Match[str] | None:
        return (_QUOTE if self._quoted else _MARKS).search(text, at)


class _Reading:
    """A list in JSON taken apart, of which no more than one element and a piece are held.

    Args:
        longest: characters of an element; for a longer one there is None.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._decoder = json.JSONDecoder()
        self._held = ""
        self._begun = False
        self._passing: _Passing | None = None

    def taken(self, piece: str) -> Iterator[Any]:
        """Elements that end in a piece.

        Args:
            piece: the next one.

        Raises:
            ValueError: it is no list.
        """
        if self._passing is not None:
            end = self._passing.over(piece)
            if end is None:
                return
            self._passing, piece = None, piece[end:].removeprefix(",")
            yield None
        self._held = (self._held + piece).lstrip()
        if not self._begun and self._held:
            if self._held[0] != "[":
                raise ValueError(f"wanted a list, got {self._held[:20]!r}")
            self._held, self._begun = self._held[1:].lstrip(), True
        yield from self._whole()
        if len(self._held) > self._longest:
            self._passing = _Passing()
            self._passing.over(self._held)
            self._held = ""

    def _whole(self) -> Iterator[Any]:
        while self._held and self._held[0] != "]":
            try:
                element, end = self._decoder.raw_decode(self._held)
            except json.JSONDecodeError:
                return  # the rest of it has not come yet
            rest = self._held[end:].lstrip()
            if not rest:
                return  # a number might go on
            if rest[0] not in ",]":
                raise ValueError(f"wanted a comma after an element, got {rest[:20]!r}")
            self._held = rest.removeprefix(",").lstrip()
            yield element

    def end(self) -> None:
        """Say that there is no more.

        Raises:
            ValueError: the list has not ended.
        """
        if self._passing is not None or self._held.strip() != "]":
            raise ValueError(f"the list ends early, at {self._held[:20]!r}")


def _elements(chunks: Iterator[bytes], *, longest: int, total: int | None) -> Iterator[Any]:
    """Elements of a list in JSON.

    Args:
        chunks: the text, in pieces.
        longest: characters of an element; for a longer one there is None.
        total: most bytes of the list; None for any number.

    Raises:
        ValueError: it is no list, ends early, or is too long.
    """
    text, reading, read = codecs.getincrementaldecoder("utf-8")(), _Reading(longest), 0
    for chunk in chunks:
        read += len(chunk)
        if total is not None and read > total:
            raise ValueError(f"the list is longer than {total} bytes")
        yield from reading.taken(text.decode(chunk))
    reading.end()
