"""Files in the store: uploaded once, read back, and refusals in words."""

from __future__ import annotations

from pathlib import Path

import pytest

import flights
from tests.jobs.conftest import REGION, Server
from workspace.errors import ReportedError

pytestmark = pytest.mark.store


def test_a_file_is_uploaded_once_and_again_when_it_changes(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "job.py"
    file.write_text("one")

    assert server.store.upload(file, "artifacts", "once/job.py") is True, "it was not there"
    assert server.store.upload(file, "artifacts", "once/job.py") is False, (
        "the same bytes need no second upload"
    )
    file.write_text("two")
    assert server.store.upload(file, "artifacts", "once/job.py") is True, "other bytes of the same size do"
    assert server.store.read("artifacts", "once/job.py") == b"two"


def test_an_object_of_unknown_origin_is_replaced(server: Server, tmp_path: Path) -> None:
    server.store.write("artifacts", "theirs/job.py", b"theirs")
    (tmp_path / "job.py").write_text("mine")

    assert server.store.upload(tmp_path / "job.py", "artifacts", "theirs/job.py") is True
    assert server.store.read("artifacts", "theirs/job.py") == b"mine"


def test_what_is_not_there_is_none(server: Server) -> None:
    assert server.store.read("data", "nothing/here") is None
    assert server.store.keys("data", "nothing") == []


def test_a_folder_is_downloaded_with_its_names_and_without_its_markers(
    server: Server, tmp_path: Path
) -> None:
    for key in ("run/answer/", "run/answer/part-0", "run/flights/month=3/a.parquet", "runner/x"):
        server.store.write("data", f"download/{key}", b"" if key.endswith("/") else b"content")
    files = server.store.download("data", "download/run", tmp_path)

    names = sorted(str(file.relative_to(tmp_path)) for file in files)
    assert names == ["answer/part-0", "flights/month=3/a.parquet"], "and nothing of `runner`"


def test_a_refusal_says_what_was_tried(server: Server) -> None:
    stranger = flights.connect(server.endpoint, "stranger", "wrong", REGION)
    with pytest.raises(ReportedError, match="refused to list s3://data/run/"):
        stranger.keys("data", "run")


def test_an_earlier_report_is_found_until_code_or_image_change(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = flights.Platform(
        kubeconfig=Path("unused"), namespace="data-dev", image="spark:1", endpoint=server.endpoint
    )
    other = flights.Platform(
        kubeconfig=Path("unused"), namespace="data-dev", image="spark:2", endpoint=server.endpoint
    )
    report = flights.Report("flights-1", flights.Kind.OPERATOR, {"accepted": 3}, flights.Times())
    assert flights.previous(platform, flights.Kind.OPERATOR, server.store) is None, "nothing ran yet"
    flights.remember(report, platform, server.store)

    assert flights.previous(platform, flights.Kind.OPERATOR, server.store) == report, "the same again"
    assert flights.previous(other, flights.Kind.OPERATOR, server.store) is None, "another image"
    assert flights.previous(platform, flights.Kind.SPARK_SUBMIT, server.store) is None, "another way"
