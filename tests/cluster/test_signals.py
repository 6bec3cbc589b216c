"""What the live Prometheus says of the flights job and of induced faults: every rule, panel and alert.

The whole story runs once. What was done stands in the columns of the table that is printed; the tests below
look at single cells, and at what no scrape of the whole story had.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pytest

import flights
from apps.jobs.cli.api import Api
from components.domain import Tenant
from components.naming import CANARY_NAMESPACE
from components.observability.alerts import recorded
from components.observability.rule_model import Site
from tests.cluster import git_jobs, pods, signal_faults
from tests.cluster.conftest import Say
from tests.cluster.paced import Paced
from tests.observability.api import PrometheusApi
from tests.observability.evaluation import Story, missing
from tests.observability.expressions import expressions
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(2400)]

FLIGHTS = "flights"
OOM = "executors killed for memory"
FAILING = "driver fails"
UNPLACED = "no node for a driver"
WAITING = "no node for an executor"
REFUSED = "quota refuses"
FAULTS = "faults side by side"

SEEN_SECONDS = 420.0
"""From a fault to its signal: submission, the fault itself, a scrape, and two rounds of the rules."""

LOOK_SECONDS = 15.0

EXPECTED: dict[str, tuple[str, ...]] = {
    FLIGHTS: (
        "spark:pod:info",
        "spark:pod:phase",
        "spark:pods:count",
        "spark:driver:run_seconds",
        "spark:driver:queue_seconds",
        "spark:driver:executors_target",
        "spark:container_memory_limit_ratio:p95",
        "spark:container_cpu_request_ratio:avg5m",
        "spark:quota_used:ratio",
        "spark:input_bytes:rate5m",
        "Spark: one run / Time in garbage collection",
        "spark:drivers_finished:count1h",
        # Ends with the last executor: to be seen before the job has ended.
        "Spark: one run / Highest heap so far",
    ),
    OOM: ("SparkExecutorOOMKilled", "spark:pod:failed_reason", "spark:pod:finished_timestamp_seconds"),
    FAILING: ("SparkDriverFailed", "spark:pod:failed_reason"),
    UNPLACED: ("spark:app:state", "Spark: for people from EMR / AppsPending"),
    WAITING: ("Spark: for people from EMR / ContainerPending",),
    REFUSED: (
        "SparkQuotaRefusingExecutors",
        "SparkSubmissionFailing",
        "SparkAppSLABreached",
        "spark:driver:executors_missing",
        "spark:quota_refusals:rate5m",
        "spark:app:sla_used:ratio",
    ),
}
"""What each has to show: names of rules and alerts whose expression returns something.

The faults are induced together, so that one wait is enough; further down, single tests hold the signals that
several of them give against the job that each is to name.
"""

READ_BY_EXPORTER = ("Spark: one run / Rows read", "Spark: history server / Age of the newest data")
"""Panels of what the history exporter read of the run that ended well."""

LAST_CANARY = "Spark: operator / Last canary that got through"

LATE_IN_RECORDS = 'spark_job_agreed_times_last_timestamp_seconds{result="bad"}'
"""The worker counts a run whose agreed time is over, also while it is under way."""

INDUCED = (OOM, FAILING, UNPLACED, WAITING, REFUSED)

NOT_INDUCED = {
    "kube_pod_status_reason": "needs a node that evicts; kube-state-metrics, pod-metrics.md",
    "ALERTS": "exists while an alert is pending or fires, which these faults may be too short for",
    "kube_sparkapp_conf_executor_instances": "is read as executor_instances is, from the job's properties",
    "kube_sparkapp_sla_label_seconds": "is read as sla_seconds is, of runs of a schedule that has the label",
    "kube_sparkschedule_suspended": "is there once somebody has written whether a schedule is suspended",
    "spark_streaming_inputRate_total": "needs a stream; tests/apps/history_exporter has two",
    "spark_streaming_processingRate_total": "as the rate of what comes",
    "spark_streaming_latency": "as the rate of what comes",
    "spark_streaming_eventTime_watermark": "as the rate of what comes",
    "prometheus_remote_storage_queue_highest_sent_timestamp_seconds": "test_remote_write.py has it",
    "prometheus_remote_storage_samples_failed_total": "as the newest sample that was sent",
    "spark_history_data_max_age_seconds": "is there once a run has said how old its data may become",
}
"""Metrics that nothing here brings about, with where their names are from."""

NEVER = ("spark_streaming_", "spark:stream:", "spark:core_hour:usd")
"""What rules and panels read that give nothing here: of streams, and the price that this stack has not."""


@pytest.fixture(scope="module")
def began() -> float:
    """When the story began, as a Unix time."""
    return time.time()


@pytest.fixture(scope="module")
def held(kubectl: Kubectl, theirs: flights.Platform) -> Iterator[None]:
    """Something else holds most of a tenant's quota: a job too large by itself would not be created."""
    with pods.holding(kubectl, theirs.namespace, theirs.image, signal_faults.HELD):
        yield


