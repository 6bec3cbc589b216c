"""A job has one name, on pods, in records, and where an application alone is known: by a real Prometheus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from apps.history_exporter.job import RUN_NAME
from apps.history_exporter.job import job_of as recorded_job
from apps.history_exporter.listing import Ended
from apps.job_pods.job_label import AIRFLOW, JOB, SCHEDULE, job_of
from components.kube.monitors import ScrapeLimits
from components.observability.cluster_monitors import cluster_monitors
from components.observability.job_relabelings import job_relabelings
from tests.cluster.waiting import eventually
from tests.observability.api import PrometheusApi
from tests.observability.fleet.configuration import snake
from tests.observability.relabeling import relabelled
from tests.observability.server import scraping
from tests.store.gateway import free_port
from tests.support.serving import serving

pytestmark = pytest.mark.promtool

SEEN_SECONDS = 120.0

PREFIX: Final = "spark.kubernetes.driver.label."
"""Of a label of the driver among the properties of an event log."""

TEXTS: Final = (
    *("orders", "Orders_EU", "etl.daily", "Daily_Report", "2026-etl", "2026_09.Etl", "a", "7", "A__b..c--D"),
    *("x" * 63, f"{'x' * 61}_y", "a." * 31 + "b", "A-" * 31 + "b", "1." * 31 + "2", "Z" * 62 + "9"),
)
"""What people write: capitals, dots, underscores, numbers first, and as long as a label may be."""

NAMES: Final = ("run-1", "2026-etl", "etl.daily.0700", "a.b-c.d", f"{'x' * 62}.y", "n" * 63, "1." * 100 + "1")
"""Names of applications."""


def applications() -> Iterator[dict[str, Any]]:
    """Every text in every place that names a job, and every name of a run that names none."""
    for number, text in enumerate(TEXTS):
        for place, labels in (
            ("label", {JOB: text, SCHEDULE: "other"}),
            ("schedule", {SCHEDULE: text}),
            ("airflow", {AIRFLOW[0]: text, AIRFLOW[1]: "Load_1"}),
        ):
            driver = {key: value for key, value in labels.items() if key in AIRFLOW}
            own = {key: value for key, value in labels.items() if key not in AIRFLOW}
            yield {
                "metadata": {"name": f"{place}-{number}", "labels": own},
                "spec": {"driver": {"labels": driver}},
            }
    for name in NAMES:
        yield {"metadata": {"name": name}, "spec": {}}


def shown(application: dict[str, Any]) -> dict[str, str]:
    """The series by which kube-state-metrics shows it: what it says of its job, else that it was made."""
    has = application["metadata"].get("labels", {})
    driver = application["spec"].get("driver", {}).get("labels", {})
    said = {
        "said_job": has.get(JOB),
        "schedule": has.get(SCHEDULE),
        **{key: driver.get(key) for key in AIRFLOW},
    }
    labels = {key: str(value) for key, value in said.items() if value}
    metric = "kube_sparkapp_said_job" if labels else "kube_sparkapp_created"
    return {"__name__": metric, "name": application["metadata"]["name"], **labels}


def raw(text: str) -> dict[str, str]:
    """The pod of a raw spark-submit that names its job so."""
    name = {
        "pod": f"pod-{TEXTS.index(text)}",
        "label_spark_role": "driver",
        "label_spark_app_name": "program",
    }
    return {"__name__": "kube_pod_labels", **name, "label_jobs_spark_on_eks_job": text}


def schedule(name: str, job: str = "") -> dict[str, str]:
    """The series of a schedule that may say which job its runs are of."""
    labels = {"said_job": job} if job else {}
    return {"__name__": "kube_sparkschedule_next_run", "name": name, **labels}


def of_schedule(name: str) -> dict[str, Any]:
    """A run of a schedule that says no more of its job."""
    return {"metadata": {"name": "run", "labels": {SCHEDULE: name}}, "spec": {}}


def said(text: str) -> dict[str, Any]:
    """A run of a schedule that says so: it has the schedule's labels."""
    return {"metadata": {"name": "run", "labels": {JOB: text, SCHEDULE: "nightly"}}, "spec": {}}


