"""Tables in the object store are read as those in folders, by the client that the pages have."""

from __future__ import annotations

from typing import Any

import pytest
from pyiceberg.catalog.memory import InMemoryCatalog
from pyiceberg.transforms import DayTransform

from apps.jobs.checks.findings import State
from apps.jobs.checks.kept import Results
from apps.jobs.checks.looking import look
from apps.jobs.checks.parquet import s3
from apps.jobs.definitions.settings import Check
from components.object_store.pods import REGION
from components.object_store.policies import ADMIN_ACCOUNT
from tests.apps.jobs.test_checks_iceberg import DAILY, DAYS, NOW, SCHEMA, append, by, rows
from tests.store.gateway import ADMIN_KEY

pytestmark = pytest.mark.store


def test_a_day_that_is_dropped_from_a_table_in_the_store_is_red(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create_bucket(Bucket="lake")
    endpoint = store.meta.endpoint_url
    catalog = InMemoryCatalog(
        "test",
        **{
            "warehouse": "s3://lake/data-dev",
            "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
            "s3.endpoint": endpoint,
            "s3.region": REGION,
            "s3.access-key-id": ADMIN_ACCOUNT,
            "s3.secret-access-key": ADMIN_KEY,
        },
    )
    catalog.create_namespace("shop")
    table = catalog.create_table("shop.orders", SCHEMA, partition_spec=by(at=DayTransform()))
    append(table, rows(DAYS[0]), rows(DAYS[1]))
    table.delete(f"at >= '{DAYS[1].start.isoformat()}'")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ADMIN_ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ADMIN_KEY)
    output = table.location().replace("s3://", "s3a://")
    check = Check(name="orders", output=output, notNull=("id",))
    never_written = Check(name="none", output=f"{output}-none")
    found = look(s3(endpoint, REGION), DAILY, [check, never_written], DAYS[:2], Results(), NOW)
    states = {(key, each.check): each.state for key, told in found.items() for each in told.findings}
    assert states == {
        (DAYS[0].key, "orders"): State.PASS,
        (DAYS[1].key, "orders"): State.MISSING,
        (DAYS[0].key, "none"): State.MISSING,
        (DAYS[1].key, "none"): State.MISSING,
    }
