"""Whatever the history server answers, the exporter goes on, counts the right runs, and can be scraped.

Event logs are written by those whose runs they tell of: the answers below are what logs could be forged to
make of a real server's, and worse.
"""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from apps.history_exporter import history
from apps.history_exporter.history import HistoryServer
from apps.history_exporter.job import RUN_NAME, SCHEDULE
from apps.history_exporter.ledger import Ledger
from apps.history_exporter.listing import NAME_LENGTH
from apps.history_exporter.metrics import Health, LedgerCollector
from apps.history_exporter.poller import TRIES, Poller
from apps.history_exporter.runs import COUNTED, DATA_INTERVAL_END
from tests.support.serving import serving

NOW = 1_800_000_000.0
TEAMS = {"data-dev": "data", "science-dev": "science"}
LABEL_LIMIT = 1024
"""Characters of a label with which Prometheus drops a whole scrape (components' LABEL_VALUE_LENGTH_LIMIT)."""

STAGE = {**dict.fromkeys(COUNTED.values(), 3), "stageId": 0, "attemptId": 0, "numCompleteTasks": 9}
EXECUTOR = {"id": "1", "totalCores": 2, "addTime": "2027-01-15T08:00:00.000GMT", "removeTime": None}


class Answers(BaseHTTPRequestHandler):
    """Answers each part of the API with what the test put there."""

    content: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        """Answer by the last part of the path; the list of applications has none behind its name."""
        part = self.path.partition("?")[0].rpartition("/")[2]
        right = self.path.startswith("/api/v1/applications/right/")
        body = (RIGHT if right else self.content)[part]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


RIGHT = {
    "environment": encoded({"sparkProperties": []}),
    "stages": encoded([STAGE]),
    "jobs": encoded([]),
    "allexecutors": encoded([]),
    "taskSummary": encoded({"duration": [1, 2, 3]}),
}


def application(name: str, namespace: str = "data-dev") -> dict[str, Any]:
    ended = int(NOW * 1000) + 1000
    attempt = {
        "startTimeEpoch": ended - 500,
        "endTimeEpoch": ended,
        "completed": True,
        "sparkUser": namespace,
    }
    return {"id": name, "name": name, "attempts": [attempt]}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_address[1]}"


class Exporter:
    """The exporter's parts, put together as its program does."""

    def __init__(self, url: str, ledger: Path, *, again: bool = False) -> None:
        if not again:
            ledger.unlink(missing_ok=True)
        self.health = Health()
        self.now = NOW
        self.ledger = Ledger(ledger, now=self.clock, names=20, forget_seconds=1e6)
        collector = LedgerCollector(self.health, announce_seconds=0, now=self.clock)
        self.poller = Poller(
            HistoryServer(url, timeout=5),
            self.ledger,
            collector,
            self.health,
            teams=TEAMS,
            runs_per_poll=20,
            now=self.clock,
        )
        self.registry = CollectorRegistry()
        self.registry.register(collector)
        self.now += 60

    def clock(self) -> float:
        """The time."""
        return self.now

    def samples(self) -> list[Any]:
        """What Prometheus would read."""
        text = generate_latest(self.registry).decode()
        return [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def counted(self, job: str, namespace: str = "data-dev") -> float:
        """Records that were counted for a job."""
        return sum(
            float(sample.value)
            for sample in self.samples()
            if sample.name == "spark_history_input_records_total"
            and (sample.labels["spark_job"], sample.labels["namespace"]) == (job, namespace)
        )


TEXTS = st.sampled_from(["", "x" * 1024, "a b", "../..", "science-dev", "\ud800", "\x00"]) | st.text(
    st.characters(exclude_categories=()), max_size=20
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -1, 2**63, int(NOW * 1e6)])
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def nearly(right: dict[str, Any], values: st.SearchStrategy[Any] = ANYTHING) -> st.SearchStrategy[Any]:
    """An object as it should be but for one field, which is missing or something else."""

    def changed(field: str, value: Any, missing: bool) -> dict[str, Any]:
        rest = {key: kept for key, kept in right.items() if key != field}
        return rest if missing else {**rest, field: value}

    return st.builds(changed, st.sampled_from(sorted(right)), values, st.booleans())


