"""The log collector and the log page with prod's roles, as AWS judges them, by Pod Identity's credentials."""

from __future__ import annotations

import gzip
import os
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from tests.apps.run_logs import DRIVER, PATIENCE, Collector, PodLog, pages
from tests.store import identity_agent
from tests.store.conftest import judge
from tests.store.judge.proxy import Judge
from tests.store.judge.roles import ACCOUNT, BUCKETS, storage_at

__all__ = ["judge"]

pytestmark = pytest.mark.store

REFUSED_CALLS = 1
"""The SDK for Go asks the agent three times before it gives a request up."""


def test_lines_of_a_job_are_stored_and_shown_with_the_roles_of_the_logs(judge: Judge, tmp_path: Path) -> None:
    with identity_agent.running(away=REFUSED_CALLS, sessions=False) as agent:
        base = {"PATH": os.environ["PATH"], "AWS_REGION": ACCOUNT.region}
        collector = Collector(
            store=judge.store,
            folder=tmp_path / "node",
            namespaces=("data-prod",),
            place=storage_at(judge.url),
            environment={**base, **agent.environment("log-collector", tmp_path)},
        )
        collector.start()
        PodLog(collector.logs, "data-prod", "flights-driver", DRIVER).write("a line")
        admin, deadline = judge.store.client("admin"), time.monotonic() + PATIENCE
        found: list[str] = []
        while not found and time.monotonic() < deadline:
            listed = admin.list_objects_v2(Bucket=BUCKETS.events, Prefix="logs/data-prod/")
            found = [each["Key"] for each in listed.get("Contents", ())]
            time.sleep(0.2)
        collector.stop(signal.SIGTERM)
        assert found, f"{judge.refused}\n{collector.output.read_text()[-2000:]}"
        stored = admin.get_object(Bucket=BUCKETS.events, Key=found[0])["Body"].read()
        assert gzip.decompress(stored) == b"a line\n"
        place = {"LOGS_BUCKET": BUCKETS.events, "LOGS_PREFIX": "logs", "LOGS_ENDPOINT": judge.url}
        reader = {**base, **place, **agent.environment("log-page", tmp_path)}
        folder = found[0].removeprefix("logs/").rpartition("/")[0].rpartition("/")[0]
        with (
            pages(judge.store, reader) as address,
            urllib.request.urlopen(f"{address}/{folder}/log", timeout=20) as answer,  # noqa: S310 - loopback
        ):
            assert answer.read() == b"a line\n"
    assert judge.not_judged == []
    assert agent.instance_calls == 0