SERIES: Final = [
    *((shown(each), job_of(each)) for each in applications()),
    *((raw(text), job_of({"metadata": {"name": text}, "spec": {}})) for text in TEXTS),
    *(
        (schedule(text), job_of(of_schedule(text)))
        for text in (f"s{number}-{text[:59]}" for number, text in enumerate(TEXTS))
    ),
    *((schedule(f"n{number}", text), job_of(said(text))) for number, text in enumerate(TEXTS)),
    ({"__name__": "kube_pod_labels", "pod": "of-nobody", "label_spark_role": ""}, ""),
]
"""What kube-state-metrics shows, and the name that its job has everywhere else."""


@pytest.mark.parametrize("application", [*applications()], ids=lambda each: each["metadata"]["name"])
def test_the_history_exporter_counts_a_run_by_the_name_that_its_pods_have(
    application: dict[str, Any],
) -> None:
    job, name = job_of(application), application["metadata"]["name"]
    has = {
        **application["metadata"].get("labels", {}),
        **application["spec"].get("driver", {}).get("labels", {}),
    }
    end = Ended(run="spark-1", namespace="data-dev", name="program of 2026-11-27", started=0, ended=60)
    own = {RUN_NAME: name} | {f"{PREFIX}{key}": text for key, text in has.items()}
    assert recorded_job(end, own) == job, "of a log of before the submission said it"
    assert recorded_job(end, own | {f"{PREFIX}{JOB}": job}) == job


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusApi]:
    """One that scrapes these series as the platform's monitor has it."""
    (monitor,) = (
        each
        for each in cluster_monitors(ScrapeLimits(interval_seconds=30, samples=1, drivers=1))
        if each["metadata"]["name"] == "kube-state-metrics"
    )
    (endpoint,) = monitor["spec"]["endpoints"]
    rules = [snake(each) for each in endpoint["metricRelabelings"]]
    folder: Path = tmp_path_factory.mktemp("names")
    own = free_port()
    with page() as port:
        config = {
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [
                {
                    "job_name": "kube-state-metrics",
                    "metric_relabel_configs": rules,
                    "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
                }
            ],
        }
        with scraping(folder, own, config) as api:
            yield api


@contextmanager
def page() -> Iterator[int]:
    """What kube-state-metrics would answer; gives its port."""
    lines = []
    for series, _ in SERIES:
        inside = ",".join(f"{key}={json.dumps(value)}" for key, value in series.items() if key != "__name__")
        lines.append(f"{series['__name__']}{{{inside}}} 1\n")
    text = "".join(lines).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield server.server_address[1]


def jobs(prometheus: PrometheusApi) -> dict[str, str]:
    """The job of each run or pod, by its name."""
    return {
        each["metric"].get("name") or each["metric"]["pod"]: each["metric"].get("spark_job", "")
        for each in prometheus.query('{__name__=~"kube_.*"}')
    }


def test_what_is_known_of_an_application_alone_names_its_job_as_its_pods_do(
    prometheus: PrometheusApi,
) -> None:
    wanted = {series.get("name") or series["pod"]: job for series, job in SERIES}
    assert len(wanted) == len(SERIES)
    eventually("all are scraped", lambda: jobs(prometheus).keys() == wanted.keys(), timeout=SEEN_SECONDS)
    assert jobs(prometheus) == wanted


@pytest.mark.parametrize(("series", "job"), SERIES, ids=lambda each: str(each)[:60])
def test_the_samples_of_the_other_tests_are_named_as_prometheus_names_them(
    series: dict[str, str], job: str
) -> None:
    assert relabelled(series, job_relabelings()).get("spark_job", "") == job