SOUND = application("forged")
ATTEMPTS = nearly({**SOUND["attempts"][0], "attemptId": "1"}, ANYTHING | TEXTS | NUMBERS)
APPLICATIONS = (
    nearly(SOUND, TEXTS) | nearly(SOUND) | st.builds(lambda each: {**SOUND, "attempts": [each]}, ATTEMPTS)
)
PROPERTIES = st.builds(
    lambda pairs: {"sparkProperties": pairs},
    st.lists(st.tuples(st.sampled_from([SCHEDULE, RUN_NAME, DATA_INTERVAL_END]) | TEXTS, TEXTS), max_size=3),
)
STAGES = st.lists(nearly(STAGE, NUMBERS | ANYTHING), max_size=3)


HOSTILE: dict[str, st.SearchStrategy[Any]] = {
    "applications": st.lists(APPLICATIONS | ANYTHING, min_size=1, max_size=4),
    "environment": PROPERTIES | ANYTHING,
    "stages": STAGES | ANYTHING,
    "jobs": ANYTHING,
    "allexecutors": st.lists(nearly(EXECUTOR, NUMBERS | ANYTHING), max_size=3) | ANYTHING,
    "taskSummary": nearly({"duration": [1, 2, 3]}) | ANYTHING,
}


@pytest.mark.parametrize("part", HOSTILE)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_run_can_keep_another_from_being_counted(
    url: str, tmp_path: Path, part: str, data: st.DataObject
) -> None:
    answer: Any = data.draw(HOSTILE[part])
    wrong = answer if part == "applications" else [SOUND]
    listing = encoded([*wrong, application("right", "science-dev")])
    Answers.content = {**RIGHT, part: encoded(answer), "applications": listing}
    exporter = Exporter(url, tmp_path / "ledger.json")
    for _ in range(2):
        exporter.poller.poll()
    assert exporter.counted("right", "science-dev") == STAGE["inputRecords"]
    for sample in exporter.samples():
        assert all(len(value) <= NAME_LENGTH < LABEL_LIMIT for value in sample.labels.values())
        assert sample.labels.get("namespace", "data-dev") in TEAMS
    assert exporter.ledger.newest_end <= exporter.now


@pytest.mark.parametrize(
    "answer",
    [b"", b"null", b"{}", b"[", b"[" * 100_000, b"\xff", b"NaN", b" " * (history.ANSWER_BYTES + 1)],
    ids=["empty", "null", "object", "cut", "deep", "no text", "nan", "long"],
)
def test_a_list_that_is_none_is_an_error_that_is_counted_and_survived(
    url: str, tmp_path: Path, answer: bytes
) -> None:
    exporter = Exporter(url, tmp_path / "ledger.json")
    Answers.content = {"applications": answer}
    exporter.poller.poll()
    assert exporter.health.errors == 1
    Answers.content = {"applications": encoded([application("right")])}
    exporter.poller.poll()
    assert exporter.counted("right") == STAGE["inputRecords"], "and the next one is read as ever"


def test_a_run_that_stays_unreadable_is_given_up_once_and_named_by_its_reason(
    url: str, tmp_path: Path
) -> None:
    exporter = Exporter(url, tmp_path / "ledger.json")
    Answers.content = {
        "applications": encoded([application("torn"), application("right")]),
        "environment": b"{}",
    }
    for _ in range(TRIES + 3):
        exporter.poller.poll()
    assert exporter.health.dropped["unreadable"] == 1
    assert exporter.counted("right") == STAGE["inputRecords"]


