"""Karpenter's own prices of the nodes that it offers, read from its metrics.

Its gauge `karpenter_cloudprovider_instance_type_offering_price_estimate` has the labels `instance_type`,
`capacity_type` and `zone` (karpenter-provider-aws, pkg/providers/instancetype/metrics.go). It is read from
Karpenter itself: the series are thousands, and Prometheus would keep all of them for one reader.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from apps.jobs.cost.prices import Prices

LOG: Final = logging.getLogger(__name__)

GAUGE: Final = "karpenter_cloudprovider_instance_type_offering_price_estimate"

EVERY_SECONDS: Final = 900.0
"""Between two looks that went well: Karpenter itself asks AWS for its prices twice a day."""

AGAIN_SECONDS: Final = 60.0
"""After one that did not: only the leader of Karpenter's pods has prices, and the other may have answered."""

TIMEOUT_SECONDS: Final = 20.0

Offered = Mapping[tuple[str, str, str], Decimal]
"""USD an hour by instance type, kind (`spot`, `on-demand`) and zone."""


class Offerings:
    """Prices with Karpenter's among them, as far as it could be read.

    Args:
        known: what is known without Karpenter.
        address: of its metrics; empty where no Karpenter runs.
    """

    def __init__(self, known: Prices, address: str) -> None:
        self._prices = known
        self._address = address

    def now(self) -> Prices:
        """All that is known of prices; those of the last look that went well."""
        return self._prices

    def follow(self, end: threading.Event) -> None:
        """Look again and again, beside what else goes on.

        Args:
            end: set when it is to end.
        """
        if self._address:
            threading.Thread(target=self._go_on, args=(end,), name="karpenter-prices", daemon=True).start()

    def _go_on(self, end: threading.Event) -> None:
        while True:
            if end.wait(EVERY_SECONDS if self.look() else AGAIN_SECONDS):
                return

    def look(self) -> bool:
        """Read Karpenter's prices once; where there are none, those before go on.

        Returns:
            Whether there were some.
        """
        try:
            with httpx2.stream("GET", self._address, timeout=TIMEOUT_SECONDS) as answer:
                answer.raise_for_status()
                found = offered(answer.iter_lines())
        except (httpx2.HTTPError, ValueError) as error:
            LOG.warning("Karpenter's prices could not be read at %s: %s", self._address, error)
            return False
        if found:
            self._prices = replace(self._prices, karpenter=found)
        return bool(found)


def offered(lines: Iterable[str]) -> Offered:
    """Prices in what Karpenter tells Prometheus; none of an offering that it has no price of.

    Args:
        lines: in Prometheus' text format.

    Raises:
        ValueError: a line can't be read.
    """
    text = "".join(f"{line}\n" for line in lines if line.startswith(f"{GAUGE}{{"))
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels, price = sample.labels, Decimal(str(sample.value))
            # It says 0 before it has asked, and nothing is free.
            if price.is_finite() and price > 0:
                found[labels["instance_type"], labels["capacity_type"], labels["zone"]] = price
    return found
