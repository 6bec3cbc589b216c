"""Processes that are forked behave as if they had been started: their output, their end, their isolation."""

from __future__ import annotations

import inspect
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from pulumi.runtime import stack

from rehearsal import forks
from rehearsal.fork_client import SOCKET
from tests.rehearsal.conftest import MakeSample

pytestmark = pytest.mark.rehearsal

END_SECONDS = 20
"""Longest time that a process may live on after the engine has ended it, on a busy machine."""


def _start(sample: MakeSample, *arguments: str, **changes: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(forks.BIN / "python3"), *arguments],
        env={**sample().process_environment(), **changes},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_wait_that_forks_shorten_is_still_there_in_pulumi() -> None:
    text = inspect.getsource(stack.wait_for_rpcs)
    assert text.count("asyncio.wait(") == 1
    assert "return_when=asyncio.FIRST_COMPLETED" in text, "then `_WaitsOnce` does nothing, or something else"


def test_the_exit_code_and_the_last_words_of_a_process_arrive(sample: MakeSample) -> None:
    process = _start(sample, "-m", "rehearsal.standin", "aws", SPARK_STANDIN_CLOUD="")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "stand-in, not a provider" in said


def test_a_plugin_ends_when_the_engine_ends_what_it_started(sample: MakeSample, tmp_path: Path) -> None:
    process = _start(sample, "-m", "rehearsal.standin", "aws", SPARK_STANDIN_CLOUD=str(tmp_path))
    assert process.stdout is not None
    port = int(process.stdout.readline())
    socket.create_connection(("127.0.0.1", port), timeout=END_SECONDS).close()
    process.kill()
    process.wait()
    until = time.monotonic() + END_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.1)
    pytest.fail("a rehearsal would leave its plugins behind")


def test_whatever_else_runs_python_gets_the_real_one(sample: MakeSample) -> None:
    process = _start(sample, "-c", "import sys; print(sys.argv, sys.stdin is None); sys.exit(3)", "x")
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, said) == (3, "['-c', 'x'] False\n")


def test_those_who_leave_in_the_middle_of_a_word_do_not_end_it_for_the_others(sample: MakeSample) -> None:
    place = sample().process_environment()[SOCKET]
    for word in (b"", b"\x00\x00", b"\x00\x00\x00\x09{", b"\x00\x00\x00\x02{]"):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(place)
            connection.sendall(word)
    assert _answer(sample) == 1


def test_a_process_that_ends_together_with_its_waiter_does_not_end_it_for_the_others(
    sample: MakeSample, tmp_path: Path
) -> None:
    process = _start(sample, "-m", "rehearsal.standin", "aws", SPARK_STANDIN_CLOUD=str(tmp_path))
    assert process.stdout is not None
    process.stdout.readline()
    (server,) = (each for each in psutil.Process().children() if "rehearsal.forks" in each.cmdline())
    server.suspend()
    for each in server.children():
        each.kill()
    process.kill()
    process.wait()
    server.resume()
    assert _answer(sample) == 1


def _answer(sample: MakeSample) -> int:
    """The exit code of a process that ends at once."""
    process = _start(sample, "-m", "rehearsal.standin", "aws", SPARK_STANDIN_CLOUD="")
    _, said = process.communicate(timeout=60)
    assert "stand-in, not a provider" in said
    return process.returncode
