"""Nothing gets into an image that is not locked, and each problem is told in words."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from images import fetch, host
from images.sizes import plain
from workspace.errors import ReportedError

DIGEST = hashlib.sha256(b"jar").hexdigest()


def test_a_folder_that_equals_its_lock_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "a.jar").write_bytes(b"jar")
    fetch.check(tmp_path, {"a.jar": DIGEST})


def test_all_differences_from_the_lock_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "changed.jar").write_bytes(b"other")
    (tmp_path / "extra.jar").write_bytes(b"jar")
    with pytest.raises(ReportedError) as problem:
        fetch.check(tmp_path, {"changed.jar": DIGEST, "missing.jar": DIGEST})
    text = str(problem.value)
    assert "missing.jar was not downloaded" in text
    assert "extra.jar is not in the lock" in text
    assert f"changed.jar has sha256 {hashlib.sha256(b'other').hexdigest()}, the lock says {DIGEST}" in text
    assert "docker/README.md" in text, "a person who changed a version learns what to do"


@pytest.mark.parametrize(
    "line", ["nonsense", f"{DIGEST} one-space.jar", f"{DIGEST[:-1]}  short.jar", f"{DIGEST}  "]
)
def test_a_broken_line_of_a_lock_is_shown_with_its_number(tmp_path: Path, line: str) -> None:
    lock = tmp_path / "jars.lock"
    lock.write_text(f"# comment\n{line}\n")
    with pytest.raises(ReportedError, match=r"jars\.lock line 2"):
        fetch.read_lock(lock)


def test_a_name_stands_once_in_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "jars.lock"
    lock.write_text(f"{DIGEST}  a.jar\n{DIGEST}  a.jar\n")
    with pytest.raises(ReportedError, match="line 2"):
        fetch.read_lock(lock)


def test_a_distribution_without_a_hash_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("pyspark==4.1.2\n")
    with pytest.raises(ReportedError, match="--hash=sha256"):
        fetch.read_requirements(lock)


def test_a_failed_download_leaves_nothing_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "DOWNLOADS", tmp_path)

    def half(target: Path) -> None:
        (target / "a.jar").write_bytes(b"ja")

    with pytest.raises(ReportedError):
        fetch.ensure({"a.jar": DIGEST}, half)
    assert not list(tmp_path.rglob("a.jar")), "half a file must not look like a whole one to the next run"


def test_a_cached_file_is_not_downloaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "DOWNLOADS", tmp_path)
    calls: list[Path] = []

    def download(target: Path) -> None:
        calls.append(target)
        (target / "a.jar").write_bytes(b"jar")

    for _ in range(2):
        fetch.ensure({"a.jar": DIGEST}, download)
    assert len(calls) == 1
    assert fetch.cached("a.jar", DIGEST).read_bytes() == b"jar"


def test_all_missing_programs_are_named_with_the_command_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_options: None)
    with pytest.raises(ReportedError) as problem:
        host.command("buildah")
    for package in ("buildah", "catatonit", "containerd", "debootstrap", "maven"):
        assert package in str(problem.value)
    assert "apt-get install" in problem.value.hint


def test_a_failed_program_shows_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(ReportedError, match=r"(?s)trying failed \(exit 3\).*no space left"):
        host.run(["sh", "-c", "echo no space left; exit 3"], doing="trying", log=log)


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ("/bin/sh -c #(nop) COPY dir:" + "0" * 64 + " in /opt/java ", "COPY in /opt/java"),
        ("/bin/sh -c apt-get update", "RUN apt-get update"),
        ("|2 A=1 B=2 /bin/sh -c apt-get update", "RUN apt-get update"),
        ("COPY /opt/java /opt/java # buildkit", "COPY /opt/java /opt/java # buildkit"),
    ],
)
def test_layers_are_named_by_their_instruction_whoever_built_them(recorded: str, shown: str) -> None:
    assert plain(recorded) == shown
