"""A token of the command `spark-jobs`: where it comes from, when it is had anew, and where it never goes."""

from __future__ import annotations

import base64
import json
import math
import os
import re
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from apps.jobs.cli.api import AnswerError, Api
from apps.jobs.cli.tokens import EARLY_SECONDS, TokenError, Tokens, of
from workspace.paths import ROOT


def token(seconds: float = 3600, name: str = "any") -> str:
    """A token that expires after so many seconds; nobody signed it, which only a login asks for."""
    said = {"exp": time.time() + seconds, "sub": name}
    parts = ({"alg": "RS256"}, said)
    text = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts]
    return ".".join((*text, "signature"))


def command(script: str) -> str:
    """A command that runs a script."""
    return shlex.join((sys.executable, "-c", script))


@pytest.fixture
def counting(tmp_path: Path) -> Callable[[float], str]:
    """Makes a command that prints a token with its own number in it, which expires after so many seconds."""

    def made(seconds: float) -> str:
        for number in range(3):
            (tmp_path / str(number)).write_text(token(seconds, f"token {number}"))
        return command(
            f"import pathlib; here = pathlib.Path({str(tmp_path)!r}); "
            "found = sorted(here.glob('?'))[0]; print(found.read_text()); found.unlink()"
        )

    return made


def test_a_token_of_the_environment_comes_before_the_command() -> None:
    given = token()
    found = of({"SPARK_JOBS_TOKEN": f"{given}\n", "SPARK_JOBS_TOKEN_COMMAND": command("1/0")})
    assert found is not None
    assert (found.current(), found.source) == (given, "SPARK_JOBS_TOKEN")
    assert of({}) is None


def test_a_command_is_run_once_for_all_questions_of_a_process(counting: Callable[[float], str]) -> None:
    environment = {"SPARK_JOBS_TOKEN_COMMAND": counting(EARLY_SECONDS + 60)}
    found = [of(environment) for _ in range(3)]
    assert len({each.current() for each in found if each}) == 1


def test_a_token_is_had_anew_before_it_expires(counting: Callable[[float], str]) -> None:
    tokens = Tokens(command=counting(EARLY_SECONDS - 1))
    assert tokens.current() != tokens.current()


def test_a_plugin_of_kubectl_is_understood() -> None:
    given = token()
    said = json.dumps({"kind": "ExecCredential", "status": {"token": given}})
    assert Tokens(command=command(f"print({said!r})")).current() == given


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("print('secret-in-its-output'); raise SystemExit(3)", "ended with status 3"),
        ("print('secret-in-its-output')", "gives no token of OpenID Connect"),
        ('print(\'{"status": "secret-in-its-output"}\')', "gives no token of OpenID Connect"),
        ("pass", "gives no token of OpenID Connect"),
    ],
)
def test_a_command_that_gives_none_is_named_and_its_output_is_not(script: str, said: str) -> None:
    with pytest.raises(TokenError, match=said) as refused:
        Tokens(command=command(script)).current()
    text = str(refused.value)
    assert "SPARK_JOBS_TOKEN_COMMAND" in text
    assert "secret" not in text, "neither what it printed nor what it was given"


@pytest.mark.parametrize("written", ["no-such-command --any", "'not closed"])
def test_a_command_that_can_not_be_run_is_said_in_words(written: str) -> None:
    with pytest.raises(TokenError, match="SPARK_JOBS_TOKEN_COMMAND can't be run"):
        Tokens(command=written).current()


NO_TOKENS = {
    "a word": "any",
    "of no content": "a.b.c",
    "another header": "a.e30.c\nX-Forwarded-Groups: all",
    "no ASCII": "ä.e30.c",
    "a line before it": f"renewed\n{token()}",
    "a line after it": f"{token()}\nrenewed",
    "a word after it": f"{token()} renewed",
    "a list of lists": f"a.{base64.urlsafe_b64encode(b'[' * 30_000).decode().rstrip('=')}.c",
}


@pytest.mark.parametrize("given", NO_TOKENS.values(), ids=NO_TOKENS)
def test_what_is_no_token_is_not_sent(given: str) -> None:
    with pytest.raises(TokenError, match="SPARK_JOBS_TOKEN gives no token"):
        Tokens(token=given).current()


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("https://spark.example.com/jobs", True),
        ("http://127.0.0.1:4180/jobs", True),
        ("http://localhost:4180/jobs", True),
        ("http://[::1]:4180/jobs", True),
        ("http://spark.example.com/jobs", False),
        ("http://127.0.0.1.example.com/jobs", False),
        ("http://10.0.0.1/jobs", False),
    ],
)
def test_a_token_is_sent_where_nobody_reads_it_on_its_way(address: str, is_taken: bool) -> None:
    environment = {"SPARK_JOBS_URL": address, "SPARK_JOBS_TOKEN": token()}
    if is_taken:
        assert Api.of(environment).tokens is not None
        return
    with pytest.raises(AnswerError, match="a token is sent by https alone"):
        Api.of(environment)
    assert Api.of({"SPARK_JOBS_URL": address}).tokens is None, "without a token it may be asked"


