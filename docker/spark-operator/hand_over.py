"""Hands a checked command line of spark-submit to the JVM that stays: hand_over.py SOCKET SECONDS ARGUMENTS.

Exits with the submission's own status, or with one of two that spark-submit has not: `NOT_BEGUN` when nothing
was done, so that the caller may do it, and `UNKNOWN` when the JVM was lost while it wrote. The words on the
socket are SubmissionServer's.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from typing import BinaryIO

NOT_BEGUN = 75
UNKNOWN = 76


def hand_over(path: str, turn: float, arguments: list[bytes]) -> int:
    """Have the arguments submitted; return the exit status.

    Args:
        path: of the socket.
        turn: how long to wait for those before, in seconds.
        arguments: of spark-submit.
    """
    begun = False
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(turn)
            connection.connect(path)
            answers = connection.makefile("rb")
            if answers.read(1) != b"R":
                return NOT_BEGUN
            # From here on the caller's time is what counts, and the JVM's own.
            connection.settimeout(None)
            request = b"".join(argument + b"\0" for argument in arguments)
            connection.sendall(struct.pack("!i", len(request)) + request)
            while word := answers.read(1):
                if word == b"B":
                    begun = True
                elif word == b"E":
                    sys.stderr.buffer.write(_content(answers))
                elif word == b"X":
                    return int(_content(answers))
    except OSError:
        pass
    return UNKNOWN if begun else NOT_BEGUN


def _content(answers: BinaryIO) -> bytes:
    return _exactly(answers, *struct.unpack("!i", _exactly(answers, 4)))


def _exactly(answers: BinaryIO, count: int) -> bytes:
    found = answers.read(count)
    if len(found) < count:
        raise ConnectionError("the JVM ended in the middle of a word")
    return found


if __name__ == "__main__":
    sys.exit(hand_over(sys.argv[1], float(sys.argv[2]), [os.fsencode(word) for word in sys.argv[3:]]))