def test_a_run_that_ends_the_process_at_each_try_is_given_up_and_the_others_go_on(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = HistoryServer.stages

    def killed(self: HistoryServer, run: str) -> Iterator[Any]:
        if run == "a-heavy":
            raise SystemExit("killed for its memory")
        return read(self, run)

    monkeypatch.setattr(HistoryServer, "stages", killed)
    Answers.content = {**RIGHT, "applications": encoded([application("a-heavy"), application("right")])}
    Exporter(url, tmp_path / "ledger.json")
    ends = 0
    for _ in range(TRIES):
        exporter = Exporter(url, tmp_path / "ledger.json", again=True)
        try:
            exporter.poller.poll()
            break
        except SystemExit:
            ends += 1
    assert ends == 3
    assert exporter.health.dropped["unreadable"] == 1
    assert exporter.counted("right") == STAGE["inputRecords"]


def test_tries_are_counted_on_after_a_restart(url: str, tmp_path: Path) -> None:
    Answers.content = {"applications": encoded([application("torn")]), "environment": b"{}"}
    Exporter(url, tmp_path / "ledger.json").ledger.save()
    for _ in range(TRIES):
        exporter = Exporter(url, tmp_path / "ledger.json", again=True)
        exporter.poller.poll()
    assert exporter.health.dropped["unreadable"] == 1


def test_a_run_with_more_stages_than_the_pod_has_memory_for_is_read_piece_by_piece(
    url: str, tmp_path: Path
) -> None:
    stages = encoded([{**STAGE, "details": "x" * 40_000}] * 1000)
    assert len(stages) > 4 * history.ANSWER_BYTES
    exporter = Exporter(url, tmp_path / "ledger.json")
    Answers.content = {**RIGHT, "applications": encoded([application("large")]), "stages": stages}
    tracemalloc.start()
    try:
        exporter.poller.poll()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert exporter.counted("large") == 1000 * STAGE["inputRecords"]
    assert peak < 2 * history.ANSWER_BYTES, "the list of applications may take one of them"


@pytest.mark.parametrize("name", ["x", "\\", '"', "]},[{", "\U0001f4a5"])
def test_a_run_whose_name_fills_the_list_is_dropped_and_counted_and_the_others_go_on(
    url: str, tmp_path: Path, name: str
) -> None:
    long = {**application("long"), "name": name * (2 * history.ANSWER_BYTES // len(json.dumps(name)))}
    listing = [application("before"), long, application("right"), {**long, "id": "last"}]
    exporter = Exporter(url, tmp_path / "ledger.json")
    Answers.content = {**RIGHT, "applications": encoded(listing)}
    tracemalloc.start()
    try:
        for _ in range(2):
            exporter.poller.poll()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [exporter.counted(each) for each in ("before", "right")] == [STAGE["inputRecords"]] * 2
    assert exporter.health.errors == 0
    assert exporter.health.dropped["shape"] == 1
    assert peak < 2 * history.ANSWER_BYTES, "the two names have twice as many each"


@pytest.mark.parametrize(
    "stages",
    [b"[{}", b"[{},", b"[{} {}]", b"[{}]x", b"{}", b"", b"[\xff]", b"[" * 100_000],
    ids=["open", "after a comma", "no comma", "more behind it", "object", "empty", "no text", "deep"],
)
def test_a_list_of_stages_that_is_cut_or_none_counts_nothing(url: str, tmp_path: Path, stages: bytes) -> None:
    exporter = Exporter(url, tmp_path / "ledger.json")
    Answers.content = {**RIGHT, "applications": encoded([application("torn")]), "stages": stages}
    exporter.poller.poll()
    assert exporter.health.errors == 1
    assert exporter.counted("torn") == 0


def test_what_is_dropped_is_counted_once_although_it_is_listed_again(url: str, tmp_path: Path) -> None:
    exporter = Exporter(url, tmp_path / "ledger.json")
    Answers.content = {"applications": encoded([application("a b"), application("right")])}
    for _ in range(3):
        exporter.poller.poll()
    (shown,) = (
        sample.value
        for sample in exporter.samples()
        if sample.name == "spark_history_dropped_runs_total" and sample.labels == {"reason": "id"}
    )
    assert shown == 1
