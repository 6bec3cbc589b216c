"""Which pods count as failed, as Prometheus' own tool computes it from made-up pods."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.observability.series import SITE, Series, merged, pod
from tests.observability.test_alerts_fire import needed, promtool

pytestmark = pytest.mark.promtool

ENDED = [("Running", 10.0), ("Succeeded", 10.0)]
DRIVER = pod("d1", ENDED)


def executor(minutes: float, reason: str = "Error") -> Series:
    """An executor of the driver's application that fails after so many minutes."""
    return pod("e1", [("Running", minutes), ("Failed", 20 - minutes)], role="executor", reason=reason)


@pytest.mark.parametrize(
    ("why", "series", "failed"),
    [
        ("it came when its driver ended", merged(DRIVER, executor(10.5)), []),
        ("it found its driver ending", merged(DRIVER, executor(10)), []),
        ("it failed while there was work", merged(DRIVER, executor(9)), ["e1"]),
        ("it was killed for its memory", merged(DRIVER, executor(10.5, "OOMKilled")), ["e1"]),
        (
            "its driver failed as well",
            merged(pod("d1", [("Running", 10), ("Failed", 10)], reason="Error"), executor(10.5)),
            ["d1", "e1"],
        ),
        ("another application's driver ended", merged(pod("d1", ENDED, app="other"), executor(10.5)), ["e1"]),
        ("its driver's pod is gone", executor(10.5), ["e1"]),
    ],
)
def test_an_executor_that_fails_counts_unless_its_driver_had_done_its_work(
    tmp_path: Path, why: str, series: Series, failed: list[str]
) -> None:
    spec = needed(SITE, "spark:pod:failed_reason")
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(spec, width=1000))
    expected = [{"labels": f'{{pod="{name}"}}', "value": 1} for name in failed]
    asked = {"expr": "count by (pod) (spark:pod:failed_reason)", "eval_time": "15m", "exp_samples": expected}
    suite = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "30s",
        "tests": [
            {
                "name": why,
                "interval": "30s",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": [asked],
            }
        ],
    }
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(suite, sort_keys=False, width=1000))
    assert "SUCCESS" in promtool("test", "rules", str(tmp_path / "cases.yaml"))
