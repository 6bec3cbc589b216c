"""A Git repository is followed: good files are kept, bad ones stop nothing, nothing vanishes by a slip."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dulwich import porcelain
from dulwich.objects import Commit, ObjectID

from apps.jobs.definitions.checking import Platform
from apps.jobs.definitions.reading import read
from apps.jobs.sync.known import State
from apps.jobs.sync.merging import merged
from apps.jobs.sync.repository import Remote, Repository, SyncError
from tests.apps.jobs.repositories import Pushed

NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)
HERE = Platform(namespaces=frozenset({"data-dev"}))

JOB = """\
apiVersion: sparkoperator.k8s.io/v1beta2
kind: {kind}
metadata: {{name: {name}, namespace: data-dev}}
spec: {spec}
"""


def once(name: str, *, arguments: str = "a") -> str:
    return JOB.format(kind="SparkApplication", name=name, spec=f"{{type: Python, arguments: [{arguments}]}}")


def daily(name: str, *, schedule: str = "@daily", more: str = "") -> str:
    spec = f'{{schedule: "{schedule}", concurrencyPolicy: Forbid, template: {{type: Python}}{more}}}'
    return JOB.format(kind="ScheduledSparkApplication", name=name, spec=spec)


@pytest.fixture
def pushed(tmp_path: Path) -> Pushed:
    return Pushed(tmp_path / "origin")


def followed(pushed: Pushed, tmp_path: Path, **options: Any) -> Repository:
    return Repository(Remote(url=pushed.url, **options), tmp_path / "copy")


def test_each_file_has_the_last_commit_that_touched_it(pushed: Pushed, tmp_path: Path) -> None:
    first = pushed.commit({"jobs/a.yaml": once("a"), "jobs/b.yaml": once("b"), "README.md": "jobs"})
    second = pushed.commit({"jobs/b.yaml": once("b", arguments="b")})
    third = pushed.commit({"README.md": "more"})
    repository = followed(pushed, tmp_path, folder="jobs")
    found = repository.fetch()
    assert (found.head, found.commits) == (third, {"a.yaml": first, "b.yaml": second})
    assert sorted(path.name for path in found.folder.iterdir()) == ["a.yaml", "b.yaml"]
    # Another process with the same copy, and one without, say the same.
    assert repository.fetch().commits == found.commits
    fourth = pushed.commit({"jobs/a.yaml": once("a", arguments="c")})
    assert repository.fetch().commits == {"a.yaml": fourth, "b.yaml": second}
    assert followed(pushed, tmp_path / "other", folder="jobs").fetch().commits["b.yaml"] == second


def test_a_branch_that_was_pushed_by_force_is_followed(pushed: Pushed, tmp_path: Path) -> None:
    first = pushed.commit({"a.yaml": once("a")})
    pushed.commit({"a.yaml": once("a", arguments="b")})
    repository = followed(pushed, tmp_path)
    repository.fetch()
    forced = pushed.commit({"c.yaml": once("c")}, after=first)
    found = repository.fetch()
    assert (found.head, found.commits) == (forced, {"a.yaml": first, "c.yaml": forced})


def test_links_and_other_files_are_not_written(pushed: Pushed, tmp_path: Path) -> None:
    pushed.commit({"a.yaml": once("a"), "run.sh": "echo"})
    (pushed.folder / "b.yaml").symlink_to("/etc/passwd")
    porcelain.add(pushed.repo, [str(pushed.folder / "b.yaml")])
    pushed.commit({"c.yml": once("c")})
    assert sorted(path.name for path in followed(pushed, tmp_path).fetch().folder.iterdir()) == [
        "a.yaml",
        "c.yml",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"branch": "other"}, "has no branch other"),
        ({"folder": "nowhere"}, "has no folder nowhere"),
        ({"folder": "a.yaml"}, "has no folder a.yaml"),
    ],
)
def test_a_missing_branch_or_folder_is_said(
    pushed: Pushed, tmp_path: Path, options: dict[str, str], said: str
) -> None:
    pushed.commit({"a.yaml": once("a")})
    with pytest.raises(SyncError, match=said):
        followed(pushed, tmp_path, **options).fetch()


def test_a_repository_that_is_gone_is_said_without_credentials(tmp_path: Path) -> None:
    repository = Repository(
        Remote(url="http://127.0.0.1:1/jobs.git", username="jobs", password="canary-1"), tmp_path
    )
    with pytest.raises(SyncError, match=r"http://127\.0\.0\.1:1/jobs\.git can't be read") as said:
        repository.fetch()
    assert "canary" not in str(said.value)


@pytest.mark.parametrize(
    "url",
    [
        "ssh://git@host/jobs.git",
        "jobs.git",
        "https://me:word@host/jobs.git",  # pragma: allowlist secret
    ],
)
def test_a_url_of_another_kind_or_with_credentials_is_refused(url: str) -> None:
    with pytest.raises(SyncError, match="URL") as said:
        Remote(url=url)
    assert "word" not in str(said.value)


def test_a_merge_touches_what_differs_from_both_its_parents(pushed: Pushed, tmp_path: Path) -> None:
    base = pushed.commit({"a.yaml": once("a"), "b.yaml": once("b")})
    left = pushed.commit({"a.yaml": once("a", arguments="l")})
    right = pushed.commit({"b.yaml": once("b", arguments="r")}, after=base)
    (pushed.folder / "a.yaml").write_text(once("a", arguments="l"))
    porcelain.add(pushed.repo, [str(pushed.folder / "a.yaml")])
    merge = pushed.repo.get_worktree().commit(
        message=b"merge", author=b"a <a@b>", committer=b"a <a@b>", merge_heads=[ObjectID(left.encode())]
    )
    made = pushed.repo[merge]
    assert isinstance(made, Commit)
    assert len(made.parents) == 2
    assert followed(pushed, tmp_path).fetch().commits == {"a.yaml": left, "b.yaml": right}


class Folder:
    """A checkout's folder, and what is known of it so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = State()

    def put(self, **files: str | None) -> None:
        for name, text in files.items():
            path = self.folder / f"{name}.yaml"
            path.unlink(missing_ok=True) if text is None else path.write_text(text)

    def merge(self, now: datetime = NOW, *, commit: str = "c1", removals: bool = False) -> State:
        reading = read(self.folder, HERE)
        commits = dict.fromkeys(reading.files, commit)
        self.state = merged(self.state, reading, commits, now, removals=removals)
        return self.state


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_file_that_became_wrong_stops_no_other_and_its_last_good_definition_goes_on(folder: Folder) -> None:
    folder.put(a=once("a"), b=once("b"))
    good = folder.merge().by_place()["data-dev", "a"]
    folder.put(a=once("a").replace("spec:", "sepc:"), b=once("b", arguments="new"))
    state = folder.merge(commit="c2")
    kept, other = (state.by_place()["data-dev", name] for name in ("a", "b"))
    assert (kept.revision, kept.commit) == (good.revision, "c1")
    assert kept.stale.startswith("a.yaml:")
    assert (other.commit, other.stale) == ("c2", "")
    assert {fault.path for fault in state.faults} == {"a.yaml"}
    folder.put(a=once("a"))
    mended = folder.merge(commit="c3")
    assert (mended.by_place()["data-dev", "a"].stale, mended.faults) == ("", ())


