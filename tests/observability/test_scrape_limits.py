"""Whose drivers go unseen, and by which bound, is told by what the real Prometheus says of its targets."""

from __future__ import annotations

import http.server
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.kube.monitors import LABEL_VALUE_LENGTH_LIMIT
from components.observability.alerts import alerts
from components.observability.monitors import DRIVER_MONITOR
from components.observability.rule_model import Alert, one_line
from tests.cluster.waiting import eventually
from tests.observability.api import PrometheusApi
from tests.observability.series import SITE, TEAMS
from tests.observability.server import scraping
from tests.store.gateway import free_port
from tests.support.serving import serving

pytestmark = pytest.mark.promtool

MOST = 5
"""Series, and drivers, that a tenant may have here."""

SEEN_SECONDS = 120.0
"""The alerts look at every half minute of ten."""

ALERTS = {each.name: each for each in alerts(SITE)}


@contextmanager
def showing(series: int, label: str = "short") -> Iterator[int]:
    """A page of so many series; gives its port."""
    text = "".join(f'any{{number="{number}",label="{label}"}} 1\n' for number in range(series)).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield server.server_address[1]


def drivers(namespace: str, *ports: int, often: int = 1, **limits: int) -> dict[str, Any]:
    """A pool as the Prometheus operator makes it of a tenant's monitor."""
    pods = [(port, f"{port}-{number}") for port in ports for number in range(often)]
    return {
        "job_name": f"podMonitor/monitoring/{DRIVER_MONITOR}{namespace}/0",
        **limits,
        "static_configs": [
            {
                "targets": [f"127.0.0.1:{port}"],
                "labels": {"namespace": namespace, "pod": pod, "job": "spark-driver"},
            }
            for port, pod in pods
        ],
    }


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusApi]:
    folder: Path = tmp_path_factory.mktemp("limits")
    own = free_port()
    with ExitStack() as pages:
        few, many, long = (
            pages.enter_context(page)
            for page in (
                showing(MOST),
                showing(MOST + 1),
                showing(1, "x" * (LABEL_VALUE_LENGTH_LIMIT + 1)),
            )
        )
        limits = {"sample_limit": MOST, "label_value_length_limit": LABEL_VALUE_LENGTH_LIMIT}
        teams = [
            {
                "record": "spark:namespace:team",
                "expr": "vector(1)",
                "labels": {"namespace": name, "team": team},
            }
            for name, team in {**TEAMS, "quiet-dev": "quiet"}.items()
        ]
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(folder / "rules.yaml")],
            "scrape_configs": [
                {"job_name": "prometheus", "static_configs": [{"targets": [f"127.0.0.1:{own}"]}]},
                drivers("data-dev", few, many, long, **limits),
                drivers("science-dev", few, often=MOST + 1, target_limit=MOST),
                drivers("quiet-dev", few, often=MOST, target_limit=MOST, **limits),
                {
                    "job_name": "kube-state-metrics",
                    "label_value_length_limit": LABEL_VALUE_LENGTH_LIMIT,
                    "static_configs": [{"targets": [f"127.0.0.1:{long}"]}],
                },
                # Nobody answers there: that is another thing to tell.
                {"job_name": "apiserver", "static_configs": [{"targets": [f"127.0.0.1:{free_port()}"]}]},
            ],
        }
        (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "teams", "rules": teams}]}))
        with scraping(folder, own, config) as api:
            yield api


def told(prometheus: PrometheusApi, alert: Alert) -> dict[tuple[str, ...], float]:
    """Values of an alert by the values of its labels, in the order of the labels' names."""
    return {
        tuple(value for _, value in sorted(each["metric"].items())): float(each["value"][1])
        for each in prometheus.query(one_line(alert.expr))
    }


def test_a_team_is_told_which_bound_its_drivers_exceed_and_no_other_team_is(
    prometheus: PrometheusApi,
) -> None:
    wanted = {
        ("samplesPerDriver", "data-dev", "data"): 2.0,
        ("driversPerTenant", "science-dev", "science"): 6.0,
    }
    eventually(
        f"{wanted}",
        lambda: told(prometheus, ALERTS["SparkScrapeLimitHit"]) == wanted,
        timeout=SEEN_SECONDS,
    )


def test_of_the_platforms_own_targets_what_answers_in_vain_is_named(prometheus: PrometheusApi) -> None:
    wanted = {("kube-state-metrics",): 1.0}
    eventually(
        f"{wanted}", lambda: told(prometheus, ALERTS["SparkTargetRefused"]) == wanted, timeout=SEEN_SECONDS
    )
