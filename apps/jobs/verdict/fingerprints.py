"""Equal failures are one: a fingerprint that outlives ids, numbers, paths, hosts and dates. Pure.

What is kept is the code, the class of the exception, its message without what differs from run to run, and
the functions of the job's own code that it came through. Numbers of lines are not: an edit above the fault
would make it another one.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from typing import Final

from .exceptions import Raised

_VARIES: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r"\b[a-z][a-z0-9+.-]*://[^\s'\"`,;)\]]+", "<url>"),
        (r"(?<![\w.])(?:/[\w.@%+=:~-]+)+/?", "<path>"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
        (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b", "<time>"),
        (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b", "<host>"),
        (r"\b(?:ip|node|host|worker|executor)-[\w.-]*\d[\w.-]*\b", "<host>"),
        (r"\bspark-[0-9a-f]{12,}\b|\b(?:application|local|app)-\d[\d-]*\b", "<id>"),
        (r"\b(?:Request|Extended Request) ID: [^\s,)]+", "<request>"),
        (r"#\d+L?\b|@[0-9a-f]{5,}\b|\b[0-9a-f]{16,}\b", "<id>"),
        (r"\b[A-Z0-9]{16,}\b", "<id>"),
        (r"'[^'\n]{0,200}'|\"[^\"\n]{0,200}\"", "<value>"),
        (r"(?<![A-Za-z_])[-+]?\d[\d.,]*(?:[eE][+-]?\d+)?(?:[KMGT]i?B?|ms|s)?\b", "<number>"),
    )
)
"""What differs between two runs of one failure, and what stands for it; in this order."""


def fingerprint(code: str, sentence: str, raised: Raised | None) -> str:
    """Sixteen hexadecimal digits, the same for equal failures.

    Args:
        code: the verdict's code.
        sentence: the verdict's sentence, for failures without an exception.
        raised: the exception that ended the driver, where there is one.
    """
    parts = [code]
    if raised and raised.kind:
        parts += [raised.kind, normal(raised.message)]
        parts += [f"{PurePosixPath(frame.file).name}:{frame.function}" for frame in raised.frames[-3:]]
    else:
        parts.append(normal(sentence))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def normal(text: str) -> str:
    """A text with marks in the place of what differs from run to run.

    Args:
        text: a message.
    """
    for pattern, put in _VARIES:
        text = pattern.sub(put, text)
    return " ".join(text.split())