def test_a_file_that_was_deleted_takes_its_job_along(folder: Folder) -> None:
    folder.put(a=once("a"), b=once("b"))
    folder.merge()
    folder.put(a=None)
    assert list(folder.merge().by_place()) == [("data-dev", "b")]


def test_many_jobs_that_vanish_at_once_are_kept_until_a_person_says_so(folder: Folder) -> None:
    names = [f"job-{number}" for number in range(8)]
    folder.put(**{name: once(name) for name in names})
    folder.merge()
    folder.put(**dict.fromkeys(names[:6]))
    state = folder.merge()
    assert (len(state.jobs), state.held) == (8, 6)
    assert sum("vanished with 5 others" in job.stale for job in state.jobs) == 6
    state = folder.merge(removals=True)
    assert (len(state.jobs), state.held) == (2, 0)


def test_a_new_job_owns_the_intervals_from_now_on_and_keeps_them_over_changes(folder: Folder) -> None:
    folder.put(a=daily("a"))
    folder.merge()
    later = NOW + timedelta(days=3)
    folder.put(a=daily("a").replace("type: Python", "type: Scala"))
    assert folder.merge(later).jobs[0].since == NOW
    folder.put(a=daily("a", schedule="@hourly"))
    assert folder.merge(later).jobs[0].since == later


def test_a_job_that_is_resumed_does_not_make_up_for_its_pause(folder: Folder) -> None:
    folder.put(a=daily("a", more=", suspend: true"))
    assert folder.merge().jobs[0].suspended
    folder.put(a=daily("a"))
    later = NOW + timedelta(days=3)
    assert folder.merge(later).jobs[0].since == later


def test_what_is_known_is_the_same_after_it_was_kept(folder: Folder) -> None:
    beside = (
        "\n---\napiVersion: jobs.spark-on-eks/v1\nkind: SparkJob\nmetadata: {name: a, namespace: data-dev}\n"
        "spec: {owner: data, deadline: 1d12h, timeout: 90m, catchUp: all,"
        " retries: {most: 3, by: {TIMEOUT: 1}}, checks: [{name: rows, output: out, rowsAtLeast: 3}]}\n"
    )
    folder.put(a=daily("a", more=", timeZone: Europe/Berlin") + beside)
    state = folder.merge()
    assert State.model_validate_json(state.model_dump_json(exclude_defaults=True)) == state
    (job,) = state.jobs
    assert job.when is not None
    assert job.when.zone == "Europe/Berlin"
    assert (job.beside.deadline, job.beside.timeout) == (timedelta(days=1.5), timedelta(minutes=90))
    assert (job.beside.retries.most, job.beside.retries.by) == (3, {"TIMEOUT": 1})
    assert job.beside.checks[0].rows_at_least == 3
