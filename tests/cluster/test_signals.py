"""What the live Prometheus says of a job that ends well and of induced faults: every rule, panel and alert.

The whole story runs once, its jobs side by side, so that one wait is enough. The tests below look at single
lines of the table that is printed, at what no scrape of the whole story had, and at what whoever hits a
quota is told.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

import pytest

import flights
from apps.jobs.cli.api import Api
from components.domain import Tenant
from components.naming import CANARY_NAMESPACE
from components.observability.alert_routing import EVERYBODY_ELSE
from components.observability.alerts import recorded
from components.observability.rule_model import Site
from tests.cluster import git_jobs, pods, sent_page, signal_faults
from tests.cluster.conftest import Say
from tests.cluster.paced import Paced
from tests.cluster.waiting import eventually
from tests.observability.api import PrometheusApi
from tests.observability.evaluation import Story, missing
from tests.observability.expressions import expressions
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(2400)]

WELL = "ends well"
OOM = "executors killed for memory"
FAILING = "driver fails"
UNPLACED = "no node for a driver"
WAITING = "no node for an executor"
REFUSED = "quota refuses executors"
GREEDY = "quota refuses a driver"
TOGETHER = "side by side"

SEEN_SECONDS = 420.0
"""From a job to its signal: submission, its run or the fault itself, what the history server and its exporter
take, a scrape, and two rounds of the rules."""

SUBMIT_SECONDS = 180.0
"""From a SparkApplication to the operator's first word about it, on a busy machine."""

LOOK_SECONDS = 15.0

SENT_SECONDS = 90.0
"""From an alert to its message: the wait for others of its group, and a round of the rules."""

EXPECTED: dict[str, tuple[str, ...]] = {
    WELL: (
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
        # What the history exporter read of a run that ended well.
        "Spark: one run / Rows read",
        "Spark: history server / Age of the newest data",
        "Spark: operator / Last canary that got through",
    ),
    OOM: ("SparkExecutorOOMKilled", "spark:pod:failed_reason", "spark:pod:finished_timestamp_seconds"),
    FAILING: ("SparkDriverFailed", "spark:pod:failed_reason"),
    UNPLACED: ("spark:app:state", "Spark: for people from EMR / AppsPending"),
    WAITING: ("Spark: for people from EMR / ContainerPending",),
    GREEDY: ("SparkSubmissionFailing",),
    REFUSED: (
        "SparkQuotaRefusingExecutors",
        "SparkAppSLABreached",
        "spark:driver:executors_missing",
        "spark:quota_refusals:rate5m",
        "spark:app:sla_used:ratio",
    ),
}
"""What each has to show: names of rules and alerts whose expression returns something.

Further down, single tests hold the signals that several of them give against the job that each is to name.
"""

LATE_IN_RECORDS = 'spark_job_agreed_times_last_timestamp_seconds{result="bad"}'
"""The worker counts a run whose agreed time is over, also while it is under way."""

NOT_INDUCED = {
    "kube_pod_status_reason": "needs a node that evicts; kube-state-metrics, pod-metrics.md",
    "ALERTS": "exists while an alert is pending or fires, which these faults may be too short for",
    "kube_sparkapp_conf_executor_instances": "is read as executor_instances is, from the job's properties",
    "kube_sparkapp_sla_label_seconds": "is read as sla_seconds is, of runs of a schedule that has the label",
    "kube_sparkapp_said_job": "has schedule if a run of a schedule says its job; test_job_names.py has one",
    "kube_sparkschedule_state": "has said_job where a schedule names its job; cases_jobs.py has one",
    "kube_sparkschedule_next_run": "as its state",
    "kube_sparkschedule_suspended": "is there once somebody has written whether a schedule is suspended",
    "spark_streaming_inputRate_total": "needs a stream; tests/apps/history_exporter has two",
    "spark_streaming_processingRate_total": "as the rate of what comes",
    "spark_streaming_latency": "as the rate of what comes",
    "spark_streaming_eventTime_watermark": "as the rate of what comes",
    "prometheus_remote_storage_queue_highest_sent_timestamp_seconds": "test_remote_write.py has it",
    "prometheus_remote_storage_samples_failed_total": "as the newest sample that was sent",
    "otelcol_exporter_send_failed_log_records": "is there once a store has refused lines for good",
    "spark_history_data_max_age_seconds": "is there once a run has said how old its data may become",
}
"""Metrics that nothing here brings about, with where their names are from."""

NEVER = (
    "spark_streaming_",
    "spark:stream:",
    "spark:core_hour:usd",
    "spark:app:resumed_timestamp_seconds",
    "kube_sparkapp_termination_time",
)
"""What rules and panels read that give nothing here: of streams, of the price that this stack has not, of a
job that goes on after a suspension, and of a driver that was deleted before it was seen to fail."""


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
def jobs(mine: flights.Platform, theirs: flights.Platform, held: None) -> Iterator[Mapping[str, Paced]]:
    """The jobs by what becomes of them, side by side; they are removed at the end."""
    runs: dict[str, Paced] = {}
    try:
        # One by one: should one not start, those before it are removed all the same.
        for what, start, platform in (
            (WELL, signal_faults.well, mine),
            (OOM, signal_faults.outgrowing, mine),
            (FAILING, signal_faults.failing, mine),
            (UNPLACED, signal_faults.unplaced, mine),
            (WAITING, signal_faults.waiting, mine),
            (GREEDY, signal_faults.refused_driver, theirs),
            (REFUSED, signal_faults.refused_executors, theirs),
        ):
            runs[what] = start(platform)
        yield runs
    finally:
        for run in runs.values():
            run.remove()


