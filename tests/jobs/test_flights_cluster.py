"""The flights job on the platform that `make up` leaves: all three ways, and what failures look like."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import flights
from flights.watch import Cluster
from local.platform import target
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

SECONDS = 1200
"""A run takes a minute on an idle machine; tests share theirs with builds."""


@pytest.fixture(scope="module")
def platform() -> flights.Platform:
    where = target(os.environ.get("STACK", "local"))
    from toolchain import pulumi_cli

    found = flights.find_platform(where.kubectl, pulumi_cli.outputs(where.stack))
    with flights.open_store(found) as store:
        flights.upload(found, store, flights.fetch_data())
    return found


@pytest.fixture
def kubectl(platform: flights.Platform) -> Kubectl:
    return Kubectl(platform.kubeconfig)


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), record=True, width=160)


@pytest.fixture
def submissions(platform: flights.Platform) -> Iterator[list[flights.Submission]]:
    """Runs to remove afterwards, whatever happens."""
    made: list[flights.Submission] = []
    yield made
    for submission in made:
        flights.remove(submission, platform)


@pytest.mark.parametrize("kind", list(flights.Kind))
def test_the_job_gives_duckdbs_answer_whichever_way_it_is_run(
    platform: flights.Platform, console: Console, kind: flights.Kind
) -> None:
    # Raises if a number differs, if the committer was not the magic one, or if the run failed.
    report = flights.run(platform, console, kind=kind, again=True, timeout=SECONDS)

    assert report.answer["accepted"] == 2_999_965, "all flights but the 35 that can't be believed"
    times = report.times
    moments = [moment for moment in (times.created, times.driver, times.executor, times.finished) if moment]
    assert len(moments) == 4, f"each was seen while its pod lived: {times}"
    assert moments == sorted(moments), f"in their order: {times}"
    assert report.run in console.export_text(), "the run is named, to be found again"


def test_the_second_time_the_answer_is_shown_without_a_second_run(
    platform: flights.Platform, console: Console
) -> None:
    first = flights.run(platform, console, timeout=SECONDS)
    second = flights.run(platform, console, timeout=SECONDS)

    assert second.run == first.run, "same code, image and data: the same run"


def refused(platform: flights.Platform, console: Console, submission: flights.Submission) -> str:
    with pytest.raises(ReportedError) as caught:
        flights.wait(submission, platform.kubeconfig, console, timeout=SECONDS)
    return str(caught.value)


def changed(
    kind: flights.Kind, platform: flights.Platform, kubectl: Kubectl, **spec: Any
) -> flights.Submission:
    """A run whose spec differs from the manifest's."""
    name = flights.new_name()
    manifest = flights.render(kind, platform, name)
    manifest["spec"].update(spec)
    kubectl.create(manifest)
    return flights.Submission(name, platform.namespace, kind)


def test_a_missing_input_is_told_with_the_jobs_own_sentence(
    platform: flights.Platform, kubectl: Kubectl, console: Console, submissions: list[flights.Submission]
) -> None:
    root = f"s3a://{platform.data_bucket}/{platform.namespace}/flights"
    arguments = [
        f"--input={root}/no.parquet",
        f"--airports={root}/input/airports.csv",
        f"--output={root}/runs",
    ]
    submission = changed(flights.Kind.OPERATOR, platform, kubectl, arguments=arguments)
    submissions.append(submission)
    text = refused(platform, console, submission)

    assert "exit status 3" in text, "the status that the job gave reaches the pod"
    assert f"{root}/no.parquet does not exist. Upload it" in text, "and so does its sentence"


def test_another_tenants_data_is_refused(
    platform: flights.Platform, kubectl: Kubectl, console: Console, submissions: list[flights.Submission]
) -> None:
    own, other = (
        f"s3a://{platform.data_bucket}/{platform.namespace}",
        f"s3a://{platform.data_bucket}/science-dev",
    )
    arguments = [
        f"--input={other}/flights/input/flights-3m.parquet",
        f"--airports={own}/flights/input/airports.csv",
        f"--output={own}/flights/runs",
    ]
    submission = changed(flights.Kind.OPERATOR, platform, kubectl, arguments=arguments)
    submissions.append(submission)
    text = refused(platform, console, submission)

    assert "exit status 2" in text, "the input can't be used"
    assert f"{other}/flights/input/flights-3m.parquet is refused to this tenant" in text, (
        "the store keeps tenants apart, whatever a job asks for"
    )


def test_an_image_that_does_not_exist_is_told_and_given_up(
    platform: flights.Platform,
    console: Console,
    submissions: list[flights.Submission],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("flights.watch.HOPELESS_SECONDS", 5.0)
    missing = replace(platform, image=f"{platform.image}-missing")
    submission = flights.submit(flights.Kind.OPERATOR, missing)
    submissions.append(submission)
    text = refused(platform, console, submission)

    assert "the driver waits: " in text, "why nothing happens"
    assert "-missing" in text, "and which image it is"


def test_a_run_that_is_removed_leaves_nothing(
    platform: flights.Platform, kubectl: Kubectl, console: Console
) -> None:
    submission = flights.submit(flights.Kind.OPERATOR, platform)
    cluster = Cluster(Path(platform.kubeconfig))
    flights.remove(submission, platform)
    sight = cluster.sight(submission.name, platform.namespace, submission.kind)

    assert sight.owner is None, "the SparkApplication is gone"
    kubectl.run(
        "wait",
        "pod",
        "--for=delete",
        f"--namespace={platform.namespace}",
        f"--selector=sparkoperator.k8s.io/app-name={submission.name}",
        "--timeout=120s",
        timeout=150,
    )