@pytest.mark.parametrize("host", ["ann:for-me-alone@127.0.0.1:1", "example.com\\@127.0.0.1", "a@example.com"])
def test_an_address_with_a_name_in_it_is_refused_and_not_said_again(host: str) -> None:
    with pytest.raises(AnswerError, match="SPARK_JOBS_URL has a name before its server") as refused:
        Api.of({"SPARK_JOBS_URL": f"http://{host}/jobs", "SPARK_JOBS_TOKEN": token()})
    assert host not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1:port", "[::1", "127.0.0.1/a page", "127.0.0.1?to=", "", "ä.com"])
def test_what_is_no_address_is_said_in_words(host: str) -> None:
    with pytest.raises(AnswerError, match="write the address of the jobs pages"):
        Api.of({"SPARK_JOBS_URL": f"http://{host}"})


class Refusing(BaseHTTPRequestHandler):
    """Refuses all, as the login does; `came` of its server has who came."""

    def do_GET(self) -> None:
        assert isinstance(self.server, Noting)
        self.server.came.append(self.headers.get("Authorization", ""))
        self.send_response(403)
        self.end_headers()


class Noting(ThreadingHTTPServer):
    came: list[str]


@pytest.fixture
def refusing() -> Iterator[Noting]:
    with Noting(("127.0.0.1", 0), Refusing) as server:
        server.came = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_token_for_this_machine_passes_no_proxy_of_the_environment(refusing: Noting) -> None:
    proxy = f"http://127.0.0.1:{refusing.server_port}"
    nobody = "http://127.0.0.1:1/jobs"
    environment = {"SPARK_JOBS_URL": nobody, "SPARK_JOBS_TOKEN": token(), "http_proxy": proxy}
    ended = subprocess.run(
        [sys.executable, "-m", "apps.jobs.cli", "runs"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{nobody} is not reached" in ended.stderr
    assert refusing.came == []


def test_a_refused_token_of_a_command_is_told_of_without_asking_for_another(
    refusing: Noting, counting: Callable[[float], str], tmp_path: Path
) -> None:
    address = f"http://127.0.0.1:{refusing.server_port}"
    given = Tokens(command=counting(-60))
    with pytest.raises(AnswerError, match="SPARK_JOBS_TOKEN_COMMAND: it expired 1 min ago"):
        Api(address=address, tokens=given).get("/runs")
    assert len(list(tmp_path.glob("?"))) == 2, "one of three was taken: the command may open a browser"


@pytest.mark.parametrize("ends", [math.inf, math.nan, "never"])
def test_a_refused_token_that_says_no_time_of_its_end_is_told_of(refusing: Noting, ends: object) -> None:
    said = base64.urlsafe_b64encode(json.dumps({"exp": ends, "aud": "any"}).encode()).decode().rstrip("=")
    with pytest.raises(AnswerError, match="refuses the token of SPARK_JOBS_TOKEN: it is for 'any'"):
        Api(address=f"http://127.0.0.1:{refusing.server_port}", tokens=Tokens(token=f"a.{said}.c")).get(
            "/runs"
        )


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A server whose every answer leads to another; gives its address, and who came to the other, as what."""
    came: list[str] = []

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(self.headers.get("Authorization", ""))
            self.send_response(200)
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as other:
        to = f"http://localhost:{other.server_port}/"

        class Leading(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(302)
                self.send_header("Location", to)
                self.end_headers()

        with ThreadingHTTPServer(("127.0.0.1", 0), Leading) as leading:
            for each in (other, leading):
                threading.Thread(target=each.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{leading.server_port}", came
            leading.shutdown()
            other.shutdown()


def test_a_token_follows_no_answer_to_another_server(elsewhere: tuple[str, list[str]]) -> None:
    address, came = elsewhere
    with pytest.raises(AnswerError, match=re.escape(f"{address} leads to another server (302)")):
        Api(address=address, tokens=Tokens(token=token())).get("/runs")
    assert came == []


def test_neither_token_nor_password_is_in_what_is_printed_of_them() -> None:
    given = token()
    found = Api(address="https://spark.example.com", tokens=Tokens(token=given), password="for-me-alone")
    assert given not in repr(found) + repr(found.tokens)
    assert "for-me-alone" not in repr(found)
