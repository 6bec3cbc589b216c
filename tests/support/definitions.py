"""A small API server: it gives one SparkApplication, and says to its pods what it is told to say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.serving import serving

Json = dict[str, Any]


@dataclass
class Definitions:
    """What the server gives, and what it was asked.

    Args:
        master: its address, as spark-submit gets one.
        application: the SparkApplication; None for none.
        trial: status and message for a pod that is tried.
        tried: pods that were tried.
        asked: paths that were asked for.
    """

    master: str
    application: Json | None = None
    trial: tuple[int, str] = (201, "")
    tried: list[Json] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


def definition(name: str = "j1", namespace: str = "data-dev", **spec: Any) -> Json:
    """A SparkApplication as the API server gives it."""
    return {
        "metadata": {"name": name, "namespace": namespace, "uid": "92bc35c8-0aa0-4a8b-87b0-fbedd787523f"},
        "spec": {"driver": {}, "executor": {}, **spec},
    }


@contextmanager
def serve() -> Iterator[Definitions]:
    """Run the server on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            if found.application is None:
                self._say(404, {"message": "not found"})
            else:
                self._say(200, found.application)

        def do_POST(self) -> None:
            found.asked.append(self.path)
            found.tried.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, message = found.trial
            self._say(status, {"message": message})

        def _say(self, status: int, body: Json) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Definitions(master=f"k8s://http://127.0.0.1:{server.server_port}", application=definition())
    with serving(server):
        yield found
