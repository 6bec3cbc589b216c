"""Starts a run: fills a manifest of `jobs/flights` as a user would with envsubst, and creates it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from string import Template
from typing import Any, Final

import yaml

from flights.platform import Platform
from toolchain.kubectl import Kubectl
from workspace import paths
from workspace.errors import ReportedError

FOLDER: Final = paths.ROOT / "jobs" / "flights"


class Kind(StrEnum):
    """Ways to run the job."""

    OPERATOR = "operator"
    SPARK_SUBMIT = "spark-submit"
    SCHEDULE = "schedule"
    GIT = "git"

    @property
    def manifest(self) -> str:
        """File in `jobs/flights`."""
        others = {"spark-submit": "spark-submit.yaml", "schedule": "flights-scheduled.yaml"}
        return others.get(self, "flights.yaml")

    @property
    def resource(self) -> str:
        """What kubectl calls the object that is created."""
        others = {"spark-submit": "job", "schedule": "scheduledsparkapplication"}
        return others.get(self, "sparkapplication")


@dataclass(frozen=True)
class Submission:
    """An object that was created.

    Args:
        name: its name; for the first two kinds also the run's.
        namespace: the tenant's.
        kind: how the job runs.
    """

    name: str
    namespace: str
    kind: Kind


def new_name(now: datetime | None = None) -> str:
    """A name that no other run has: the second it was made in and four random hex digits.

    24 characters, so that a schedule's runs, which get 20 more, stay within a label's 63.

    Args:
        now: the time; None for this moment, in UTC.
    """
    return f"flights-{now or datetime.now(UTC):%m%d-%H%M%S}-{secrets.token_hex(2)}"


def render(kind: Kind, platform: Platform, run: str) -> dict[str, Any]:
    """The manifest with its placeholders filled.

    Args:
        kind: which manifest.
        platform: gives namespace, image and buckets.
        run: the object's name.

    Raises:
        ReportedError: the manifest has a placeholder that nobody fills.
    """
    text = (FOLDER / kind.manifest).read_text()
    # Comments show placeholders in shell syntax.
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    values = {
        "RUN": run,
        "NAMESPACE": platform.namespace,
        "SPARK_IMAGE": platform.image,
        "DATA_BUCKET": platform.data_bucket,
        "ARTIFACTS_BUCKET": platform.artifacts_bucket,
        "PRIORITY_CLASS": platform.priority_class,
    }
    try:
        return dict(yaml.safe_load(Template("\n".join(lines)).substitute(values)))
    except KeyError as error:
        raise ReportedError(
            f"jobs/flights/{kind.manifest} has the placeholder {error}, which nothing fills",
            hint=f"use one of {', '.join(values)}",
        ) from error


def submit(kind: Kind, platform: Platform, *, run: str = "", schedule: str = "") -> Submission:
    """Create a run, or a schedule of runs.

    Args:
        kind: how the job runs.
        platform: where.
        run: a name that is not taken; made up if empty.
        schedule: cron expression instead of the manifest's, for `Kind.SCHEDULE` only.

    Raises:
        ReportedError: the cluster refuses, for example because the name is taken or the quota is used up.
    """
    name = run or new_name()
    manifest = render(kind, platform, name)
    if schedule:
        if kind is not Kind.SCHEDULE:
            raise ReportedError(
                f"{kind} runs once and takes no schedule", hint="leave it out, or use schedule"
            )
        manifest["spec"]["schedule"] = schedule
    Kubectl(platform.kubeconfig).create(manifest)
    return Submission(name, platform.namespace, kind)


def remove(submission: Submission, platform: Platform) -> None:
    """Delete a run or schedule with its pods; its results in the store and its event log stay.

    Args:
        submission: from `submit`; one that is gone already is no error.
        platform: where.
    """
    kubectl = Kubectl(platform.kubeconfig)
    kubectl.delete(submission.kind.resource, submission.name, submission.namespace)
    if submission.kind is Kind.SPARK_SUBMIT:
        # Nobody owns the driver of a plain spark-submit; it owns all the rest.
        kubectl.delete("pod", f"{submission.name}-driver", submission.namespace)