@pytest.fixture(scope="module")
def story(
    prometheus: PrometheusApi,
    began: float,
    tenants: tuple[Tenant, ...],
    kubectl: Kubectl,
    mine: flights.Platform,
    theirs: flights.Platform,
    held: None,
    admin: Api,
    say: Say,
) -> Iterator[Story]:
    """The whole story, told once; its jobs are removed at the end."""
    # The pages count what they answer: somebody has to ask them.
    git_jobs.runs(admin)
    site = Site(teams={each.namespace: each.team for each in tenants})
    told = Story(expressions(site))
    runs: list[Paced] = []
    canaries: list[str] = []
    try:
        _flights(told, prometheus, mine, runs)
        # Its schedule's next run may be half an hour away. Any other job takes its place on a full node.
        if not prometheus.query("spark_canary_last_success_timestamp_seconds > 0"):
            canaries.append(signal_faults.canary_now(kubectl))
        # The history server lists what ran, the exporter reads it, and a scrape takes it.
        _until_seen(told, prometheus, FLIGHTS, [*READ_BY_EXPORTER, LAST_CANARY])
        # One by one: should one not start, those before it are removed all the same.
        for fault, platform in (
            (signal_faults.outgrowing, mine),
            (signal_faults.failing, mine),
            (signal_faults.unplaced, mine),
            (signal_faults.waiting, mine),
            (signal_faults.refused_driver, theirs),
            (signal_faults.refused_executors, theirs),
        ):
            runs.append(fault(platform))
        _, outgrowing, failing, *_ = runs
        expected = [name for fault in INDUCED for name in EXPECTED[fault]]
        named = [_failed("executor", outgrowing), _failed("driver", failing), LATE_IN_RECORDS]
        _until_seen(told, prometheus, FAULTS, expected, named)
        yield told
    finally:
        say(told.table())
        for run in runs:
            run.remove()
        for canary in canaries:
            kubectl.delete("sparkapplication", canary, CANARY_NAMESPACE)


def _flights(told: Story, prometheus: PrometheusApi, platform: flights.Platform, runs: list[Paced]) -> None:
    """The flights job, and a longer one beside it: flights may end between two scrapes."""
    runs.append(signal_faults.well(platform))
    with flights.open_store(platform) as store:
        flights.upload(platform, store, flights.fetch_data())
    submission = flights.submit(flights.Kind.OPERATOR, platform)
    try:
        _until_seen(told, prometheus, FLIGHTS, EXPECTED[FLIGHTS])
        runs[-1].wait_until_ended()
    finally:
        flights.remove(submission, platform)


def _failed(role: str, run: Paced) -> str:
    """A question that has an answer once the rules name a job's pods of a role as failed."""
    return f'last_over_time(spark:pod:failed_reason{{role="{role}", app="{run.name}"}}[10m])'


def _until_seen(
    told: Story,
    prometheus: PrometheusApi,
    moment: str,
    names: Sequence[str],
    questions: Sequence[str] = (),
) -> None:
    """Look again and again until all names were seen and all questions have answers, or the time is over."""
    deadline = time.monotonic() + SEEN_SECONDS
    while True:
        told.look(prometheus, moment)
        if all(told.of(name, moment).series for name in names) and all(map(prometheus.query, questions)):
            return
        if time.monotonic() > deadline:
            return
        time.sleep(LOOK_SECONDS)


CELLS = [(what, name) for what, names in EXPECTED.items() for name in names]


@pytest.mark.parametrize(("what", "name"), CELLS)
def test_a_fault_shows_where_it_should(story: Story, what: str, name: str) -> None:
    moment = FAULTS if what in INDUCED else what
    assert story.of(name, moment).series > 0, f"{name} says nothing although: {what}"


def test_prometheus_can_evaluate_every_expression(story: Story) -> None:
    assert story.errors() == {}


def test_every_recording_rule_and_panel_returned_something_in_the_story(story: Story) -> None:
    silent = story.never(["record", "panel", "variable"]).items()
    assert {where: promql for where, promql in silent if not any(each in promql for each in NEVER)} == {}


def test_every_metric_and_label_was_scraped(story: Story, prometheus: PrometheusApi, began: float) -> None:
    lost = missing(prometheus, start=began, end=time.time())
    assert {name: why for name, why in lost.items() if name not in NOT_INDUCED} == {}


def test_no_rule_fails_on_the_live_prometheus(story: Story, prometheus: PrometheusApi) -> None:
    rules = [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]
    ours = [rule for rule in rules if rule["name"].startswith(("spark:", "Spark"))]
    assert ours, "Prometheus has none of our rules"
    assert {rule["name"]: rule["lastError"] for rule in ours if rule.get("lastError")} == {}


def test_what_is_recorded_has_the_labels_that_the_rule_names(story: Story, prometheus: PrometheusApi) -> None:

    for rule in (each for group in recorded(Site(teams={})) for each in group.recording):
        for series in prometheus.query(f"last_over_time({rule.record}[1h])"):
            assert series["metric"].keys() - {"__name__"} <= set(rule.gives.split()), rule.record


def test_the_failed_driver_is_named_with_its_team_job_and_reason(
    story: Story, prometheus: PrometheusApi, mine: flights.Platform
) -> None:
    found = prometheus.query('last_over_time(spark:pod:failed_reason{role="driver", app=~"failing-.*"}[1h])')
    named = [[each["metric"][label] for label in ("namespace", "spark_job", "reason")] for each in found]
    assert named == [[mine.namespace, "daily-report-load", "Error"]]
    assert all(each["metric"].get("team") for each in found)


def test_the_killed_executors_are_named_oomkilled(story: Story, prometheus: PrometheusApi) -> None:
    found = prometheus.query(
        'last_over_time(spark:pod:failed_reason{role="executor", app=~"outgrowing-.*"}[1h])'
    )
    assert {each["metric"]["reason"] for each in found} == {"OOMKilled"}


def test_rows_of_the_finished_run_are_counted(story: Story) -> None:
    assert (story.of("Spark: one run / Rows read", FLIGHTS).largest or 0) > 0
