"""Jobs from Git as people have them: a clone of the repository, and the pages asked as somebody."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from apps.jobs.cli.api import Api
from flights import Platform
from tests.cluster import paced
from tests.cluster.paced import Pace, Paced
from tests.cluster.waiting import eventually

SEEN_SECONDS: Final = 120.0
"""From a push, or a press of a button, to what comes of it: a look at Git and a pass, on a busy machine."""

END_SECONDS: Final = 420.0
"""From a run's begin to its end: submission, driver, executors, on a busy machine."""

Run = dict[str, Any]
"""A run as the pages tell it as JSON."""


@dataclass(frozen=True)
class Clone:
    """Somebody's clone of the repository.

    Args:
        folder: where it is.
        url: of the repository.
        password: of the user `jobs`.
    """

    folder: Path
    url: str
    password: str = field(repr=False)

    def git(self, *arguments: str) -> str:
        """What git says; the password is in none of its arguments.

        Args:
            arguments: of git.
        """
        given = base64.b64encode(f"jobs:{self.password}".encode()).decode()
        environment = {
            **os.environ,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {given}",
            "GIT_AUTHOR_NAME": "Ann",
            "GIT_AUTHOR_EMAIL": "ann@example.com",
            "GIT_COMMITTER_NAME": "Ann",
            "GIT_COMMITTER_EMAIL": "ann@example.com",
        }
        done = subprocess.run(
            ["git", "-C", str(self.folder), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"git {arguments[0]}: {done.stderr}"
        return done.stdout.strip()

    @classmethod
    def made(cls, folder: Path, url: str, password: str) -> Clone:
        """Clone the repository.

        Args:
            folder: an empty one.
            url: of the repository.
            password: of the user `jobs`.
        """
        clone = cls(folder, url, password)
        clone.git("clone", "--quiet", url, ".")
        return clone

    def push(self, files: Mapping[str, str | None], message: str) -> str:
        """Write files, or take them away, and push that; gives the commit.

        Args:
            files: texts by their path; None for a file that goes.
            message: of the commit.
        """
        self.git("pull", "--quiet", "--rebase")
        for path, text in files.items():
            if text is None:
                (self.folder / path).unlink(missing_ok=True)
            else:
                (self.folder / path).write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        self.git("push", "--quiet", "origin", "HEAD:main")
        return self.git("rev-parse", "HEAD")


def once(run: Paced, *, rerun: int = 0, **changes: Any) -> str:
    """A file with a job that runs once.

    Args:
        run: the job; its name is the file's.
        rerun: grows to run it again.
        changes: fields of its spec that replace the usual ones.
    """
    settings = _settings(run, rerun=rerun, owner="data-engineers", retries={"most": 0})
    return yaml.safe_dump_all([paced.manifest(run, changes), settings], sort_keys=False)


def hourly(run: Paced, output: str, minute: int, *, conditions: Mapping[str, str] | None = None) -> str:
    """A file with a job that runs each hour, and a check of what it writes.

    Args:
        run: the job.
        minute: of the hour at which it runs.
        output: where an interval's data is, with a mark for the interval.
        conditions: in SQL, by the name of their check.
    """
    application = paced.manifest(run, {})
    spec = application["spec"]
    spec["arguments"][0] = f"--output={output}"
    schedule = {
        **application,
        "kind": "ScheduledSparkApplication",
        "spec": {
            "schedule": f"{minute} * * * *",
            "timeZone": "UTC",
            "concurrencyPolicy": "Forbid",
            "template": spec,
        },
    }
    checks: list[dict[str, Any]] = [{"name": "numbers", "output": output, "rowsAtLeast": run.pace.rows}]
    checks += [{"name": name, "output": output, "sql": sql} for name, sql in (conditions or {}).items()]
    # Intervals before today are started by a backfill alone.
    settings = _settings(run, owner="data-engineers", catchUp="none", retries={"most": 0}, checks=checks)
    return yaml.safe_dump_all([schedule, settings], sort_keys=False)


def _settings(run: Paced, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "jobs.spark-on-eks/v1",
        "kind": "SparkJob",
        "metadata": {"name": run.name, "namespace": run.platform.namespace},
        "spec": spec,
    }


def named(platform: Platform, name: str, pace: Pace) -> Paced:
    """A job that comes from Git: its runs have other names.

    Args:
        platform: where.
        name: the job's.
        pace: how large its runs are.
    """
    return Paced(name, platform, pace)


def runs(api: Api, **query: str) -> list[Run]:
    """Runs of the list, by interval and number.

    Args:
        api: who asks.
        query: what they have to be, such as `job` or `namespace`.
    """
    found: list[Run] = api.get("/runs", **query)["runs"]
    return sorted(found, key=lambda each: (each["interval"], each["n"]))


def place(run: Run) -> str:
    """Where a run's page is, below the pages' address.

    Args:
        run: as the pages tell it.
    """
    return f"/runs/{run['namespace']}/{run['job']}/{run['interval']}/{run['n']}"


def until(
    api: Api, job: str, phases: Sequence[str], count: int = 1, *, timeout: float = SEEN_SECONDS
) -> list[Run]:
    """Runs of a job, once there are so many and all are in one of some phases.

    Args:
        api: who asks.
        job: the job's name.
        phases: any of them.
        count: of runs.
        timeout: seconds.
    """

    def there() -> list[Run] | None:
        found = runs(api, job=job)
        return found if len(found) >= count and all(each["phase"] in phases for each in found) else None

    return eventually(f"{job}: {count} runs, each {' or '.join(phases)}", there, timeout=timeout)
