"""Takes what Alertmanager sends, and prints each message as a line of JSON: to whom, when, and which alerts.

    receiver.py PORT

With Python's own library alone: it runs in the image of Spark. To whom is the path of the URL.
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(BaseHTTPRequestHandler):
    """Answers one request."""

    def do_GET(self) -> None:
        """Say that it is there."""
        self._answer()

    def do_POST(self) -> None:
        """Take a message."""
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kept = [
            {key: each[key] for key in ("fingerprint", "status", "startsAt", "labels")}
            for each in said["alerts"]
        ]
        line = json.dumps({"to": self.path.strip("/"), "at": time.time(), "alerts": kept})
        # In one piece: two messages may come at once.
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        self._answer()

    def log_message(self, *_: object) -> None:
        """Print nothing else."""

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


ThreadingHTTPServer(("", int(sys.argv[1])), Receiver).serve_forever()
