"""Stands for a driver: shows more series than it may, and prints more than anybody stores.

    loud_driver.py SERIES MEGABYTES

With Python's own library alone: it runs in the image of Spark.
"""

from __future__ import annotations

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 4040
"""Where a driver's page is."""

LINE = "x" * 1023
LINES_A_SECOND = 2000
"""2 MB: a kubelet turns a file every few seconds then, and a reader on a busy node can follow."""

LONGEST_LABEL = 1024


class Page(BaseHTTPRequestHandler):
    """Answers with too many series, or with a label that is too long."""

    def do_GET(self) -> None:
        """Answer."""
        series, long = int(sys.argv[1]), "executors" in self.path and int(sys.argv[1]) > 1
        label = "y" * (LONGEST_LABEL + 1) if long else "short"
        lines = (f'loud{{number="{number}",label="{label}"}} 1\n' for number in range(1 if long else series))
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write("".join(lines).encode())

    def log_message(self, *_: object) -> None:
        """Print nothing: what is printed is counted."""


threading.Thread(target=ThreadingHTTPServer(("", PORT), Page).serve_forever, daemon=True).start()
for _ in range(int(sys.argv[2]) * 1024 // LINES_A_SECOND):
    sys.stdout.write(f"{LINE}\n" * LINES_A_SECOND)
    sys.stdout.flush()
    time.sleep(1)
while True:
    time.sleep(3600)
