"""Finds the exception that ended a driver in its log, and the part of it that a person wrote. Pure.

A Python job ends with `Traceback (most recent call last)`, on the standard output that Spark passes on; a
JVM job with `Exception in thread "main"`, or log4j's `ERROR ...: Uncaught exception`. Spark's own chatter at
its stop comes after both, so the last such block counts and not the last lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 60_000
"""Most characters of an exception that are looked at: what is below it in a chain repeats itself."""

_PYTHON: Final = re.compile(r"^Traceback \(most recent call last\):$", re.MULTILINE)
_PRINTED: Final = re.compile(
    r"^(?:Traceback \(most recent call last\):$|Exception in thread \"[^\"]*\" |Error: .+$)", re.MULTILINE
)
_LOGGED: Final = re.compile(
    r"^\d\d/\d\d/\d\d \d\d:\d\d:\d\d ERROR "
    r"(?:SparkContext|Utils|ApplicationMaster|SparkUncaughtExceptionHandler)\b.*$",
    re.MULTILINE,
)
_CUT: Final = re.compile(
    r"^(?:Caused by: )?(?:[a-z][\w$]*\.)*[A-Z][\w$.]*(?:Exception|Error)(?=:|$)", re.MULTILINE
)
"""What is left of a stack whose begin was cut off: a pod keeps the last 2 KiB of its log."""

_LOG_LINE: Final = re.compile(
    r"^(?:\d\d/\d\d/\d\d \d\d:\d\d:\d\d (?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL) |\{\"ts\": )", re.MULTILINE
)
_FRAME: Final = re.compile(
    r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>.+)$', re.MULTILINE
)
_RAISED: Final = re.compile(
    r"^(?P<kind>[A-Za-z_][\w.$]*(?:Exception|Error|Exit|Interrupt|Warning|Failure|[A-Z]\w*))"
    r"(?::\s*(?P<message>.*))?$"
)
_LIBRARY: Final = re.compile(
    r"/(?:pyspark|py4j|site-packages|dist-packages|python\d\.\d+|lib/py4j[^/]*)/|^<frozen"
)
_CONDITION: Final = re.compile(r"\[(?P<condition>[A-Z][A-Z0-9_]{3,}(?:\.[A-Z0-9_]+)?)\]")
_STATE: Final = re.compile(r"SQLSTATE: (?P<state>[0-9A-Z]{5})")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A call in a stack.

    Args:
        file: as the stack names it.
        line: number of the line.
        function: the function's name.
    """

    file: str
    line: int
    function: str


@dataclass(frozen=True, kw_only=True)
class Raised:
    """An exception.

    Args:
        kind: its class, such as `KeyError` or `java.lang.OutOfMemoryError`.
        message: its first line.
        frames: the calls in code that is neither Spark's nor Python's, the innermost last.
        text: all of it, with what caused it.
    """

    kind: str
    message: str
    frames: tuple[Frame, ...]
    text: str


def last_raised(log: str) -> Raised | None:
    """The exception that ended a driver; None if its log shows none.

    Args:
        log: the log, or its end.
    """
    for begins in (_PRINTED, _LOGGED, _CUT):
        matches = list(begins.finditer(log))
        if matches:
            return _read(_whole(log, matches))
    return None


def _whole(log: str, matches: list[re.Match[str]]) -> str:
    """The text around the last match: stacks that follow each other without a line of the log are one."""
    start = matches[-1].start()
    for match in reversed(matches[:-1]):
        if _LOG_LINE.search(log, match.end(), start):
            break
        start = match.start()
    end = _LOG_LINE.search(log, matches[-1].end())
    return log[start : end.start() if end else len(log)][:LONGEST]


def sql_state(condition: str, states: dict[str, str]) -> str:
    """The SQLSTATE of an error condition; empty for one that Spark's table does not have.

    Args:
        condition: such as `CAST_INVALID_INPUT` or `UNRESOLVED_COLUMN.WITH_SUGGESTION`.
        states: Spark's table.
    """
    return states.get(condition, states.get(condition.partition(".")[0], ""))


def with_states(text: str, states: dict[str, str]) -> str:
    """A text whose error conditions have their SQLSTATE, as Spark 4 writes them and Spark 3.5 does not.

    Args:
        text: an exception's text.
        states: Spark's table of conditions.
    """
    if _STATE.search(text):
        return text
    return "\n".join(_line_with_state(line, states) for line in text.split("\n"))


def _line_with_state(line: str, states: dict[str, str]) -> str:
    match = _CONDITION.search(line)
    state = sql_state(match["condition"], states) if match else ""
    return f"{line} SQLSTATE: {state}" if state else line


def _read(text: str) -> Raised:
    text = text.strip()
    lines = text.split("\n")
    if _PYTHON.match(text):
        kind, message = _python_end(lines)
    else:
        first = re.sub(r'^(?:Exception in thread "[^"]*" |.*?ERROR \S+: |Error: |Caused by: )', "", lines[0])
        kind, _, message = first.partition(": ")
        if " " in kind:
            logged = next((each for each in lines[1:] if _RAISED.match(each)), "")
            kind, _, message = logged.partition(": ") if logged else ("", "", first)
    return Raised(kind=kind, message=message.strip(), frames=tuple(_frames(text)), text=text)


def _python_end(lines: list[str]) -> tuple[str, str]:
    """Class and message: the first line after the last frame of the outermost traceback."""
    last = ("", "")
    for number, line in enumerate(lines):
        match = None if line.startswith((" ", "\t")) else _RAISED.match(line)
        if match:
            last = match["kind"], match["message"] or ""
            # Py4J says what the JVM threw on the next line.
            if (
                last[0].endswith("Py4JJavaError")
                and number + 1 < len(lines)
                and lines[number + 1][:2] == ": "
            ):
                kind, _, message = lines[number + 1][2:].partition(": ")
                last = kind, message
            break
    return last


def _frames(text: str) -> Iterator[Frame]:
    for match in _FRAME.finditer(text):
        if not _LIBRARY.search(match["file"]):
            yield Frame(file=match["file"], line=int(match["line"]), function=match["function"].strip())
