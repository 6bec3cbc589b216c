"""Git's own client clones, pushes and is refused; the worker reads what was pushed."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from waitress.server import create_server

from apps.jobs.repository.serving import application, repository
from apps.jobs.sync.repository import Remote, Repository, SyncError

PASSWORD = "the-word"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    served = application(repository(tmp_path / "home"), "jobs", PASSWORD)
    server = create_server(served, host="127.0.0.1", port=0)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"127.0.0.1:{server.effective_port}"
    server.close()


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("git")
    assert program
    named = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "credential.helper=")
    return subprocess.run(
        [program, *named, *arguments],
        cwd=folder,
        env={"GIT_TERMINAL_PROMPT": "0", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_what_git_pushes_the_worker_reads(address: str, tmp_path: Path) -> None:
    cloned = git(tmp_path, "clone", f"http://jobs:{PASSWORD}@{address}/jobs.git", "clone")
    assert cloned.returncode == 0, cloned.stderr
    clone = tmp_path / "clone"
    # More than a megabyte is pushed in chunks, without a length.
    (clone / "orders.yaml").write_text(
        "# orders\n" + "".join(f"# {number**9}\n" for number in range(200_000))
    )
    for arguments in (("add", "."), ("commit", "-m", "orders"), ("push", "origin", "HEAD:main")):
        done = git(clone, *arguments)
        assert done.returncode == 0, done.stderr
    head = git(clone, "rev-parse", "HEAD").stdout.strip()
    remote = Remote(url=f"http://{address}/jobs.git", username="jobs", password=PASSWORD)
    assert Repository(remote, tmp_path / "copy").fetch().commits == {"orders.yaml": head}


@pytest.mark.parametrize(("username", "password"), [("", ""), ("jobs", "another"), ("admin", PASSWORD)])
def test_without_name_and_password_nothing_is_read(
    address: str, tmp_path: Path, username: str, password: str
) -> None:
    remote = Remote(url=f"http://{address}/jobs.git", username=username, password=password)
    with pytest.raises(SyncError, match="can't be read") as said:
        Repository(remote, tmp_path / "copy").fetch()
    assert PASSWORD not in str(said.value)
    with pytest.raises(HTTPError, match="401"):
        urlopen(f"http://{address}/jobs.git/info/refs?service=git-receive-pack")


def test_its_health_is_seen_without_a_password(address: str) -> None:
    with urlopen(f"http://{address}/-/healthy") as answer:
        assert (answer.status, answer.read()) == (204, b"")
