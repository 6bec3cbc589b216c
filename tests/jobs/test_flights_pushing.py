"""The flights are pushed to a repository, again and again, and each push is a run of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dulwich import porcelain
from waitress.server import create_server

from apps.jobs.definitions.checking import Platform
from apps.jobs.definitions.reading import read
from apps.jobs.repository.serving import application, repository
from apps.jobs.sync.repository import Remote, Repository
from flights.pushing import JOB, Origin, commit_job, text
from workspace.errors import ReportedError

MANIFEST: dict[str, Any] = {
    "apiVersion": "sparkoperator.k8s.io/v1beta2",
    "kind": "SparkApplication",
    "metadata": {"name": JOB, "namespace": "data-dev"},
    "spec": {"type": "Python"},
}
HERE = Platform(namespaces=frozenset({"data-dev"}))


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[Origin]:
    served = application(repository(tmp_path / "home"), "jobs", "a-word")
    server = create_server(served, host="127.0.0.1", port=0)
    threading.Thread(target=server.run, daemon=True).start()
    yield Origin(url=f"http://127.0.0.1:{server.effective_port}/jobs.git", username="jobs", password="a-word")
    server.close()


def test_each_push_is_a_revision_of_its_own_and_leaves_other_files_alone(
    origin: Origin, tmp_path: Path
) -> None:
    followed = Repository(
        Remote(url=origin.url, username=origin.username, password=origin.password), tmp_path / "copy"
    )
    revisions = set()
    numbers = [0]
    for _ in range(2):
        commit = commit_job(origin, MANIFEST)
        found = followed.fetch()
        (definition,) = read(found.folder, HERE).definitions
        assert found.commits["flights.yaml"] == commit
        assert definition.settings.rerun > numbers[-1]
        numbers.append(definition.settings.rerun)
        revisions.add(definition.revision)
    assert len(revisions) == 2
    clone = porcelain.clone(origin.url, str(tmp_path / "clone"), username="jobs", password="a-word")
    (tmp_path / "clone" / "theirs.yaml").write_text("# theirs")
    porcelain.add(clone, [str(tmp_path / "clone" / "theirs.yaml")])
    porcelain.commit(clone, message=b"theirs", author=b"a <a@b>", committer=b"a <a@b>")
    porcelain.push(clone, origin.url, "HEAD:refs/heads/main", username="jobs", password="a-word")
    commit_job(origin, MANIFEST)
    assert set(followed.fetch().commits) == {"flights.yaml", "theirs.yaml"}


def test_a_repository_that_is_not_reached_is_told_in_words(origin: Origin) -> None:
    refused = Origin(url=origin.url, username="jobs", password="another-word")
    with pytest.raises(ReportedError, match="could not be pushed") as said:
        commit_job(refused, MANIFEST)
    assert "another-word" not in str(said.value)
    assert "another-word" not in repr(refused)


def test_a_new_repository_beside_records_of_an_older_one_gives_a_run_all_the_same() -> None:
    _, settings = yaml.safe_load_all(text(MANIFEST, "# nothing\n", 1_800_000_000))
    assert settings["spec"]["rerun"] == 1_800_000_000, "from 1 on it would be a run that was, and no other"
    _, again = yaml.safe_load_all(text(MANIFEST, yaml.safe_dump_all([MANIFEST, settings]), 1_800_000_000))
    assert again["spec"]["rerun"] == 1_800_000_001, "two in a second are two"
