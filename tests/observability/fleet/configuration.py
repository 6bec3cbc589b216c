"""Our monitors as the configuration that the operator writes, for targets on this machine."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from components.kube.monitors import ScrapeLimits
from components.observability.cluster_monitors import cluster_monitors
from components.observability.monitors import driver_monitor
from tests.observability.fleet.drivers import name_of

Config = dict[str, Any]


def prometheus_config(
    namespaces: Sequence[str], drivers: int, limits: ScrapeLimits, *, pages: int, states: int, own: int
) -> Config:
    """Make the configuration.

    Args:
        namespaces: of the tenants; drivers are in them in turns.
        drivers: how many.
        limits: those of the platform's settings.
        pages: port of the drivers' pages.
        states: port of kube-state-metrics.
        own: port of Prometheus.
    """
    interval = f"{limits.interval_seconds}s"
    return {
        "global": {"scrape_interval": interval, "evaluation_interval": interval, "scrape_timeout": "10s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [
            *(
                each
                for number, namespace in enumerate(namespaces)
                for each in _of_drivers(namespace, range(number, drivers, len(namespaces)), limits, pages)
            ),
            states_job(limits, states),
            {"job_name": "prometheus", "static_configs": [_target(own, {"job": "prometheus"})]},
        ],
    }


def states_job(limits: ScrapeLimits, port: int) -> Config:
    """Make the job that asks kube-state-metrics.

    Args:
        limits: those of the platform's settings.
        port: of kube-state-metrics.
    """
    (monitor,) = (
        each for each in cluster_monitors(limits) if each["metadata"]["name"] == "kube-state-metrics"
    )
    (endpoint,) = monitor["spec"]["endpoints"]
    return _job("kube-state-metrics", monitor["spec"], endpoint, [_target(port, {})])


def _of_drivers(namespace: str, drivers: Sequence[int], limits: ScrapeLimits, port: int) -> list[Config]:
    spec = driver_monitor(namespace, limits)["spec"]
    return [
        _job(
            f"{namespace}{endpoint['path'].replace('/', '-')}",
            spec,
            endpoint,
            [
                _target(
                    port,
                    {
                        "namespace": namespace,
                        "pod": name_of(each),
                        "__metrics_path__": f"/{name_of(each)}{endpoint['path']}",
                    },
                )
                for each in drivers
            ],
        )
        for endpoint in spec["podMetricsEndpoints"]
    ]


def _job(
    name: str, spec: Mapping[str, Any], endpoint: Mapping[str, Any], targets: Sequence[Config]
) -> Config:
    return {
        "job_name": name,
        "honor_labels": endpoint.get("honorLabels", False),
        "follow_redirects": endpoint["followRedirects"],
        "relabel_configs": [snake(each) for each in endpoint["relabelings"]],
        "metric_relabel_configs": [snake(each) for each in endpoint.get("metricRelabelings", ())],
        "static_configs": list(targets),
        **{
            _snake_case(key): spec[key]
            for key in ("labelLimit", "labelValueLengthLimit", "sampleLimit", "targetLimit")
            if key in spec
        },
    }


def _target(port: int, labels: Mapping[str, str]) -> Config:
    return {"targets": [f"127.0.0.1:{port}"], "labels": dict(labels)}


def snake(relabeling: Mapping[str, Any]) -> Config:
    """A relabeling of a monitor as Prometheus' configuration has it."""
    return {_snake_case(key): value for key, value in relabeling.items()}


def _snake_case(key: str) -> str:
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", key)