@pytest.fixture(scope="module")
def canary(prometheus: PrometheusApi, kubectl: Kubectl) -> Iterator[None]:
    """A run of the canary has got through, or is under way: its schedule's next may be half an hour away."""
    if prometheus.query("spark_canary_last_success_timestamp_seconds > 0"):
        yield
        return
    name = signal_faults.canary_now(kubectl)
    yield
    kubectl.delete("sparkapplication", name, CANARY_NAMESPACE)


@pytest.fixture(scope="module")
def story(
    prometheus: PrometheusApi,
    began: float,
    tenants: tuple[Tenant, ...],
    canary: None,
    jobs: Mapping[str, Paced],
    admin: Api,
    say: Say,
) -> Iterator[Story]:
    """The whole story, told once."""
    # The pages count what they answer: somebody has to ask them.
    git_jobs.runs(admin)
    told = Story(expressions(Site(teams={each.namespace: each.team for each in tenants})))
    try:
        named = [_failed("executor", jobs[OOM]), _failed("driver", jobs[FAILING]), LATE_IN_RECORDS]
        _until_seen(told, prometheus, named)
        yield told
    finally:
        say(told.table())


def _failed(role: str, run: Paced) -> str:
    """A question that has an answer once the rules name a job's pods of a role as failed."""
    return f'last_over_time(spark:pod:failed_reason{{role="{role}", app="{run.name}"}}[10m])'


def _until_seen(told: Story, prometheus: PrometheusApi, questions: Sequence[str]) -> None:
    """Look again and again until all was seen and all questions have answers, or the time is over."""
    deadline = time.monotonic() + SEEN_SECONDS
    while True:
        told.look(prometheus, TOGETHER)
        if all(told.of(name, TOGETHER).series for _, name in CELLS) and all(map(prometheus.query, questions)):
            return
        if time.monotonic() > deadline:
            return
        time.sleep(LOOK_SECONDS)


CELLS = [(what, name) for what, names in EXPECTED.items() for name in names]


@pytest.mark.parametrize(("what", "name"), CELLS)
def test_a_job_shows_where_it_should(story: Story, what: str, name: str) -> None:
    assert story.of(name, TOGETHER).series > 0, f"{name} says nothing although: {what}"


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
    story: Story, prometheus: PrometheusApi, mine: flights.Platform, jobs: Mapping[str, Paced]
) -> None:
    run = jobs[FAILING].name
    found = prometheus.query(f'last_over_time(spark:pod:failed_reason{{role="driver", app="{run}"}}[1h])')
    named = [[each["metric"][label] for label in ("namespace", "spark_job", "reason")] for each in found]
    assert named == [[mine.namespace, "daily-report-load", "Error"]]
    assert all(each["metric"].get("team") for each in found)


def test_the_killed_executors_are_named_oomkilled(story: Story, prometheus: PrometheusApi) -> None:
    found = prometheus.query(
        'last_over_time(spark:pod:failed_reason{role="executor", app=~"outgrowing-.*"}[1h])'
    )
    assert {each["metric"]["reason"] for each in found} == {"OOMKilled"}


@pytest.mark.parametrize(
    ("what", "alert"),
    [(FAILING, "SparkDriverFailed"), (OOM, "SparkExecutorOOMKilled")],
    ids=["driver", "executors"],
)
def test_a_fault_is_told_once(
    what: str,
    alert: str,
    story: Story,
    jobs: Mapping[str, Paced],
    outputs: Mapping[str, str],
    signed_in: Mapping[str, str],
) -> None:
    def told() -> list[str]:
        found = sent_page.lines(outputs["pagesUrl"], signed_in)
        return [each.to for each in found if each.alert == alert and jobs[what].name in each.says]

    assert story.of(alert, TOGETHER).series
    # This stack names nobody: all is for the page alone.
    assert eventually(f"{alert} was sent", told, timeout=SENT_SECONDS) == [EVERYBODY_ELSE]


def test_rows_of_the_finished_run_are_counted(story: Story) -> None:
    assert (story.of("Spark: one run / Rows read", TOGETHER).largest or 0) > 0


def test_a_driver_beyond_the_quota_is_refused_and_the_application_says_why(
    jobs: Mapping[str, Paced], science: Tenant
) -> None:
    run = jobs[GREEDY]
    status = eventually(
        f"{run.name}: a final state",
        lambda: (
            s
            if (s := run.application().get("status", {}).get("applicationState", {})).get("errorMessage")
            else None
        ),
        timeout=SUBMIT_SECONDS,
    )
    message = status["errorMessage"]
    assert status["state"] == "FAILED", f"an application whose driver was refused is {status['state']}"
    for part in (
        "exceeded quota: quota",
        "requested: requests.cpu=350m",
        f"limited: requests.cpu={science.quota.cpu}",
    ):
        assert part in message, f"the reason lacks {part!r}: {message[-600:]}"


def test_executors_beyond_the_quota_are_refused_and_the_drivers_log_says_why(
    jobs: Mapping[str, Paced], science: Tenant, kubectl: Kubectl
) -> None:
    run = jobs[REFUSED]

    def reason() -> str:
        log = kubectl.logs(f"{run.name}-driver", run.platform.namespace) if run.driver() else ""
        return next((line for line in log.splitlines() if "exceeded quota" in line), "")

    line = eventually(f"{run.name}: its driver's log names the quota", reason, timeout=SUBMIT_SECONDS)
    for part in ("quota", "requested: requests.cpu=250m", f"limited: requests.cpu={science.quota.cpu}"):
        assert part in line, f"the reason lacks {part!r}: {line}"
