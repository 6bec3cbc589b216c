"""Figures of real runs that were slow for one reason each, and what the alerts say of them all together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import yaml

from components.observability.cardinality import driver_relabelings
from tests.observability.series import NAMESPACE, SITE, STEP_SECONDS, TEAM, Series, merged, pod, series
from tests.observability.test_alerts_fire import needed, promtool

FILE: Final = Path(__file__).parent / "slow_runs.json"
"""Written by `python -m tests.apps.history_exporter.test_slow_jobs`."""

Kept = dict[str, dict[str, float]]
"""Run or stream -> metric, with its quantile where it has one, -> value."""

NAMES: Final[Mapping[str, str]] = {
    "SparkJobSkewed": "skewed",
    "SparkJobSpills": "spilling",
    "SparkJobCollectsGarbage": "collecting",
    "SparkStreamBehind": "lagging",
}
"""Alert -> the one run or stream that it is about."""

SHORT: Final = replace(SITE, slow_run_seconds=1)
"""The site, with alerts for runs of seconds too."""

STREAMS: Final = "streams"
"""The application of the streams."""

LOOK: Final = "30m"


def kept(samples: Mapping[tuple[str, tuple[tuple[str, str], ...]], float], page: str, at: float) -> Kept:
    """What is kept of real runs.

    Args:
        samples: the history exporter's.
        page: a driver's, with its streams.
        at: when that was read, in seconds since 1970.
    """
    found: Kept = {}
    for (name, labels), value in sorted(samples.items()):
        named = dict(labels)
        if "spark_job" in named and not name.endswith(("_bucket", "_created", "_newest_run")):
            more = named.get("quantile") or named.get("outcome") or ""
            found.setdefault(named["spark_job"], {})[f"{name} {more}".strip()] = round(value, 3)
    for query, metric, value in streams(page):
        seconds = metric == "spark_streaming_eventTime_watermark"
        found.setdefault(query, {})["lag" if seconds else metric] = round(
            at - value / 1000 if seconds else value, 3
        )
    return found


def streams(page: str) -> list[tuple[str, str, float]]:
    """Query, metric and value of each series of a stream, as our relabeling names them."""
    found = []
    for line in page.splitlines():
        name, _, rest = line.partition("{")
        named = renamed(name)
        if "query" in named:
            found.append((named["query"], named["__name__"], float(rest.rpartition(" ")[2])))
    return found


def renamed(name: str) -> dict[str, str]:
    """Labels of a series of a driver after the scrape; none if it is dropped."""
    labels = {"__name__": name}
    for each in driver_relabelings():
        match = re.fullmatch(each["regex"], ";".join(labels.get(key, "") for key in each["sourceLabels"]))
        if match and each["action"] == "drop":
            return {}
        if match and each["action"] == "replace":
            labels[each["targetLabel"]] = match.expand(re.sub(r"\$(\d)", r"\\\1", each["replacement"]))
    return labels


def all_series(runs: Kept) -> Series:
    """Everything that Prometheus would have of them: runs that ended two minutes after the first sample."""
    found = pod("streams-driver", [("Running", 200)], app=STREAMS)
    for name, figures in runs.items():
        found = merged(found, _stream(name, figures) if "lag" in figures else _run(name, figures))
    return found


def _run(job: str, figures: Mapping[str, float]) -> Series:
    who = {"job": "spark-history", "namespace": NAMESPACE, "spark_job": job, "team": TEAM}
    found = series("spark_history_app_newest_run", "_x3 1x400", **who, run=job)
    for key, value in figures.items():
        name, _, more = key.partition(" ")
        further = {"quantile" if name.endswith("quantile_seconds") else "outcome": more} if more else {}
        shown = 120.0 if name.endswith("last_end_timestamp_seconds") else value
        rises = name.endswith(("_total", "_count", "_sum"))
        found |= series(name, f"0x3 {shown:g}x400" if rises else f"_x3 {shown:g}x400", **who, **further)
    return found


def _stream(query: str, figures: Mapping[str, float]) -> Series:
    where = {"job": "spark-driver", "namespace": NAMESPACE, "pod": "streams-driver", "query": query}
    watermark = series(
        "spark_streaming_eventTime_watermark", f"1+{STEP_SECONDS * 1000}x400", **where, type="gauges"
    )
    return watermark | {
        name: values
        for metric, value in figures.items()
        if metric != "lag"
        for name, values in series(metric, f"{value:g}x400", **where, type="gauges").items()
    }


def tested(runs: Kept, alert: str, folder: Path) -> str:
    """What promtool says when an alert is to name its one run of all, and nothing else.

    Args:
        runs: all runs and streams.
        alert: its name.
        folder: for promtool's files.
    """
    about = NAMES[alert]
    who: dict[str, Any] = {"severity": "warning", "signal": "latency", "namespace": NAMESPACE, "team": TEAM}
    who |= {"app": STREAMS, "query": about} if "lag" in runs[about] else {"app": about}
    who["spark_job"] = who["app"]
    wanted = {"alertname": alert, "eval_time": LOOK, "exp_alerts": [{"exp_labels": who}]}
    return _said(runs, alert, {"alert_rule_test": [wanted]}, folder)


def asked(runs: Kept, expr: str, samples: list[dict[str, Any]], folder: Path) -> str:
    """What promtool says when an expression is to give these samples.

    Args:
        runs: all runs and streams.
        expr: PromQL.
        samples: as promtool writes them.
        folder: for promtool's files.
    """
    wanted = {"expr": expr, "eval_time": LOOK, "exp_samples": samples}
    return _said(runs, expr, {"promql_expr_test": [wanted]}, folder)


def _said(runs: Kept, expr: str, question: dict[str, Any], folder: Path) -> str:
    (folder / "rules.yaml").write_text(yaml.safe_dump(needed(SHORT, expr), width=1000))
    test = {
        "interval": f"{STEP_SECONDS}s",
        "input_series": [{"series": name, "values": values} for name, values in all_series(runs).items()],
        **question,
    }
    suite = {"rule_files": ["rules.yaml"], "evaluation_interval": "30s", "tests": [test]}
    (folder / "cases.yaml").write_text(yaml.safe_dump(suite, sort_keys=False, width=1000))
    return promtool("test", "rules", str(folder / "cases.yaml"))
