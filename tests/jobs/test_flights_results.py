"""What is accepted as a run's result, and how it is told."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import flights
from flights import results
from workspace.errors import ReportedError

PLATFORM = flights.Platform(
    kubeconfig=Path("/etc/kubeconfig"),
    namespace="data-dev",
    image="spark:1",
    endpoint=None,
    history_url="http://127.0.0.1:30180",
)


def entry(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "flights": 1000, "late": 250, "mean_delay": 9.25, "median_delay": -1.0, **more}


@pytest.fixture
def report() -> flights.Report:
    lists = {name: [entry(f"{name}-{number}") for number in range(4)] for _, name in results.LISTS}
    answer = {
        "application": "spark-0123",
        "spark": "4.1.2",
        "rejected": {"delay not believable": 35},
        "total": entry("all"),
        **lists,
    }
    start = datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC)
    times = flights.Times(start, start.replace(second=9), start.replace(second=21), start.replace(minute=1))
    return flights.Report("flights-1", flights.Kind.OPERATOR, answer, times)


def test_a_report_survives_being_stored(report: flights.Report) -> None:
    assert flights.Report.from_json(report.to_json()) == report


def test_the_answer_is_shown_with_times_and_where_to_look(report: flights.Report) -> None:
    console = Console(file=io.StringIO(), record=True, width=120)
    flights.show(report, PLATFORM, console)
    text = console.export_text()

    assert "25.0% arrived 15 minutes late or more" in text, "the headline"
    assert "the median arrival was 1 minute early, the mean 9.2 minutes late" in text, (
        "typical and mean delay"
    )
    assert "35 delay not believable" in text, "what was left out, and why"
    assert "created -> driver running 9 s, -> first executor 12 s, -> finished 39 s, in all 60 s" in text
    assert "http://127.0.0.1:30180/history/spark-0123/" in text, "where its event log is shown"
    assert "logs -n data-dev flights-1-driver" in text, "how to see its log"
    assert "worst_days-2" in text, "the first three of a ranking"
    assert "worst_days-3" not in text, "and no more"


def test_a_moment_that_was_not_seen_is_left_out(report: flights.Report) -> None:
    console = Console(file=io.StringIO(), record=True, width=120)
    unseen = flights.Times(report.times.created, report.times.driver, None, report.times.finished)
    flights.show(flights.Report("flights-1", report.kind, report.answer, unseen), PLATFORM, console)
    text = console.export_text()

    assert "first executor" not in text, "no invented time"
    assert "created -> driver running 9 s, -> finished 51 s" in text


def test_an_answer_is_read_from_all_its_parts(tmp_path: Path) -> None:
    (tmp_path / "answer").mkdir()
    (tmp_path / "answer" / "part-00000.txt").write_text('{"run": "flights-1"}\n')

    assert results.read_answer(tmp_path, "s3://data/x") == {"run": "flights-1"}


def test_a_missing_answer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReportedError, match="s3://data/x/answer is missing"):
        results.read_answer(tmp_path, "s3://data/x")


def write_markers(folder: Path, **markers: str) -> None:
    for name in results.TABLES:
        (folder / name).mkdir()
        (folder / name / "_SUCCESS").write_text(markers.get(name, json.dumps({"committer": "magic"})))


def test_results_of_the_magic_committer_are_accepted(tmp_path: Path) -> None:
    write_markers(tmp_path)

    results.check_committer(tmp_path)


@pytest.mark.parametrize("marker", ["", '{"committer": "directory"}'])
def test_results_of_another_committer_are_refused(tmp_path: Path, marker: str) -> None:
    write_markers(tmp_path, statistics=marker)
    with pytest.raises(ReportedError, match="statistics was not written by the magic committer"):
        results.check_committer(tmp_path)


def test_the_digest_changes_with_image_and_way_and_not_with_the_tenant() -> None:
    def digest(image: str, kind: flights.Kind, namespace: str = "data-dev") -> str:
        platform = flights.Platform(
            kubeconfig=Path("unused"), namespace=namespace, image=image, endpoint=None
        )
        return results.digest(platform, kind)

    first = digest("spark:1", flights.Kind.OPERATOR)
    assert first == digest("spark:1", flights.Kind.OPERATOR, "science-dev"), (
        "each tenant's is kept apart by prefix"
    )
    assert first != digest("spark:2", flights.Kind.OPERATOR), "another image may give another answer"
    assert first != digest("spark:1", flights.Kind.SCHEDULE), "another way is another thing to show"


class Objects:
    """Objects that a cluster has, by kind and name."""

    kubeconfig = Path("/etc/kubeconfig")

    def __init__(self, **objects: dict[str, Any]) -> None:
        self.objects = objects

    def get(self, kind: str, _name: str, _namespace: str) -> dict[str, Any] | None:
        return self.objects.get(kind)


DEFAULTS = """spark.hadoop.fs.s3a.endpoint=http://object-store.object-store.svc:7070
spark.hadoop.fs.s3a.endpoint.region=us-east-1
spark.kubernetes.container.image=localhost/spark:4.1.2-abc
spark.kubernetes.file.upload.path=s3a://artifacts-7/data-dev/uploads
"""


def test_image_and_store_are_those_of_the_tenants_own_defaults() -> None:
    template = "spec: {priorityClassName: spark-high}"
    files = {"spark-defaults.conf": DEFAULTS, "driver-pod.yaml": template}
    cluster: Any = Objects(configmap={"data": files})
    outputs = {"namespaces": ["data-dev", "science-dev"], "historyUrl": None, "dataBucket": "data-7"}
    platform = flights.find_platform(cluster, outputs)

    assert platform.namespace == "data-dev", "the stack's first tenant"
    assert platform.image == "localhost/spark:4.1.2-abc"
    assert platform.endpoint == "http://object-store.object-store.svc:7070"
    assert (platform.data_bucket, platform.artifacts_bucket) == ("data-7", "artifacts-7")
    assert platform.priority_class == "spark-high", "raw spark-submit writes it on its pod"
    assert platform.history_url == "", "none is told rather than `None`"


def test_an_unknown_tenant_is_refused_with_the_known_ones() -> None:
    cluster: Any = Objects()
    with pytest.raises(ReportedError, match="no tenant web-dev; the stack has data-dev"):
        flights.find_platform(cluster, {"namespaces": ["data-dev"]}, "web-dev")


def test_a_stack_without_tenants_can_not_run_the_job() -> None:
    cluster: Any = Objects()
    with pytest.raises(ReportedError, match="no tenant at all"):
        flights.find_platform(cluster, {})


def test_a_cluster_without_the_stack_is_told() -> None:
    cluster: Any = Objects()
    with pytest.raises(ReportedError, match="namespace data-dev has no ConfigMap spark-defaults"):
        flights.find_platform(cluster, {"namespaces": ["data-dev"]})
