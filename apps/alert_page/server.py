"""What is answered: the page and the runbooks to anybody who gets here, and Alertmanager's messages taken."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .page import page
from .sent import MessageError, Sent

LARGEST_MESSAGE = 4 * 1024 * 1024
"""Bytes; a message of a thousand alerts has some 1.5 MiB."""

OWN_ADDRESS = "127.0.0.1"
"""Messages come from the Alertmanager of the same pod, and nobody else can make some up."""

_RUNBOOK = re.compile(r"/runbooks/([A-Za-z]+\.md)")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class AlertPage(ThreadingHTTPServer):
    """The server; `serve_forever` runs it."""

    def __init__(
        self, address: tuple[str, int], sent: Sent, runbooks: Path, *, now: Callable[[], float] = time.time
    ) -> None:
        """Open the port.

        Args:
            address: host and port.
            sent: what was sent.
            runbooks: folder of the runbooks.
            now: the time, in seconds since 1970.
        """
        super().__init__(address, _Handler)
        self.sent, self.runbooks, self.now = sent, runbooks, now


class _Handler(BaseHTTPRequestHandler):
    """One request and its answer."""

    server: AlertPage

    def do_GET(self) -> None:
        """Show the page, or a runbook."""
        path = self.path.partition("?")[0]
        found = _RUNBOOK.fullmatch(path)
        if path == "/":
            sent = self.server.sent
            text = page(sent.messages, heartbeat=sent.heartbeat, now=self.server.now())
            self._answer(HTTPStatus.OK, text, "text/html")
        elif path == "/-/ready":
            self._answer(HTTPStatus.OK, "ready\n")
        elif found and (self.server.runbooks / found[1]).is_file():
            self._answer(HTTPStatus.OK, (self.server.runbooks / found[1]).read_text())
        else:
            self._answer(HTTPStatus.NOT_FOUND, "There is no such page.\n")

    def do_POST(self) -> None:
        """Take a message."""
        if self.path != "/sent" or self.client_address[0] != OWN_ADDRESS:
            self._answer(HTTPStatus.FORBIDDEN, "Messages come from the Alertmanager of this pod alone.\n")
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_MESSAGE:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"At most {LARGEST_MESSAGE} bytes.\n")
            return
        try:
            self.server.sent.take(self.rfile.read(int(length)))
        except MessageError as error:
            self._answer(HTTPStatus.BAD_REQUEST, f"{error}\n")
            return
        self._answer(HTTPStatus.OK, "")

    def log_message(self, *_: object) -> None:
        """Say nothing of each request: the probe alone is twelve a minute."""

    def _answer(self, status: HTTPStatus, text: str, kind: str = "text/plain") -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
