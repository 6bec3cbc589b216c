"""Stands for the agent of EKS Pod Identity on loopback: credentials for a service account's token.

From the agent's source (aws/eks-pod-identity-agent, pkg/handlers/eks_credential_handler.go and
pkg/credentials/model.go): `/v1/credentials` with the token as `Authorization`; an answer of JSON with
AccessKeyId, SecretAccessKey, Token, AccountId and Expiration; 400 without a token.

It can be away for its first calls, as on a node that has just come. For versitygw it can leave out the
session token, since that refuses requests that carry one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from tests.store.gateway import key_of
from tests.store.judge.roles import ACCOUNT

PATH: Final = "/v1/credentials"


@dataclass(kw_only=True)
class Agent:
    """The agent.

    Args:
        away: how many calls it refuses before it is there.
        sessions: whether credentials have a session token, as those of AWS do.
        calls: how many there were.
        instance_calls: how many asked for the role of the node instead, which pods must never do.
    """

    away: int = 0
    sessions: bool = True
    calls: int = 0
    instance_calls: int = 0
    _server: _Server | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Its address."""
        assert self._server is not None, "the agent was not started"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def environment(self, role: str, folder: Path) -> dict[str, str]:
        """What EKS puts into the containers of a pod with this role.

        Args:
            role: the role, which is also the token here.
            folder: where the token's file is written.
        """
        token = folder / f"token-{role}"
        token.write_text(role)
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self.url}{PATH}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
            # Where the SDKs look for the node's role.
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.url,
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    agent: Agent


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        agent = self.server.agent
        if self.path != PATH:
            agent.instance_calls += 1
            self.send_error(404)
            return
        agent.calls += 1
        if agent.calls <= agent.away:
            self.send_error(503)
            return
        role = self.headers.get("Authorization")
        if not role:
            self.send_error(400)
            return
        until = datetime.now(UTC) + timedelta(hours=6)
        session = {"Token": f"session-of-{role}"} if agent.sessions else {}
        body = json.dumps(
            {
                "AccessKeyId": role,
                "SecretAccessKey": key_of(role),
                **session,
                "AccountId": ACCOUNT.id,
                "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        """The node's own service hands out tokens by PUT (IMDSv2)."""
        self.server.agent.instance_calls += 1
        self.send_error(403)


@contextmanager
def running(away: int = 0, *, sessions: bool = True) -> Iterator[Agent]:
    """Run an agent.

    Args:
        away: how many calls it refuses before it is there.
        sessions: whether credentials have a session token.
    """
    agent = Agent(away=away, sessions=sessions)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.agent = agent
    agent._server = server
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield agent
    finally:
        server.shutdown()
        server.server_close()
