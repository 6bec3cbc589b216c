"""What spark-submit does with the JVM that stays: whatever happens to that, a job is submitted once.

The words on the socket are written out here; tests/submission has the JVM itself say them.
"""

from __future__ import annotations

import socket
import struct
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from components.spark.submission import SUBMISSION_TURN_SECONDS
from tests.support.spark_submit_home import PYTHON, Home, arguments, handed_on, home

__all__ = ["home"]

Asked = Callable[[bytes], tuple[subprocess.CompletedProcess[str], list[str]]]


@pytest.fixture
def asked(home: Home) -> Iterator[Asked]:
    """Submits while something answers on the socket: its words after the turn, then it is gone."""
    with ThreadPoolExecutor() as pool, socket.socket(socket.AF_UNIX) as server:
        server.bind(str(home.socket))
        server.listen()
        server.settimeout(20)

        def serve(words: bytes) -> list[str]:
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as requests:
                connection.sendall(b"R")
                (length,) = struct.unpack("!i", requests.read(4))
                read = requests.read(length).decode().split("\0")[:-1]
                connection.sendall(words)
            return read

        def ask(words: bytes) -> tuple[subprocess.CompletedProcess[str], list[str]]:
            served = pool.submit(serve, words)
            done = home.submit(arguments(home))
            return done, served.result()

        yield ask


def completed(home: Home) -> list[str]:
    """What Spark gets of a plain job: what its definition means for Python stands before the program."""
    *options, program = arguments(home)
    return [*options, *PYTHON, program]


def said(what: bytes, text: bytes) -> bytes:
    return what + struct.pack("!i", len(text)) + text


def test_the_jvm_that_stays_gets_what_spark_would_get(home: Home, asked: Asked) -> None:
    done, got = asked(b"B" + said(b"X", b"0"))
    assert done.returncode == 0, done.stderr
    assert got == completed(home)
    assert handed_on(home) == [], "and no other JVM starts"


def test_its_status_and_its_words_are_those_of_spark_submit(home: Home, asked: Asked) -> None:
    done, _ = asked(
        said(b"E", b"Error: no\n") + b"B" + said(b"E", b"pods already exists\n") + said(b"X", b"101")
    )
    assert done.returncode == 101
    assert done.stderr == "Error: no\npods already exists\n"
    assert handed_on(home) == []


@pytest.mark.parametrize("words", [b"", said(b"E", b"INFO begins\n"), b"E\0\0", said(b"E", b"ab")[:-1]])
def test_a_jvm_that_is_lost_before_it_writes_leaves_the_job_to_one_of_its_own(
    home: Home, asked: Asked, words: bytes
) -> None:
    done, _ = asked(words)
    assert done.returncode == 0, done.stderr
    assert handed_on(home) == completed(home)
    assert "lost" not in done.stderr


@pytest.mark.parametrize("words", [b"B", b"B" + said(b"X", b"10")[:-2]])
def test_a_jvm_that_is_lost_while_it_writes_has_another_finish_and_says_so(
    home: Home, asked: Asked, words: bytes
) -> None:
    done, _ = asked(words)
    assert done.returncode == 0, done.stderr
    assert handed_on(home) == completed(home), "the driver's name and its label keep that from being a second"
    assert "was lost; another finishes its work" in done.stderr


def test_a_socket_that_nobody_listens_at_is_passed_by(home: Home) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(home.socket))
    assert home.submit(arguments(home)).returncode == 0
    assert handed_on(home) == completed(home)


def shorten(home: Home, rule: str, seconds: int) -> None:
    rules = home.path / "submit" / "rules"
    shortened = rules.read_text().replace(f"{rule} {seconds}\n", f"{rule} 1\n")
    assert shortened != rules.read_text()
    rules.write_text(shortened)


def test_a_jvm_without_time_is_not_waited_for(home: Home) -> None:
    shorten(home, "turn", SUBMISSION_TURN_SECONDS)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(home.socket))
        server.listen()
        done = home.submit(arguments(home))
    assert done.returncode == 0
    assert handed_on(home) == completed(home)


def test_a_submission_that_is_refused_is_handed_to_nobody(home: Home) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(home.socket))
        server.listen()
        assert home.submit(arguments(home, mode="client")).returncode == 1
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_jvm_that_hangs_is_given_up_in_time(home: Home) -> None:
    rules = home.path / "submit" / "rules"
    rules.write_text(
        rules.read_text().replace("seconds 110\n", "seconds 1\n").replace("grace 10\n", "grace 1\n")
    )
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(home.socket))
        server.listen()
        done = home.submit(arguments(home))
    assert done.returncode == 124
    assert handed_on(home) == [], "nobody knows what it did"
    assert "of 1 that a submission has" in done.stderr
