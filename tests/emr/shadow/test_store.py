"""Outputs in S3: the platform's own server, with a tenant's keys, by any of the three schemes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from spark_on_eks import emr
from tests.emr.shadow import outputs
from tests.store.conftest import ready
from tests.store.gateway import Gateway, key_of

__all__ = ["ready"]

pytestmark = pytest.mark.store


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, ready: Gateway) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "data-dev")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key_of("data-dev"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", ready.url)
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.fixture
def in_store(ready: Gateway, tmp_path: Path) -> str:
    """An output below a tenant's prefix."""
    folder = outputs.write(tmp_path / "written", outputs.lose(outputs.rows()))
    for path in (each for each in folder.rglob("*") if each.is_file()):
        key = f"data-dev/shadow/{path.relative_to(folder)}"
        ready.client("admin").put_object(Bucket="data", Key=key, Body=path.read_bytes())
    return "data/data-dev/shadow"


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("scheme", ["s3", "s3a", "s3n"])
def test_an_output_in_the_store_is_compared_with_one_on_disk(
    in_store: str, tmp_path: Path, scheme: str
) -> None:
    local = outputs.write(tmp_path / "local", outputs.rows())
    done = CliRunner().invoke(emr.app, ["shadow", str(local), f"{scheme}://{in_store}/"])
    assert done.exit_code == 1, done.output
    assert "day=2026-01-02: 40 rows on the left, 39 on the right (-1)" in done.output
    assert "3 files of" in done.output.splitlines()[2]


@pytest.mark.usefixtures("keys")
def test_what_the_tenant_may_not_read_is_told_and_no_difference(in_store: str) -> None:
    done = CliRunner().invoke(emr.app, ["shadow", f"s3://{in_store}", "s3://data/science-dev/table"])
    assert done.exit_code == 2
    assert "s3://data/science-dev/table can't be listed" in done.stderr
