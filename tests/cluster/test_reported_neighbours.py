"""What lies beside the reported cases, of the same kinds: it does what it says, or is refused."""

from __future__ import annotations

import json
import secrets
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flights import Platform, open_store
from tests.cluster.reported import END_SECONDS, driver_log, ended, pods, role, upload_programs
from tests.cluster.waiting import eventually
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.soak, pytest.mark.timeout(600)]

PROGRAM = Path(__file__).parent / "programs" / "neighbours.py"
SIZE = {"coreRequest": "100m", "memory": "512m"}
PI = "local:///opt/spark/examples/src/main/python/pi.py"

Run = Callable[..., str]


@pytest.fixture
def run(kubectl: Kubectl, mine: Platform) -> Iterator[Run]:
    """Creates a job with changes of its sections, gives its name, and removes it in the end."""
    made: list[str] = []

    def create(
        driver: dict[str, Any] | None = None, executor: dict[str, Any] | None = None, **spec: Any
    ) -> str:
        name = f"neighbour-{secrets.token_hex(3)}"
        kubectl.create(definition(mine, name, driver or {}, executor or {}, spec))
        made.append(name)
        return name

    yield create
    for name in made:
        kubectl.delete("sparkapplication", name, mine.namespace)


def definition(
    platform: Platform, name: str, driver: dict[str, Any], executor: dict[str, Any], spec: dict[str, Any]
) -> dict[str, Any]:
    """A small job with changes."""
    return {
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {"name": name, "namespace": platform.namespace},
        "spec": {
            "type": "Python",
            "mode": "cluster",
            "sparkVersion": "4.1.2",
            "image": platform.image,
            "mainApplicationFile": PI,
            "arguments": ["2"],
            "restartPolicy": {"type": "Never"},
            "driver": {**SIZE, "serviceAccount": "spark-driver", **driver},
            "executor": {**SIZE, "instances": 1, "serviceAccount": "spark-executor", **executor},
            **spec,
        },
    }


def at(platform: Platform, case: str, file: str) -> str:
    """The address of a program of the reported cases."""
    return f"s3a://{platform.artifacts_bucket}/{platform.namespace}/cases/{case}/{file}"


@pytest.fixture(scope="module")
def programs(mine: Platform) -> None:
    """What the jobs run lies where they look for it."""
    upload_programs(mine)


