"""Of real runs that were slow for one reason each, every reason's alert and panel names the one.

The figures were kept by `tests/apps/history_exporter/test_slow_jobs.py`, which also runs such jobs anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.observability.dashboard_files import dashboard_files
from components.observability.scrape_jobs import SPARK_HISTORY
from tests.observability import slow_runs
from tests.observability.expressions import expressions, without_variables
from tests.observability.slow_runs import FILE, NAMES, Kept

KEPT: Kept = json.loads(FILE.read_text())

RUNS = [name for name, figures in KEPT.items() if "lag" not in figures]

PANELS = {
    "Spark: a team's jobs / Skew: slowest task against the median": ("{0} > 4", "spark_job", "skewed"),
    "Spark: a team's jobs / Spilled to disk": ("{0} > 0", "spark_job", "spilling"),
    "Spark: a team's jobs / Garbage collection, share of task time": ("{0} > 0.2", "spark_job", "collecting"),
    "Spark: one run / Rows of streams": ("{0} > {1}", "query", "lagging"),
}
"""Panel -> what of its queries is beyond what is sound, the label of who it is about, and the one of all runs
and streams that is."""

RED = {
    "Spark: a team's jobs / Skew: slowest task against the median": 4,
    "Spark: a team's jobs / Garbage collection, share of task time": 0.2,
}
"""Panel -> from where on it is red."""


@pytest.mark.promtool
@pytest.mark.parametrize("alert", NAMES)
def test_an_alert_names_the_one_job_that_it_is_about(alert: str, tmp_path: Path) -> None:
    assert "SUCCESS" in slow_runs.tested(KEPT, alert, tmp_path)


@pytest.mark.promtool
@pytest.mark.parametrize("where", PANELS)
def test_a_panel_shows_the_job_with_this_reason_beyond_what_is_sound_and_no_other(
    where: str, tmp_path: Path
) -> None:
    beyond, label, name = PANELS[where]
    asked = [f"({each.promql})" for each in expressions(slow_runs.SHORT) if each.where == where]
    alone = f"sum by ({label}) (0 * ({beyond.format(*asked)}))"
    assert "SUCCESS" in slow_runs.asked(
        KEPT, alone, [{"labels": f'{{{label}="{name}"}}', "value": 0}], tmp_path
    )


OF_A_RUN = (
    "Rows read",
    "Bytes read",
    "Rows written",
    "Bytes written",
    "Average duration by job",
    "Finished runs by outcome",
)
"""Panels about finished runs on the dashboard of one run."""


@pytest.mark.promtool
@pytest.mark.parametrize("title", OF_A_RUN)
@pytest.mark.parametrize(("chosen", "number"), [("skewed", 1), ("no-such-run", 0), (".*", len(RUNS))])
def test_a_runs_page_shows_the_finished_runs_of_its_job_alone(
    title: str, chosen: str, number: int, tmp_path: Path
) -> None:
    (panel,) = (each for each in _panels("Spark: one run") if each["title"] == title)
    (target,) = panel["targets"]
    asked = without_variables(target["expr"].replace("$app", chosen))
    inner = asked.removeprefix("sum(").removesuffix(")") if title in OF_A_RUN[:4] else asked
    jobs = f"count(count by (spark_job) ({inner})) or vector(0)"
    assert "SUCCESS" in slow_runs.asked(KEPT, jobs, [{"labels": "{}", "value": number}], tmp_path)


@pytest.mark.parametrize("where", RED)
def test_a_panel_is_red_from_there_on(where: str) -> None:
    (board, title) = where.split(" / ")
    (panel,) = (each for each in _panels(board) if each["title"] == title)
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [each["value"] for each in steps if each["color"] == "red"] == [RED[where]]


def _panels(board: str) -> list[dict[str, Any]]:
    texts = map(json.loads, dashboard_files().values())
    (panels,) = (each["panels"] for each in texts if each["title"] == board)
    return list(panels)


def test_stages_that_are_done_are_kept_of_what_a_driver_counts_and_nothing_beside_them() -> None:
    begin = "metrics_spark_driver_appStatus_"
    done = f"{begin}stages_completedStages_Count"
    assert slow_runs.renamed(done) == {"__name__": done}
    for name in ("stages_failedStages", "stages_skippedStages", "jobs_failedJobs", "tasks_completedTasks"):
        assert slow_runs.renamed(f"{begin}{name}_Count") == {}
    assert slow_runs.renamed(f"{begin}jobDuration_Value") == {}


def test_runs_of_each_reason_and_one_without_were_kept() -> None:
    assert KEPT.keys() == {*NAMES.values(), "sound", "steady"}
    for figures in KEPT.values():
        assert "lag" in figures or any(SPARK_HISTORY.replace("-", "_") in each for each in figures)


@pytest.mark.parametrize(
    ("exported", "named"),
    [
        ("clicks_by_hour_inputRate_total_Value", ("clicks_by_hour", "spark_streaming_inputRate_total")),
        ("a_latency_b_latency_Value", ("a_latency_b", "spark_streaming_latency")),
        ("clicks_states_rowsTotal_Value", None),
        ("clicks_latency_Number", None),
    ],
)
def test_a_stream_is_a_label_and_no_part_of_a_metrics_name(
    exported: str, named: tuple[str, str] | None
) -> None:
    found = slow_runs.renamed(f"metrics_spark_driver_spark_streaming_{exported}")
    assert (found.get("query"), found.get("__name__")) == (named or (None, None))


def test_what_is_no_streams_keeps_its_name() -> None:
    name = "metrics_spark_driver_DAGScheduler_stage_runningStages_Value"
    assert slow_runs.renamed(name) == {"__name__": name}
