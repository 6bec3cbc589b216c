"""What drivers and kubelets of a fleet would show, served on loopback."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from tests.observability.fleet.pods import Pod

EXECUTOR: Final = (Path(__file__).parent / "executor_page.txt").read_text()
"""What a driver of Spark 4.1.2 shows of one executor: 41 lines of a real one, with its names left open."""


@contextmanager
def served(pages: dict[str, bytes]) -> Iterator[str]:
    """Serve pages, and give host and port.

    Args:
        pages: path -> text.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer with the page of the path."""
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(pages[self.path])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def of_driver(app: str, executors: Sequence[Pod]) -> bytes:
    """The page of executors of one driver.

    Args:
        app: its application.
        executors: its executors.
    """
    names = ["driver", *(str(each.number) for each in executors)]
    return "".join(
        EXECUTOR.replace("{run}", f"spark-{app}").replace("{app}", app).replace("{executor}", name)
        for name in names
    ).encode()


def of_kubelets(pods: Sequence[Pod]) -> bytes:
    """CPU and memory of each running container, as /metrics/resource has them."""
    noise = random.Random(1)
    lines = []
    for each in pods:
        where = f'container="spark-kubernetes-{each.role}",namespace="{each.namespace}",pod="{each.name}"'
        lines.append(f"container_cpu_usage_seconds_total{{{where}}} {noise.uniform(1, 1e4):.3f}\n")
        lines.append(f"container_memory_working_set_bytes{{{where}}} {noise.uniform(1e8, 1e9):.0f}\n")
    return "".join(lines).encode()
