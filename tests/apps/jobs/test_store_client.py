"""How the jobs' worker and pages reach the real object store, where a connection's answers may be lost."""

from __future__ import annotations

import time

import pytest

from apps.jobs.ledger.client import READ_SECONDS, client
from components.object_store.policies import ADMIN_ACCOUNT
from tests.store.gateway import Gateway
from tests.store.late_policies import attached_late
from tests.store.spark import keys

pytestmark = pytest.mark.store


def test_a_connection_without_an_answer_is_given_up_and_another_one_reads(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.client(ADMIN_ACCOUNT).create_bucket(Bucket="first-moment")
    for name, value in keys(ADMIN_ACCOUNT).items():
        monkeypatch.setenv(name, value)
    with attached_late(("127.0.0.1", 0), ("127.0.0.1", gateway.s3)) as agent:
        host, port = agent.address
        # Seconds as the processes have them, but fewer: who waited for boto3's own waits for a minute.
        reached = client(f"http://{host}:{port}", gateway.region, attempts=3, read_seconds=0.5)
        begun = time.monotonic()
        assert reached.list_objects_v2(Bucket="first-moment")["KeyCount"] == 0
    assert len(agent.times) > agent.lost, "it got no answer by the first"
    assert time.monotonic() - begun < READ_SECONDS
    assert client("", "eu-central-1", attempts=1).meta.config.read_timeout == READ_SECONDS
