"""Has the flights run as a team's jobs do: by a commit in the repository that the worker follows."""

from __future__ import annotations

import base64
import io
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from dulwich import porcelain
from dulwich.client import HTTPUnauthorized
from dulwich.errors import GitProtocolError
from dulwich.refs import Ref
from dulwich.repo import Repo
from urllib3.exceptions import HTTPError

from components.naming import JOBS_NAMESPACE
from components.records.jobs import REPOSITORY, REPOSITORY_PORT
from flights.platform import Platform
from flights.submit import Kind, Submission, render
from toolchain.forward import forwarded
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

JOB: Final = "flights"
"""The job's name; its runs' names begin with it."""

FILE: Final = "flights.yaml"
"""The job's file in the repository."""

BRANCH: Final = "main"
WAIT_SECONDS: Final = 120.0
"""From a push to the run: a look at the repository, and a first pass over the definitions."""

LABELS: Final = "jobs.spark-on-eks"
"""Prefix of a run's labels (apps/jobs/ledger/record.py)."""

_POLL_SECONDS: Final = 1.0
_AUTHOR: Final = b"make up <make-up@localhost>"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The repository, as it is reached from here.

    Args:
        url: its URL.
        username: who pushes.
        password: the name's.
    """

    url: str
    username: str
    password: str = field(repr=False)


def push(platform: Platform) -> Submission:
    """Commit the flights job, and wait for the run that the worker makes of it.

    Args:
        platform: where.

    Raises:
        ReportedError: the repository is not reached, or no run comes.
    """
    with _origin(platform) as origin:
        commit = commit_job(origin, render(Kind.GIT, platform, JOB))
    return Submission(_run_of(platform, commit), platform.namespace, Kind.GIT)


def commit_job(origin: Origin, manifest: dict[str, Any]) -> str:
    """Commit a job to the repository so that it runs, though it be the same as before; gives the commit.

    Args:
        origin: the repository.
        manifest: the job's SparkApplication.

    Raises:
        ReportedError: the repository is not reached, or somebody else pushes at the same time.
    """
    with tempfile.TemporaryDirectory(prefix="jobs-") as folder:
        try:
            with _cloned(origin, Path(folder)) as repo:
                file = Path(folder) / FILE
                before = file.read_text(encoding="utf-8") if file.is_file() else ""
                file.write_text(text(manifest, before, int(time.time())), encoding="utf-8")
                porcelain.add(repo, [str(file)])
                made = porcelain.commit(repo, message=b"Run the flights", author=_AUTHOR, committer=_AUTHOR)
                porcelain.push(
                    repo,
                    origin.url,
                    f"HEAD:refs/heads/{BRANCH}",
                    # What Git says meanwhile is for a person who types it.
                    outstream=io.BytesIO(),
                    errstream=io.BytesIO(),
                    username=origin.username,
                    password=origin.password,
                )
        except (GitProtocolError, HTTPError, HTTPUnauthorized, porcelain.Error, OSError) as error:
            raise ReportedError(
                f"the flights could not be pushed to {origin.url}: {error}",
                hint="`kubectl get pods -n spark-jobs` shows the repository; then run the same again",
            ) from error
    return made.decode()


def text(manifest: dict[str, Any], before: str, now: int) -> str:
    """The job's file: its definition, and its settings with a number that grows with each run.

    Args:
        manifest: the job's SparkApplication.
        before: the file as it was; empty if there was none.
        now: seconds since 1970: the number in a repository that is new beside records that are not.
    """
    documents = [each for each in yaml.safe_load_all(before) if isinstance(each, dict)]
    had = next((each for each in documents if each.get("kind") == "SparkJob"), {})
    rerun = max(now, int((had.get("spec") or {}).get("rerun", 0)) + 1)
    settings = {
        "apiVersion": "jobs.spark-on-eks/v1",
        "kind": "SparkJob",
        "metadata": {part: manifest["metadata"][part] for part in ("name", "namespace")},
        "spec": {"owner": "data-engineers", "rerun": rerun},
    }
    return yaml.safe_dump_all([manifest, settings], sort_keys=False)


@contextmanager
def _cloned(origin: Origin, folder: Path) -> Iterator[Repo]:
    """The repository's branch in a folder; a new one where nobody has pushed yet."""
    repo = Repo.init(str(folder), default_branch=BRANCH.encode())
    with repo:
        found = porcelain.fetch(repo, origin.url, username=origin.username, password=origin.password)
        head = found.refs.get(Ref(f"refs/heads/{BRANCH}".encode()))
        if head is not None:
            porcelain.reset(repo, "hard", head)
        yield repo


@contextmanager
def _origin(platform: Platform) -> Iterator[Origin]:
    secret = Kubectl(platform.kubeconfig).get("secret", REPOSITORY, JOBS_NAMESPACE)
    if secret is None:
        raise ReportedError(
            f"namespace {JOBS_NAMESPACE} has no Secret {REPOSITORY}", hint="`pulumi up` makes it"
        )
    known = {name: base64.b64decode(secret["data"][name]).decode() for name in ("username", "password")}
    with forwarded(platform.kubeconfig, JOBS_NAMESPACE, f"service/{REPOSITORY}", REPOSITORY_PORT) as port:
        yield Origin(url=f"http://127.0.0.1:{port}/jobs.git", **known)


def _run_of(platform: Platform, commit: str) -> str:
    """Name of the run that the worker made of a commit."""
    kubectl = Kubectl(platform.kubeconfig)
    selector = f"{LABELS}/job={JOB},{LABELS}/commit={commit}"
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        for each in kubectl.list("sparkapplications", platform.namespace, selector):
            return str(each["metadata"]["name"])
        time.sleep(_POLL_SECONDS)
    raise ReportedError(
        f"no run of commit {commit[:10]} came within {WAIT_SECONDS:.0f} s",
        hint=f"`kubectl logs -n {JOBS_NAMESPACE} deployment/jobs-worker` says what the worker read",
    )
