"""The flights job on a platform: upload, submit, wait, answer.

Works with any cluster that the kubeconfig names. What it prints can be done by hand as well: the manifests in
`jobs/flights` are what it creates, with the placeholders filled as envsubst would.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from flights.dataset import Dataset
from flights.dataset import fetch as fetch_data
from flights.platform import Platform
from flights.platform import find as find_platform
from flights.pushing import push
from flights.results import Report, answer, previous, remember, show
from flights.sight import Times
from flights.store import Store, connect, open_store
from flights.submit import FOLDER, Kind, Submission, new_name, remove, render, submit
from flights.watch import Outcome, wait
from toolchain.kubectl import Kubectl

__all__ = [
    "Dataset",
    "Kind",
    "Outcome",
    "Platform",
    "Report",
    "Store",
    "Submission",
    "Times",
    "answer",
    "connect",
    "demonstrate",
    "fetch_data",
    "find_platform",
    "new_name",
    "open_store",
    "previous",
    "remember",
    "remove",
    "render",
    "run",
    "show",
    "submit",
    "upload",
    "wait",
]

EVERY_MINUTE = "* * * * *"
"""Schedule of a trial: nobody waits until five in the morning."""


def upload(platform: Platform, store: Store, data: Dataset) -> int:
    """Put data and code into the tenant's prefixes; gives the number of files that were not there already.

    Args:
        platform: where.
        store: with the tenant's rights.
        data: from `fetch_data`.

    Raises:
        ReportedError: the store refuses.
    """
    uploaded = [
        store.upload(path, platform.data_bucket, f"{platform.input_prefix}/{path.name}")
        for path in data.files
    ]
    uploaded.append(store.upload(FOLDER / "flights.py", platform.artifacts_bucket, platform.code_key))
    return sum(uploaded)


def demonstrate(console: Console, kubectl: Kubectl, outputs: Mapping[str, Any]) -> Report:
    """What `make up` ends with: the job as the stack's first tenant, and its answer.

    It comes through the repository in the cluster, where there is one.

    Args:
        console: for progress and answer.
        kubectl: the cluster.
        outputs: the stack's.

    Raises:
        ReportedError: a step failed; the message says which and why.
    """
    platform = find_platform(kubectl, outputs)
    return run(platform, console, kind=Kind.GIT if platform.follows_git else Kind.OPERATOR)


def run(
    platform: Platform,
    console: Console,
    *,
    kind: Kind = Kind.OPERATOR,
    again: bool = False,
    timeout: float = 900,
) -> Report:
    """Run the job and check and show its answer; a run of the same code, image and data is not repeated.

    Args:
        platform: where.
        console: for progress and answer.
        kind: how the job runs; a schedule is set to every minute and removed after its first run.
        again: run even if the same was run before.
        timeout: seconds that the run may take.

    Raises:
        ReportedError: a step failed; the message says which and why.
    """
    with console.status("fetching the flights"):
        data = fetch_data()
    with open_store(platform) as store:
        report = None if again else previous(platform, kind, store)
        if report is None:
            upload(platform, store, data)
    if report is None:
        report = _new_run(platform, console, kind, data, timeout)
    show(report, platform, console)
    return report


def _new_run(platform: Platform, console: Console, kind: Kind, data: Dataset, timeout: float) -> Report:
    """Submit, wait, compare; without holding a connection to the store, which may restart meanwhile."""
    console.print(f"flights by {kind.value}, as tenant {platform.namespace}")
    if kind is Kind.GIT:
        submission = push(platform)
    else:
        submission = submit(kind, platform, schedule=EVERY_MINUTE if kind is Kind.SCHEDULE else "")
    try:
        outcome = wait(submission, platform.kubeconfig, console, timeout=timeout)
    finally:
        if kind is Kind.SCHEDULE:
            remove(submission, platform)
    with open_store(platform) as store, console.status("comparing the answer with DuckDB's"):
        report = answer(outcome, kind, platform, store, data)
        remember(report, platform, store)
    return report
