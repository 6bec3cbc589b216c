"""`images push --stack` signs in as the stack does.

A server answers as AWS does, and a `docker` writes down what it is told.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from tests.support.serving import serving
from tests.support.stacks import stack_settings
from workspace.paths import ROOT

OWN, TAKEN = "AKIAOWN", "ASIATAKEN"
"""Access keys of whoever runs the command, and of the role that is taken."""

CALLER = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{account}</Account></GetCallerIdentityResult>"
    "</GetCallerIdentityResponse>"
)
ROLE = (
    "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
    f"<AccessKeyId>{TAKEN}</AccessKeyId><SecretAccessKey>-</SecretAccessKey><SessionToken>-</SessionToken>"
    "<Expiration>2036-01-01T00:00:00Z</Expiration>"
    "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
)

DOCKER = """#!/bin/sh
printf '%s\\n' "$*" >> {notes}/docker
case "$*" in
  login*) cat > {notes}/password ;;
  *imagetools*inspect*) echo '{{"digest": "sha256:{digest}"}}' ;;
esac
"""
"""Has signed in wherever it is told to, and the registry has every image."""


@dataclass
class _Aws:
    """What was asked, by whom; every repository is there.

    Args:
        account: whose credentials those of this machine are.
        folder: for what the programs write down.
    """

    account: str
    folder: Path
    asked: list[tuple[str, str]] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    endpoint: str = ""

    def answer(self, call: str, key: str, given: dict[str, str]) -> str:
        self.asked.append((call, key))
        if call == "AssumeRole":
            self.roles.append(given["RoleArn"])
            return ROLE
        if call == "GetCallerIdentity":
            return CALLER.format(account=self.account)
        if call == "GetAuthorizationToken":
            token = base64.b64encode(f"AWS:token-of-{key}".encode()).decode()
            return json.dumps({"authorizationData": [{"authorizationToken": token}]})
        return json.dumps({"repositories": []})

    def push(self, stack: str) -> subprocess.CompletedProcess[str]:
        programs = self.folder / "bin"
        programs.mkdir()
        for name, text in (("docker", DOCKER), ("pulumi", "#!/bin/sh\nexit 1\n")):
            program = programs / name
            program.write_text(text.format(notes=self.folder, digest="0" * 64))
            program.chmod(0o755)
        return subprocess.run(
            [sys.executable, "-m", "spark_on_eks", "images", "push", "--stack", stack],
            cwd=ROOT,
            env={
                "PATH": f"{programs}:{os.environ['PATH']}",
                "HOME": str(self.folder),
                "AWS_ACCESS_KEY_ID": OWN,
                "AWS_SECRET_ACCESS_KEY": "-",
                "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_EC2_METADATA_DISABLED": "true",
                "NO_PROXY": "127.0.0.1",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture
def aws(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[_Aws]:
    """AWS with the account of the stack that the test names."""
    played = _Aws(account=stack_settings(request.param)["foundation"]["accountId"], folder=tmp_path)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found = re.search(r"Credential=(\w+)/", self.headers["Authorization"])
            assert found, "nobody signed it"
            target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            given = {} if target else {name: value[0] for name, value in parse_qs(body).items()}
            sent = played.answer(target or given["Action"], found[1], given).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the library
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    played.endpoint = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield played


@pytest.mark.parametrize(
    ("aws", "stack", "key"), [("prod", "prod", TAKEN), ("dev", "dev", OWN)], indirect=["aws"]
)
def test_docker_is_signed_in_with_the_role_that_the_stack_is_made_with(
    aws: _Aws, stack: str, key: str
) -> None:
    done = aws.push(stack)
    assert done.returncode == 0, done.stderr
    role = stack_settings(stack)["foundation"].get("deployRole")
    assert aws.roles == ([role] if role else [])
    assert {by for call, by in aws.asked if call in ("GetAuthorizationToken", "DescribeRepositories")} == {
        key
    }
    told = (aws.folder / "docker").read_text().splitlines()
    login = next(line for line in told if line.startswith("login"))
    host = f"{aws.account}.dkr.ecr.{stack_settings(stack)['foundation']['region']}.amazonaws.com"
    assert login == f"login --username AWS --password-stdin {host}"
    assert (aws.folder / "password").read_text() == f"token-of-{key}"


@pytest.mark.parametrize("aws", ["prod"], indirect=True)
def test_credentials_of_another_account_push_nothing(aws: _Aws) -> None:
    aws.account = "999988887777"
    done = aws.push("prod")
    assert done.returncode == 1
    assert "these credentials are of account 999988887777" in done.stderr
    assert not (aws.folder / "docker").exists(), "nor is Docker asked for anything"
