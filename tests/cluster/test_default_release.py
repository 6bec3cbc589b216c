"""The platform's default release is changed and changed back while jobs of both releases run."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.table import Table

from components.naming import DEFAULTS_CONFIG_MAP
from components.releases import RELEASES
from components.spark.conf import DEFAULTS_FILE
from flights import Kind, Platform
from flights.submit import Submission, remove, render
from local.platform import Target
from tests.cluster import paced
from tests.cluster.conftest import Say
from tests.cluster.history import History
from tests.cluster.paced import LOG_SECONDS, START_SECONDS, Pace, Paced
from tests.cluster.stack_change import apply_changed
from tests.cluster.waiting import eventually
from toolchain import pulumi_cli
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.soak, pytest.mark.timeout(3600)]

LONG = Pace(tasks=150, seconds=8)
"""Ten minutes on two executors: two updates of half a minute each on an idle machine, many on a busy one."""

LATER = Pace(tasks=60, seconds=8, executors=1)
"""The same for one of them."""

SHORT = Pace(tasks=4, seconds=1, executors=1)
END_SECONDS = 1500.0

IMAGE = "spark.kubernetes.container.image"


@dataclass(frozen=True)
class Seen:
    """What ran while the default went there and back.

    Args:
        old: the stack's release.
        new: the release that was the default in between.
        jobs: the runs, by what they are.
        images: image that each driver ran, by the same; `later executor` is of the one that ran through.
        versions: release that the history server tells of each.
        between: image that the tenant's defaults named in between.
        after: the tenant's defaults after the way back.
        before: the same before.
    """

    old: str
    new: str
    jobs: dict[str, Paced]
    images: dict[str, str]
    versions: dict[str, str]
    between: str
    after: str
    before: str


def change_default(stack: pulumi_cli.Stack, version: str, folder: Path) -> None:
    """What somebody does who writes `spark.version` into the stack file and calls `pulumi up`."""

    def change(settings: dict[str, Any]) -> None:
        settings.setdefault("spark", {})["version"] = version

    apply_changed(stack, folder, change)


def with_release(platform: Platform, pace: Pace, version: str) -> Paced:
    """A SparkApplication that names a release, and no image."""
    run = Paced(f"moves-{secrets.token_hex(3)}", platform, pace)
    run.upload()
    made = paced.manifest(run, {"sparkVersion": version})
    del made["spec"]["image"]
    run.kubectl.create(made)
    return run


def with_nothing(platform: Platform, image: str, pace: Pace) -> Paced:
    """A job by raw spark-submit that names neither a release nor an image: both are its namespace's defaults.

    Args:
        platform: where.
        image: of the pod that submits, which is no part of the job.
        pace: how large.
    """
    run = Paced(f"moves-{secrets.token_hex(3)}", platform, pace)
    made = render(Kind.SPARK_SUBMIT, platform, run.name)
    (container,) = made["spec"]["template"]["spec"]["containers"]
    container["image"] = image
    options = [
        each for each in container["args"] if not each.startswith((f"--conf={IMAGE}=", "--conf=spark.log"))
    ]
    program = next(at for at, each in enumerate(options) if each.startswith("s3a://"))
    wanted = paced.manifest(run, {})["spec"]
    container["args"] = [
        *options[:program],
        f"--conf=spark.executor.instances={pace.executors}",
        # As many as it asks for at its start: the quota is shared with whatever else runs.
        "--conf=spark.dynamicAllocation.enabled=false",
        *(f"--conf=spark.{role}.memory=512m" for role in ("driver", "executor")),
        *(f"--conf=spark.kubernetes.{role}.request.cores=100m" for role in ("driver", "executor")),
        wanted["mainApplicationFile"],
        *wanted["arguments"],
    ]
    run.kubectl.create(made)
    eventually(f"{run.name}: its driver", run.driver, timeout=START_SECONDS)
    return run


def defaults(kubectl: Kubectl, namespace: str) -> str:
    """The properties of jobs that name no release."""
    found = kubectl.get("configmap", DEFAULTS_CONFIG_MAP, namespace)
    assert found is not None
    return str(found["data"][DEFAULTS_FILE])


def image_in(properties: str) -> str:
    """The image that properties name."""
    (line,) = (line for line in properties.splitlines() if line.partition("=")[0].strip() == IMAGE)
    return line.partition("=")[2].strip()


def image_of(pod: dict[str, Any]) -> str:
    """The image of a pod's one container."""
    (container,) = pod["spec"]["containers"]
    return str(container["image"])


def under_way(run: Paced) -> None:
    """Wait until a run has written something."""
    eventually(f"{run.name}: a file written", lambda: run.written() > 0, timeout=START_SECONDS, every=3)


