"""What asks a tenant's data passes all rules for the tenant's jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.jobs.checks.asking import ask
from apps.jobs.definitions.settings import Check
from apps.jobs.ledger.identity import Series
from apps.jobs.ledger.record import Cause, Wanted
from tests.walls.attack import Who, job
from tests.walls.world import World

pytestmark = pytest.mark.apiserver

START = datetime(2026, 11, 20, tzinfo=UTC)


def test_what_asks_a_jobs_data_is_taken_where_the_job_is(world: World) -> None:
    place = world.tenant.namespace
    wanted = Wanted(
        series=Series(namespace=place, job="orders", interval="2026-11-20"),
        key="schedule",
        cause=Cause.SCHEDULE,
        start=START,
        end=START + timedelta(days=1),
        manifest=job(),
    )
    check = Check(name="orders", output=f"s3a://data/{place}/{{{{ interval.key }}}}", sql="amount >= 0")
    asked = ask(wanted.as_run(1, "token", START), [check], START)
    assert asked is not None
    assert world.create(asked.manifest, Who.PERSON).refusal == ""
