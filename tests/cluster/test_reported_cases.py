"""Jobs of public reports, as they are written: they do what they are for, or are refused with a sentence.

The files of `tests/data/reported-cases` are each of a kind of which there are many reports. Only name,
namespace, image and buckets are put in.
"""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from components.spark.pod_labels import SUBMITTER
from flights import Platform, open_store
from tests.cluster.reported import END_SECONDS, FOLDER, driver_log, ended, pods, role, upload_programs
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

pytestmark = [pytest.mark.cluster, pytest.mark.soak, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Runs:
    """A job that is taken.

    Args:
        says: what its driver writes.
        executors: how many there are.
        requests: of each executor, as far as the job is about that.
        labels: of each executor, as well.
    """

    says: str
    executors: tuple[int, ...] = (1, 2)
    requests: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


ONE_DAY_AGAIN = "CASE rows per day: {'2026-07-25': 50, '2026-07-26': 10}"
PI = "Pi is roughly 3.1"
NO_OTHER_TAINT = "tolerations may name spark-on-eks/pool and no other taint, not dedicated"

REFUSED = {
    "01-name-starts-with-digit": "Write job-2026-",
    "01-name-starts-with-digit-dot": "must begin with a letter and have only a-z, 0-9 and -",
    "02-ui-service-nodeport": "serviceType must be ClusterIP, not NodePort",
    "02-ui-service-nodeport-loadbalancer": "serviceType must be ClusterIP, not LoadBalancer",
    # A core each is meant, and the namespace has one and a half.
    "05-cores-without-core-request": "spec asks for 2000m CPU, and the namespace may have 1500m",
    "09-submission-retry-without-interval": "needs onSubmissionFailureRetryInterval",
    "09-submission-retry-without-interval-always": "type must be Never or OnFailure",
    "13-executor-template-pod-security": NO_OTHER_TAINT,
    "15-tolerations-nodeselector-per-role": NO_OTHER_TAINT,
    "21-long-schedule-name": "must have 43 characters or fewer, not 51",
    "21-long-schedule-name-app": "must have 63 characters or fewer, not 65",
    "24-pvc-on-demand": "claims 1 volumes, and the namespace may have 0",
    "26-event-log-dir-own": "must not set spark.eventLog.dir",
    "26-event-log-dir-own-off": "must not switch spark.eventLog.enabled off",
}
"""Case -> what its author is told when it is created."""

COMPLETED = {
    "04-dynamic-allocation-disabled": Runs("CASE executors at the end: 1", executors=(1,)),
    "06-saveastable-default-warehouse": Runs("CASE rows read back: 1000"),
    "07-driver-env-list": Runs("CASE driver: 2026-07-26 executor: 2026-07-26 host: "),
    "07-driver-env-list-envvars": Runs("CASE driver: 2026-07-26 executor: 2026-07-26 host: none"),
    "08-volumes-configmap": Runs("CASE mounted on the driver: True"),
    # 1 GiB and half as much.
    "10-memory-overhead-factor": Runs(PI, requests={"memory": "1536Mi"}),
    # 2 GiB and Spark's 0.4 for Python.
    "10-memory-overhead-factor-default": Runs(PI, requests={"memory": "2867Mi"}),
    "13-executor-template-pod-security-labels-only": Runs(PI, labels={"cost-centre": "4711"}),
    "17-scala-spark-pi-example": Runs(PI),
    "19-dynamic-partition-overwrite": Runs(ONE_DAY_AGAIN),
    "19-dynamic-partition-overwrite-workaround": Runs(ONE_DAY_AGAIN),
    # A floor of three is more than the platform's greatest number, which rises with it.
    "27-min-executors-above-max": Runs(PI, executors=(3,)),
    "34-deps-pyfiles-s3a": Runs("CASE executor: [(42, 'currency,rate')]"),
}
"""Case -> what shows that it did what it is for."""

BY_ANOTHER_SCHEME = ("18-emr-s3-scheme", "18-emr-s3-scheme-hadoopconf")
GATE_FAILS = "16-init-container-sidecar"
NO_PLACE = "18-emr-s3-scheme-main"
RAW = "30-raw-submit-own-app-name"


def test_every_case_is_tried() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {
        *REFUSED,
        *COMPLETED,
        *BY_ANOTHER_SCHEME,
        GATE_FAILS,
        NO_PLACE,
        RAW,
    }


def case(name: str, platform: Platform) -> dict[str, Any]:
    """A case for this platform.

    Args:
        name: of its file.
        platform: gives image, namespace and buckets.
    """
    text = string.Template((FOLDER / f"{name}.yaml").read_text()).safe_substitute(
        RUN=f"reported{name[:2]}",
        NAMESPACE=platform.namespace,
        SPARK_IMAGE=platform.image,
        DATA_BUCKET=platform.data_bucket,
        ARTIFACTS_BUCKET=platform.artifacts_bucket,
    )
    made: dict[str, Any] = yaml.safe_load(text)
    return made


@pytest.fixture(scope="module")
def programs(mine: Platform) -> None:
    """What the cases run lies where they look for it."""
    upload_programs(mine)


Created = Callable[[str], str]


@pytest.fixture
def created(kubectl: Kubectl, mine: Platform, programs: None) -> Iterator[Created]:
    """Creates a case, gives its object's name, and removes it in the end."""
    made: list[dict[str, Any]] = []

    def create(name: str) -> str:
        manifest = case(name, mine)
        kubectl.create(manifest)
        made.append(manifest)
        return str(manifest["metadata"]["name"])

    yield create
    for each in made:
        kubectl.delete(each["kind"].lower(), each["metadata"]["name"], mine.namespace)


@pytest.mark.parametrize("name", REFUSED)
def test_a_case_is_refused_with_a_sentence(name: str, created: Created) -> None:
    with pytest.raises(ReportedError) as refusal:
        created(name)
    assert REFUSED[name] in str(refusal.value)


@pytest.mark.parametrize("name", COMPLETED)
def test_a_case_does_what_it_is_for(name: str, created: Created, kubectl: Kubectl, mine: Platform) -> None:
    job = created(name)
    state = ended(kubectl, mine.namespace, job)
    log = driver_log(kubectl, mine.namespace, job)
    assert state["state"] == "COMPLETED", (state, log[-2000:])
    expected = COMPLETED[name]
    assert expected.says in log
    executors = [pod for pod in pods(kubectl, mine.namespace, job) if role(pod) == "executor"]
    assert len(executors) in expected.executors
    for pod in executors:
        assert pod["metadata"]["labels"].items() >= expected.labels.items()
        assert pod["spec"]["containers"][0]["resources"]["requests"].items() >= expected.requests.items()


@pytest.mark.parametrize("name", BY_ANOTHER_SCHEME)
def test_what_is_written_by_another_scheme_is_committed_by_the_same_committer(
    name: str, created: Created, kubectl: Kubectl, mine: Platform
) -> None:
    job = created(name)
    ended(kubectl, mine.namespace, job)
    # Its last line reads the marker of the end as text, and Spark's readers pass over such names everywhere.
    assert f"{job}/_SUCCESS" in driver_log(kubectl, mine.namespace, job)
    folder = f"{mine.namespace}/cases/{job}"
    with open_store(mine) as store:
        marker = json.loads(store.read(mine.data_bucket, f"{folder}/_SUCCESS") or b"{}")
        parts = [key for key in store.keys(mine.data_bucket, folder) if key.endswith(".parquet")]
    assert (marker["committer"], len(parts)) == ("magic", 4)


def test_a_gate_that_fails_keeps_the_job_from_running(
    created: Created, kubectl: Kubectl, mine: Platform
) -> None:
    job = created(GATE_FAILS)
    state = ended(kubectl, mine.namespace, job)
    assert state["state"] == "FAILED", state
    found = pods(kubectl, mine.namespace, job)
    assert [role(pod) for pod in found] == ["driver"], "no executor was asked for"
    assert "CASE init ran" in kubectl.logs(f"{job}-driver", mine.namespace, "-c", "wait-for-input")
    waiting = [status["state"] for status in found[0]["status"]["containerStatuses"]]
    assert all("running" not in each for each in waiting), "neither the job nor the helper beside it ran"


def test_a_target_without_a_place_does_not_end_well(
    created: Created, kubectl: Kubectl, mine: Platform
) -> None:
    job = created(NO_PLACE)
    state = ended(kubectl, mine.namespace, job)
    log = driver_log(kubectl, mine.namespace, job)
    assert state["state"] == "FAILED", (state, log[-2000:])
    assert "CASE rows: 1000" not in log, "what one pod wrote to its own disk is not there for others"


def test_a_raw_submission_without_a_priority_is_refused_with_what_to_write(
    created: Created, mine: Platform
) -> None:
    with pytest.raises(ReportedError) as refusal:
        created(RAW)
    assert f"spec.template.spec.priorityClassName must be {mine.priority_class}" in str(refusal.value)


def raw(platform: Platform) -> dict[str, Any]:
    """The raw submission, with the class that the first answer has people write."""
    manifest = case(RAW, platform)
    manifest["spec"]["template"]["spec"]["priorityClassName"] = platform.priority_class
    return manifest


def test_a_raw_submission_without_its_label_is_refused_with_what_to_write(
    kubectl: Kubectl, mine: Platform
) -> None:
    with pytest.raises(ReportedError) as refusal:
        kubectl.create(raw(mine))
    assert "labels must have app.kubernetes.io/component: spark-submit" in str(refusal.value)


def test_a_raw_submission_of_a_program_with_a_name_of_its_own_ends_well(
    kubectl: Kubectl, mine: Platform
) -> None:
    manifest = raw(mine)
    manifest["spec"]["template"]["metadata"] = {"labels": dict(SUBMITTER)}
    job = manifest["metadata"]["name"]
    driver = f"{job}-driver"

    def phase() -> str | None:
        pod = kubectl.get("pod", driver, mine.namespace) or {}
        found = pod.get("status", {}).get("phase")
        return found if found in ("Succeeded", "Failed") else None

    kubectl.create(manifest)
    try:
        assert eventually("the driver ends", phase, timeout=END_SECONDS) == "Succeeded"
        assert PI in kubectl.logs(driver, mine.namespace)
    finally:
        kubectl.delete("job", job, mine.namespace)
        kubectl.delete("pod", driver, mine.namespace)