def end_of(run: Paced) -> int:
    """Exit status of a run's driver."""
    (status,) = eventually(
        f"{run.name}: its end",
        lambda: None if (ended := run.ended()) is None else (ended,),
        timeout=END_SECONDS,
        every=3,
    )
    return status


def other_executor(run: Paced) -> dict[str, Any]:
    """Take an executor away, and give the one that comes in its place."""
    before = {pod["metadata"]["name"] for pod in run.pods("executor")}
    run.kubectl.delete("pod", run.running_executors()[0], run.platform.namespace, "--grace-period=0")

    def come() -> dict[str, Any] | None:
        fresh = [
            pod
            for pod in run.pods("executor")
            if pod["metadata"]["name"] not in before and pod["status"]["phase"] == "Running"
        ]
        return fresh[0] if fresh else None

    return eventually(f"{run.name}: another executor", come, timeout=START_SECONDS, every=3)


def version_in(history: History, run: Paced) -> str:
    """The release that the history server tells of a run, once it lists its end."""

    def told() -> str | None:
        found = history.get(f"applications/{run.spark_id()}")
        last = found["attempts"][-1] if found else {}
        return str(last["appSparkVersion"]) if last.get("completed") else None

    return eventually(f"{run.name}: in the history server", told, timeout=LOG_SECONDS * 4, every=3)


@pytest.fixture(scope="module")
def seen(
    where: Target,
    kubectl: Kubectl,
    mine: Platform,
    history: History,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Seen]:
    """The default moved, and moved back; whatever happens, it is the stack file's at the end."""
    folder = tmp_path_factory.mktemp("moved")
    before = defaults(kubectl, mine.namespace)
    old = next(version for version, release in RELEASES.items() if release.default)
    (new,) = RELEASES.keys() - {old}
    jobs: dict[str, Paced] = {}
    images: dict[str, str] = {}

    def driver_image(what: str) -> str:
        driver = jobs[what].driver()
        assert driver is not None, f"{jobs[what].name} has no driver"
        return image_of(driver)

    try:
        jobs["runs through both moves"] = through = with_release(mine, LONG, old)
        under_way(through)
        change_default(where.stack, new, folder)
        between = image_in(defaults(kubectl, mine.namespace))
        assert through.ended() is None, "the job had ended before the default was moved: make it longer"
        images["its later executor"] = image_of(other_executor(through))
        jobs["names the old release"] = with_release(mine, SHORT, old)
        jobs["names nothing"] = unnamed = with_nothing(mine, mine.image, LATER)
        under_way(unnamed)
        change_default(where.stack, old, folder)
        assert unnamed.ended() is None, "the job had ended before the default was moved back: make it longer"
        jobs["names nothing, afterwards"] = with_nothing(mine, mine.image, SHORT)
        for what, run in jobs.items():
            assert end_of(run) == 0, f"{run.name}, which {what}, failed"
            images[what] = driver_image(what)
        versions = {what: version_in(history, run) for what, run in jobs.items()}
        after = defaults(kubectl, mine.namespace)
        yield Seen(old, new, jobs, images, versions, between, after, before)
    finally:
        put_back = pulumi_cli.up(where.stack, capture=True)
        for what, run in jobs.items():
            if what.startswith("names nothing"):
                remove(Submission(run.name, mine.namespace, Kind.SPARK_SUBMIT), mine)
            else:
                run.remove()
        assert put_back.returncode == 0, put_back.stdout[-3000:]


def test_the_way_back_leaves_the_defaults_as_they_were(seen: Seen) -> None:
    assert seen.new in seen.between, "the update did not move the default"
    assert seen.after == seen.before


def test_a_job_that_runs_keeps_its_release_with_executors_that_come_later(seen: Seen) -> None:
    assert seen.old in seen.images["runs through both moves"]
    assert seen.images["its later executor"] == seen.images["runs through both moves"]


def test_a_job_that_names_nothing_gets_the_default_of_its_hour(seen: Seen) -> None:
    assert seen.images["names nothing"] == seen.between
    assert seen.images["names nothing, afterwards"] == image_in(seen.before)


def test_a_job_that_names_a_release_gets_it_whatever_the_default_is(seen: Seen) -> None:
    assert seen.images["names the old release"] == seen.images["runs through both moves"]


def test_no_row_is_lost_or_doubled_by_a_move(seen: Seen) -> None:
    found = {what: run.numbers() for what, run in seen.jobs.items()}
    assert found == {what: run.expected_numbers() for what, run in seen.jobs.items()}


def test_one_history_server_lists_the_runs_of_both_releases(seen: Seen, say: Say) -> None:
    table = Table("job", "release", title=f"The default went from {seen.old} to {seen.new} and back")
    for what, version in seen.versions.items():
        table.add_row(what, version)
    say(table)
    assert seen.versions == {
        "runs through both moves": seen.old,
        "names the old release": seen.old,
        "names nothing": seen.new,
        "names nothing, afterwards": seen.old,
    }
