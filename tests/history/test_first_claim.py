"""Whose an application is that two tenants' logs claim: whoever was seen first, also after a restart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.distributions import Distribution
from tests.support.history_provider import compiled
from tests.support.history_server import history_server, write_log

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]


def test_a_restart_does_not_let_a_forged_log_take_a_running_jobs_place(
    distribution: Distribution, tmp_path: Path
) -> None:
    classes = compiled(distribution.home / "jars", tmp_path / "classes")
    write_log(tmp_path, "data-dev", "spark-1", id="spark-1", name="theirs")
    (tmp_path / "events" / "science-dev").mkdir()
    with history_server(distribution, classes, tmp_path) as server:
        assert server.until_listed("spark-1")["spark-1"]["name"] == "theirs"
    forged = write_log(tmp_path, "science-dev", "spark-2", id="spark-1", name="forged")
    # The true one may still grow: by their times alone, this one would be shown.
    os.utime(forged, (1_000_000_000, 1_000_000_000))
    write_log(tmp_path, "science-dev", "spark-3", id="spark-3", name="also theirs")
    with history_server(distribution, classes, tmp_path) as server:
        found = server.until_listed("spark-1", "spark-3")
        assert found["spark-1"]["name"] == "theirs"
        assert found["spark-1"]["attempts"][0]["sparkUser"] == "data-dev"
    (tmp_path / "store" / "first-claims").unlink()
    with history_server(distribution, classes, tmp_path) as server:
        assert server.until_listed("spark-1", "spark-3")["spark-1"]["name"] == "forged", "or nothing was kept"