@pytest.fixture(scope="module")
def found(
    kubectl: Kubectl, mine: Platform, programs: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What the program of the neighbours has found; one run for all tests."""
    name = f"neighbours-{secrets.token_hex(3)}"
    folder = tmp_path_factory.mktemp("archive")
    (folder / "inside.txt").write_text("unpacked")
    with tarfile.open(folder / "environment.tar.gz", "w:gz") as archive:
        archive.add(folder / "inside.txt", "inside.txt")
    with open_store(mine) as store:
        for path in (PROGRAM, folder / "environment.tar.gz"):
            store.upload(path, mine.artifacts_bucket, f"{mine.namespace}/cases/neighbours/{path.name}")
    settings = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": mine.namespace},
        "data": {"GREETING": "hello"},
    }
    key = {"name": "FROM_MAP", "valueFrom": {"configMapKeyRef": {"name": name, "key": "GREETING"}}}
    driver = {
        "env": [key],
        "envFrom": [{"configMapRef": {"name": name}}],
        "configMaps": [{"name": name, "path": "/mnt/map"}],
    }
    helpers = "34-deps-pyfiles-s3a"
    spec = {
        "mainApplicationFile": at(mine, "neighbours", PROGRAM.name).replace("s3a:", "s3:"),
        "arguments": [mine.data_bucket, f"{mine.namespace}/cases/{name}"],
        "deps": {
            "pyFiles": [at(mine, helpers, "helper.py").replace("s3a:", "s3:")],
            "files": [at(mine, helpers, "rates.csv").replace("s3a:", "s3n:")],
            "archives": [at(mine, "neighbours", "environment.tar.gz") + "#unpacked"],
        },
    }
    kubectl.create(settings)
    kubectl.create(definition(mine, name, driver, {}, spec))
    try:
        state = ended(kubectl, mine.namespace, name)
        log = driver_log(kubectl, mine.namespace, name)
        assert state["state"] == "COMPLETED", (state, log[-3000:])
        (line,) = (line for line in log.splitlines() if line.startswith("NEIGHBOURS "))
        yield json.loads(line.removeprefix("NEIGHBOURS "))
    finally:
        for kind in ("sparkapplication", "configmap"):
            kubectl.delete(kind, name, mine.namespace)


def test_modules_files_and_archives_arrive_by_each_name_of_the_store(found: dict[str, Any]) -> None:
    assert (found["module"], found["file"], found["archive"]) == (42, ["currency", "rate"], "unpacked")


def test_a_config_map_arrives_as_a_variable_as_all_its_variables_and_as_files(found: dict[str, Any]) -> None:
    assert (found["variable"], found["variables"], found["mounted"]) == ("hello", "hello", "hello")


@pytest.mark.parametrize("kind", ["csv", "json", "orc", "text"])
def test_what_is_appended_is_there_beside_what_was(found: dict[str, Any], kind: str) -> None:
    assert found[kind] == 2000


def test_what_no_data_frame_writes_has_all_its_rows(found: dict[str, Any]) -> None:
    assert found["rdd"] == 1000


def test_a_database_of_ones_own_has_its_tables_rows(found: dict[str, Any]) -> None:
    assert found["database"] == 1010


def test_sql_overwrites_the_partitions_that_it_names_and_no_other(found: dict[str, Any]) -> None:
    assert found["days"] == {"a": 50, "b": 10}


def test_cores_and_a_factor_in_a_property_are_what_the_executor_reserves(
    run: Run, kubectl: Kubectl, mine: Platform
) -> None:
    name = run(
        executor={"coreRequest": None, "cores": 1, "memory": "1g"},
        sparkConf={"spark.executor.memoryOverheadFactor": "0.6"},
    )

    def reserved() -> dict[str, str] | None:
        # A node of two cores has no room for it beside the platform: that it is asked for is enough.
        found = [pod for pod in pods(kubectl, mine.namespace, name) if role(pod) == "executor"]
        return found[0]["spec"]["containers"][0]["resources"]["requests"] if found else None

    requests = eventually("an executor is asked for", reserved, timeout=END_SECONDS)
    assert (requests["cpu"], requests["memory"]) == ("1", "1638Mi")


def test_two_executors_are_two_where_a_property_switches_the_range_off(
    run: Run, kubectl: Kubectl, mine: Platform, programs: None
) -> None:
    name = run(
        mainApplicationFile=at(mine, "04-dynamic-allocation-disabled", "job.py"),
        executor={"instances": 2},
        sparkConf={"spark.dynamicAllocation.enabled": "False"},
    )
    # Its program wants one, and fails for two.
    ended(kubectl, mine.namespace, name)
    assert "CASE executors at the end: 2" in driver_log(kubectl, mine.namespace, name)
    assert len([pod for pod in pods(kubectl, mine.namespace, name) if role(pod) == "executor"]) == 2


def test_a_job_ends_although_containers_beside_its_own_go_on(
    run: Run, kubectl: Kubectl, mine: Platform
) -> None:
    gate = {"name": "gate", "image": mine.image, "command": ["true"]}
    helper = {"name": "helper", "image": mine.image, "command": ["sleep", "3600"]}
    # As Kubernetes has containers that end with the pod's own.
    both = {"initContainers": [gate, {**helper, "restartPolicy": "Always"}]}
    name = run(driver=both, executor=both)
    assert ended(kubectl, mine.namespace, name)["state"] == "COMPLETED"

    def only_the_driver_at_most() -> bool:
        running = [
            pod
            for pod in pods(kubectl, mine.namespace, name)
            if pod["status"]["phase"] == "Running" and not pod["metadata"].get("deletionTimestamp")
        ]
        return not [pod for pod in running if role(pod) == "executor"]

    assert eventually("the executors go", only_the_driver_at_most, timeout=180)


def test_a_template_that_pod_security_refuses_ends_with_the_reason(
    run: Run, kubectl: Kubectl, mine: Platform
) -> None:
    root = {"securityContext": {"runAsUser": 0, "runAsNonRoot": False}, "containers": [{"name": "any"}]}
    name = run(executor={"template": {"spec": root}})
    state = ended(kubectl, mine.namespace, name)
    assert state["state"] in ("FAILED", "SUBMISSION_FAILED")
    assert "violates PodSecurity" in state["errorMessage"]


def test_hives_catalog_has_the_rows_of_its_tables(
    run: Run, kubectl: Kubectl, mine: Platform, programs: None
) -> None:
    name = run(
        mainApplicationFile=at(mine, "06-saveastable-default-warehouse", "job.py"),
        driver={"memory": "1g"},
        sparkConf={"spark.sql.catalogImplementation": "hive"},
    )
    state = ended(kubectl, mine.namespace, name)
    log = driver_log(kubectl, mine.namespace, name)
    assert state["state"] == "COMPLETED", (state, log[-3000:])
    assert "CASE rows read back: 1000" in log


def test_a_driver_that_no_node_takes_waits_and_says_why(run: Run, kubectl: Kubectl, mine: Platform) -> None:
    name = run(driver={"nodeSelector": {"example.org/lifecycle": "on-demand"}})

    def said() -> str | None:
        pod = kubectl.get("pod", f"{name}-driver", mine.namespace) or {}
        conditions = pod.get("status", {}).get("conditions", [])
        return next((each["message"] for each in conditions if each.get("reason") == "Unschedulable"), None)

    assert "didn't match Pod's node affinity/selector" in eventually("the scheduler answers", said)
