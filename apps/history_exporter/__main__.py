"""`python -m history_exporter`: polls until it is ended."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server

from .history import HistoryServer
from .ledger import Ledger, LedgerError
from .metrics import Health, LedgerCollector
from .poller import Poller


def main() -> int:
    """Run with what the environment says; the platform's component writes and explains each variable."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    environment = os.environ
    try:
        ledger = Ledger(
            Path(environment["LEDGER"]),
            now=time.time,
            names=int(environment["NAMES_PER_NAMESPACE"]),
            forget_seconds=float(environment["FORGET_SECONDS"]),
        )
    except LedgerError as error:
        print(error, file=sys.stderr)
        return 1
    health = Health()
    collector = LedgerCollector(
        health, announce_seconds=float(environment["ANNOUNCE_SECONDS"]), now=time.time
    )
    poller = Poller(
        HistoryServer(environment["HISTORY_URL"]),
        ledger,
        collector,
        health,
        teams=json.loads(environment["TEAMS"]),
        runs_per_poll=int(environment["RUNS_PER_POLL"]),
        now=time.time,
    )
    registry = CollectorRegistry()
    registry.register(collector)
    start_http_server(int(environment["PORT"]), registry=registry)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    while not stopped.is_set():
        poller.poll()
        stopped.wait(float(environment["POLL_SECONDS"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
