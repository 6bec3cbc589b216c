"""Looks at the chain twice a minute, and shows Prometheus what it found.

The environment says where the links are: CANARY_NAMESPACE, CANARY_SCHEDULE, CANARY_INTERVAL_SECONDS,
CHECK_SECONDS, STORE_URL, HISTORY_URL and METRICS_PORT.
"""

from __future__ import annotations

import os
import threading

from prometheus_client import Counter, Gauge, start_http_server

from .sight import Chain, look
from .verdict import Outcome, Verdict, judge

CHECKS = Counter("spark_canary_checks", "Looks at the chain, by what they found.", ["outcome"])
INTERVAL = Gauge("spark_canary_interval_seconds", "Seconds from one run of the canary to the next.")


class Signals:
    """What Prometheus is told."""

    def __init__(self, interval: float) -> None:
        for outcome in Outcome:
            # A counter that begins at 1 has not increased: the first failure of a kind would go unseen.
            CHECKS.labels(outcome)
        INTERVAL.set(interval)
        self._success: Gauge | None = None
        self._last: Outcome | None = None

    def tell(self, verdict: Verdict) -> None:
        """Count a look, remember the last success, and log what has changed.

        Args:
            verdict: what the look means.
        """
        CHECKS.labels(verdict.outcome).inc()
        if verdict.success is not None:
            if self._success is None:
                # Not there before the first one: 0 would be a success in 1970.
                self._success = Gauge(
                    "spark_canary_last_success_timestamp_seconds",
                    "End of the newest run that went through the whole chain.",
                )
            self._success.set(verdict.success)
        if verdict.outcome is not self._last:
            print(f"{verdict.outcome}: {verdict.reason}", flush=True)
            self._last = verdict.outcome


def main() -> None:
    """Look until the pod ends."""
    given = os.environ
    chain = Chain(
        api=f"https://{given['KUBERNETES_SERVICE_HOST']}:{given['KUBERNETES_SERVICE_PORT']}",
        namespace=given["CANARY_NAMESPACE"],
        schedule=given["CANARY_SCHEDULE"],
        interval=float(given["CANARY_INTERVAL_SECONDS"]),
        store=given["STORE_URL"],
        history=given["HISTORY_URL"],
    )
    signals = Signals(chain.interval)
    start_http_server(int(given["METRICS_PORT"]))
    pause = threading.Event()
    while True:
        signals.tell(judge(look(chain)))
        pause.wait(float(given["CHECK_SECONDS"]))


if __name__ == "__main__":
    main()
