"""A node's price is Karpenter's own as soon as it has one, and stays the last one while it tells none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from apps.jobs.cost.pods import Node
from apps.jobs.cost.prices import Prices
from apps.jobs.worker.offerings import GAUGE, Offerings, offered
from costs.prices import load

SPOT = Node(type="m5.xlarge", zone="us-east-1b", spot=True)
ON_DEMAND = Node(type="m5.xlarge", zone="us-east-1b")


def line(price: str, kind: str = "spot", zone: str = "us-east-1b") -> str:
    return f'{GAUGE}{{capacity_type="{kind}",instance_type="m5.xlarge",zone="{zone}"}} {price}\n'


class Karpenter(ThreadingHTTPServer):
    """Tells its metrics, among them others than prices."""

    status = 200
    text = (
        f"# HELP {GAUGE} Instance type offering estimated hourly price\n# TYPE {GAUGE} gauge\n"
        + line("0.0713")
        + line("0.192", "on-demand")
        + 'karpenter_nodes_total_pod_requests{nodepool="executor",resource_type="cpu"} 12\n'
    )


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server: Any = self.server
        self.send_response(server.status)
        self.end_headers()
        self.wfile.write(server.text.encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def karpenter() -> Iterator[Karpenter]:
    server = Karpenter(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def offerings(karpenter: Karpenter) -> Offerings:
    return Offerings(
        Prices(table=load("us-east-1")), f"http://127.0.0.1:{karpenter.server_address[1]}/metrics"
    )


def hour(offerings: Offerings, node: Node) -> tuple[Decimal, str]:
    found = offerings.now().of(node)
    assert found is not None
    return found.hour, found.source


def test_karpenters_price_takes_the_place_of_the_tables_once_it_was_read(offerings: Offerings) -> None:
    assert hour(offerings, SPOT)[1] != "Karpenter's offerings"
    assert offerings.look()
    assert hour(offerings, SPOT) == (Decimal("0.0713"), "Karpenter's offerings")
    assert hour(offerings, ON_DEMAND) == (Decimal("0.192"), "Karpenter's offerings")


@pytest.mark.parametrize(
    ("status", "text"), [(500, ""), (200, ""), (200, f"{GAUGE}{{capacity_type= no number\n")]
)
def test_what_it_told_last_goes_on_while_it_tells_nothing(
    karpenter: Karpenter, offerings: Offerings, status: int, text: str
) -> None:
    offerings.look()
    karpenter.status, karpenter.text = status, text
    assert not offerings.look()
    assert hour(offerings, SPOT) == (Decimal("0.0713"), "Karpenter's offerings")


def test_a_karpenter_that_is_away_leaves_the_table() -> None:
    away = Offerings(Prices(table=load("us-east-1")), "http://127.0.0.1:1/metrics")
    assert not away.look()
    assert hour(away, ON_DEMAND)[0] == load("us-east-1").on_demand("m5.xlarge")


@pytest.mark.parametrize("price", ["0", "NaN", "+Inf", "-1"])
def test_an_offering_without_a_price_is_not_free(price: str) -> None:
    assert offered([line(price).rstrip()]) == {}


def test_it_is_followed_until_the_worker_ends(offerings: Offerings) -> None:
    end = threading.Event()
    offerings.follow(end)
    (thread,) = [
        each for each in threading.enumerate() if each.name == "karpenter-prices" and each.is_alive()
    ]
    while hour(offerings, SPOT)[1] != "Karpenter's offerings":
        assert thread.is_alive()
        end.wait(0.05)
    end.set()
    thread.join(30)
    assert not thread.is_alive()


def test_where_no_karpenter_runs_nobody_is_asked() -> None:
    Offerings(Prices(), "").follow(threading.Event())
    assert "karpenter-prices" not in [each.name for each in threading.enumerate()]
