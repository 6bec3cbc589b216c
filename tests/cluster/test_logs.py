"""A job's logs stay after its pods, and one link of the history server leads to them."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import flights
from tests.cluster import paced
from tests.cluster.history import History
from tests.cluster.paced import Pace
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

STORED_SECONDS = 60.0
"""What a line may take on a busy machine; the stack flushes every few seconds."""

LAST_WORDS = "BlockManager stopped"
"""What an executor says last: its logging is shut down before Spark's own hook speaks."""


@dataclass(frozen=True)
class Gone:
    """A run of which nothing is left in the cluster.

    Args:
        run_id: Spark's id of it.
        namespace: where it ran.
        name: name of its SparkApplication.
        driver: name of its driver's pod.
        printed: all that its driver had printed, as Kubernetes said before it was deleted.
    """

    run_id: str
    namespace: str
    name: str
    driver: str
    printed: str


@pytest.fixture(scope="module")
def gone(theirs: flights.Platform) -> Gone:
    """A short job, deleted with all its pods the moment it has ended."""
    run = paced.start(theirs, Pace(rows=100, tasks=2, seconds=0.1, executors=1))
    run.wait_until_started()
    driver = f"{run.name}-driver"
    run_id = run.spark_id()
    status = run.wait_until_ended()
    printed = run.kubectl.logs(driver, theirs.namespace)
    run.remove()
    assert status == 0, printed
    return Gone(run_id, theirs.namespace, run.name, driver, printed)


@pytest.fixture(scope="module", autouse=True)
def _with_a_session(signed_in: dict[str, str]) -> Iterator[None]:
    """What is read here is behind the login, as all pages are."""
    opener = urllib.request.build_opener()
    opener.addheaders = list(signed_in.items())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urllib.request, "_opener", opener)
        yield


def read(url: str) -> str:
    """What a browser is shown; empty while there is nothing."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 - the stack's own address
            return str(answer.read().decode())
    except OSError:
        return ""


def stored_with(words: str, url: str) -> str:
    """A log, once it holds some words."""
    return eventually(
        f"the log at {url} has {words!r}",
        lambda: text if words in (text := read(url)) else None,
        timeout=STORED_SECONDS,
    )


def links(history: History, gone: Gone) -> list[dict[str, str]]:
    """The links of each executor in the history server, the driver's own row aside."""

    def found() -> list[dict[str, str]]:
        executors: list[dict[str, Any]] = history.get(f"applications/{gone.run_id}/allexecutors") or []
        return [each["executorLogs"] for each in executors if each["id"] != "driver"]

    return eventually("the history server shows the run's executors", found)


def test_every_line_of_a_driver_is_there_after_it_is_deleted(gone: Gone, history: History) -> None:
    link = links(history, gone)[0]["driver"]
    stored = eventually(
        "the driver's whole log is stored",
        lambda: text if len(text := read(link)) >= len(gone.printed) else None,
        timeout=STORED_SECONDS,
    )
    assert stored == gone.printed, "lines are lost, changed or out of order"


def test_an_executor_that_spark_deletes_at_its_end_has_its_last_line(gone: Gone, history: History) -> None:
    for each in links(history, gone):
        text = stored_with(LAST_WORDS, each["log"])
        assert "Driver commanded a shutdown" in text


def test_the_links_lead_by_namespace_application_and_run(
    gone: Gone, history: History, outputs: dict[str, Any]
) -> None:
    for each in links(history, gone):
        assert set(each) == {"log", "driver"}
        for link in each.values():
            assert link.startswith(f"{outputs['logsUrl']}/{gone.namespace}/")
            assert f"/{gone.run_id}/" in link


def test_a_run_is_found_by_its_namespace_and_name(gone: Gone, outputs: dict[str, Any]) -> None:
    assert f">{gone.run_id}</a>" in read(f"{outputs['logsUrl']}/{gone.namespace}/{gone.name}/")
    pods = read(f"{outputs['logsUrl']}/{gone.namespace}/{gone.name}/{gone.run_id}/")
    assert f">{gone.driver}</a>" in pods


@pytest.mark.parametrize(
    ("verb", "resource", "allowed"),
    [
        ("list", "pods", True),
        ("watch", "pods", True),
        ("get", "secrets", False),
        ("get", "pods/log", False),
        ("get", "configmaps", False),
        ("delete", "pods", False),
        ("create", "pods", False),
        ("list", "nodes", False),
    ],
)
def test_the_collector_may_see_pods_and_nothing_else(
    kubectl: Kubectl, verb: str, resource: str, allowed: bool
) -> None:
    collector = Kubectl(kubectl.kubeconfig, "system:serviceaccount:spark-logs-nodes:log-collector")
    kind, _, below = resource.partition("/")
    # kubectl takes what follows a slash for a name.
    part = [f"--subresource={below}"] if below else []
    try:
        answer = collector.run("auth", "can-i", verb, kind, *part, "--all-namespaces").strip()
    except ReportedError:
        answer = "no"  # kubectl ends with 1 then
    assert (answer == "yes") is allowed


def test_every_node_has_a_collector_that_is_ready(kubectl: Kubectl) -> None:
    found = kubectl.get("daemonset", "log-collector", "spark-logs-nodes")
    assert found is not None
    status = found["status"]
    assert status["numberReady"] == status["desiredNumberScheduled"] == len(kubectl.list("nodes"))
