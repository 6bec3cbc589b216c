"""The data is the pinned data, however it comes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

import flights
from flights import dataset
from workspace import paths
from workspace.errors import ReportedError

NPM = """#!/bin/sh
echo "$*" >> "$NPM_CALLS"
test -n "$NPM_FAILS" && { echo "$NPM_FAILS" >&2; exit 1; }
cp "$NPM_ARCHIVE" "$5/vega.tgz"
"""
"""Stands for npm on PATH: notes its arguments, and copies an archive or fails."""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and an npm that delivers a small package which the pin agrees with."""
    files = {"flights-3m.parquet": b"flights", "airports.csv": b"airports"}
    archive = tmp_path / "vega.tgz"
    with tarfile.open(archive, "w:gz") as package:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/data/{name}")
            entry.size = len(content)
            package.addfile(entry, io.BytesIO(content))
    pin = {
        "package": "vega-datasets",
        "version": "0.0.1",
        "integrity": integrity(archive),
        "files": {
            name: {"member": f"package/data/{name}", "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        },
    }
    monkeypatch.setattr(dataset, "pin", lambda: pin)
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "npm").write_text(NPM)
    (tmp_path / "bin" / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("NPM_ARCHIVE", str(archive))
    monkeypatch.setenv("NPM_CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("NPM_FAILS", "")
    return tmp_path / "calls"


def integrity(archive: Path) -> str:
    import base64

    return f"sha512-{base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()}"


def test_the_committed_pin_names_package_version_integrity_and_files() -> None:
    pin = json.loads(dataset.PIN.read_text())

    assert pin["integrity"].startswith("sha512-"), "npm's own notation, the same for every registry"
    assert set(pin["files"]) == {"flights-3m.parquet", "airports.csv"}
    assert "://" not in dataset.PIN.read_text(), "which registry it comes from is the user's npm's business"


def test_the_data_is_fetched_once(calls: Path) -> None:
    first, second = flights.fetch_data(), flights.fetch_data()

    assert first == second, "the same place"
    assert first.flights.read_bytes() == b"flights"
    assert len(calls.read_text().splitlines()) == 1, "the second call found it in the cache"
    assert calls.read_text().startswith("pack vega-datasets@0.0.1 "), "by name and version alone"


def test_a_damaged_file_in_the_cache_is_fetched_again(calls: Path) -> None:
    flights.fetch_data().airports.write_bytes(b"cut sho")

    assert flights.fetch_data().airports.read_bytes() == b"airports", "a wrong digest is like a missing file"
    assert len(calls.read_text().splitlines()) == 2, "fetched again"


def test_another_package_is_refused_and_leaves_nothing(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = calls.parent / "changed.tgz"
    changed.write_bytes(Path(os.environ["NPM_ARCHIVE"]).read_bytes() + b"\0")
    monkeypatch.setenv("NPM_ARCHIVE", str(changed))
    with pytest.raises(ReportedError, match=r"has the integrity sha512-.* but data.json pins sha512-"):
        flights.fetch_data()
    left = [path.name for path in (calls.parent / "cache" / "data").rglob("*") if path.is_file()]
    assert left in ([], [".lock"]), f"nothing of it may be used: {left}"


def test_a_failing_npm_is_quoted(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPM_FAILS", "network unreachable")
    with pytest.raises(ReportedError, match=r"npm pack vega-datasets@0\.0\.1 failed: network unreachable"):
        flights.fetch_data()


def test_a_missing_npm_is_named(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ReportedError, match="npm is not installed"):
        flights.fetch_data()
