"""The Spark image does what jobs, the history server, the operator and the kubelet ask of it."""

from __future__ import annotations

import json
import re
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from components.object_store.policies import ADMIN_ACCOUNT
from tests.docker.conftest import PROGRAMS
from tests.docker.container import Container, Image
from tests.store.gateway import Gateway, free_port, key_of
from tests.support import brief_jvm

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

ROWS = 10_000
ANY_UID = 123_456
KILLED = 128 + signal.SIGKILL
TERMINATED = 128 + signal.SIGTERM
PROGRAMS_SEEN_AT = "/job"

TENANT = "data-dev"
EVENT_LOGS = "s3a://events/spark/"
"""Each tenant writes to a folder of its own in it; its rights end there."""


def confs(settings: dict[str, Any]) -> list[str]:
    return [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]


def s3a(store: Gateway, account: str) -> dict[str, str]:
    return {
        "spark.hadoop.fs.s3a.endpoint": store.url,
        "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.access.key": account,
        "spark.hadoop.fs.s3a.secret.key": key_of(account),
    }


@pytest.fixture(scope="module")
def job(spark: Image, store: Gateway) -> dict[str, Any]:
    """What the smoke job saw, run as a driver pod: through the entrypoint, on a read-only root."""
    settings = {
        **s3a(store, TENANT),
        "spark.master": "local[2]",
        "spark.sql.shuffle.partitions": 2,
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": f"{EVENT_LOGS}{TENANT}/",
        "spark.eventLog.rolling.enabled": "true",
        "spark.sql.streaming.stateStore.providerClass": (
            "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
        ),
    }
    status, output = spark.run(
        "driver",
        *confs(settings),
        f"{PROGRAMS_SEEN_AT}/job.py",
        "s3a://data/data-dev/smoke",
        environment={"SPARK_DRIVER_BIND_ADDRESS": "127.0.0.1", **brief_jvm.VARIABLES},
        mounts={PROGRAMS: PROGRAMS_SEEN_AT},
        timeout=400,
    )
    assert status == 0, output[-6000:]
    seen = re.search(r"^SEEN (.*)$", output, re.MULTILINE)
    assert seen, output[-3000:]
    found: dict[str, Any] = json.loads(seen[1])
    return found


def test_sql_reads_what_it_wrote_to_s3(job: dict[str, Any]) -> None:
    assert job["sql"] == [[kind, sum(range(kind, ROWS, 3))] for kind in range(3)]


def test_python_functions_run_in_workers(job: dict[str, Any]) -> None:
    assert job["python"] == 2 * sum(range(10))


def test_mllib_trains_a_model(job: dict[str, Any]) -> None:
    assert job["mllib"] == 16, "the classes are linearly separable, so every point is told right"


def test_a_driver_maps_its_classes_from_the_archive(job: dict[str, Any]) -> None:
    assert job["archive"], "Java says nothing when it refuses one, and loads the classes from the jars"


def test_streaming_keeps_its_state_in_rocksdb(job: dict[str, Any]) -> None:
    assert job["streaming"] == ROWS


def test_a_local_file_is_uploaded_by_the_asynchronous_client(job: dict[str, Any], spark: Image) -> None:
    assert job["upload"] == (spark.root / "opt/spark/python/lib/pyspark.zip").stat().st_size


def test_output_is_committed_by_the_magic_committer(job: dict[str, Any], store: Gateway) -> None:
    marker = store.client("data-dev").get_object(Bucket="data", Key="data-dev/smoke/numbers/_SUCCESS")
    content = marker["Body"].read()
    assert content, (
        "an empty _SUCCESS is left by the rename committer: slow, and unsafe when a task is retried"
    )
    assert json.loads(content)["committer"] == "magic"


def test_the_event_log_is_rolling_and_in_s3(job: dict[str, Any], store: Gateway) -> None:
    prefix = f"spark/{TENANT}/eventlog_v2_{job['application']}/"
    listed = store.client(ADMIN_ACCOUNT).list_objects_v2(Bucket="events", Prefix=prefix)["Contents"]
    names = [entry["Key"].removeprefix(prefix) for entry in listed]
    assert f"appstatus_{job['application']}" in names, "the history server takes the end of a job from this"
    assert any(re.fullmatch(rf"events_1_{job['application']}\.zstd", name) for name in names), names


@pytest.fixture
def running(spark: Image) -> Iterator[Callable[..., Container]]:
    """Starts containers that are gone after the test."""
    containers: list[Container] = []

    def start(*arguments: str, **options: Any) -> Container:
        containers.append(spark.start(*arguments, **options))
        return containers[-1]

    yield start
    for container in containers:
        container.remove()


def fetch(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - loopback
            return json.load(response)
    except (urllib.error.URLError, OSError):
        return None


def test_the_history_server_lists_the_job_with_a_user_id_that_has_no_name(
    job: dict[str, Any], store: Gateway, running: Callable[..., Container]
) -> None:
    port = free_port()
    settings = {
        **s3a(store, ADMIN_ACCOUNT),
        "spark.history.provider": "sparkoneks.history.TenantsHistoryProvider",
        "spark.history.tenants": TENANT,
        "spark.history.fs.logDirectory": EVENT_LOGS,
        "spark.history.ui.port": port,
        "spark.history.store.path": "/tmp/store",
        "spark.history.store.hybridStore.enabled": "true",
        "spark.history.store.hybridStore.diskBackend": "ROCKSDB",
        "spark.history.store.serializer": "PROTOBUF",
    }
    server = running(
        "/opt/spark/bin/spark-class",
        "org.apache.spark.deploy.history.HistoryServer",
        uid=ANY_UID,
        gid=0,
        environment={
            **brief_jvm.VARIABLES,
            "SPARK_DAEMON_CLASSPATH": "/opt/spark/history/tenants.jar",
            "SPARK_HISTORY_OPTS": " ".join(f"-D{key}={value}" for key, value in settings.items()),
        },
    )
    url = f"http://127.0.0.1:{port}/api/v1/applications"

    def listed() -> bool:
        # Other tests' runs are in the same store.
        return job["application"] in [application["id"] for application in fetch(url) or ()]

    assert server.until("the job is listed", listed)
    stages = server.until("its stages are read", lambda: fetch(f"{url}/{job['application']}/stages"))
    assert {stage["status"] for stage in stages} <= {"COMPLETE", "SKIPPED"}
    kept = server.execute("find", "/tmp/store", "-name", "CURRENT").stdout.split()
    assert any("listing.rdb" in path for path in kept), f"nothing was kept in RocksDB: {kept}"
    server.signal("TERM")
    server.wait(30)


def test_an_executor_that_is_told_to_leave_moves_out_and_ends(running: Callable[..., Container]) -> None:
    port = free_port()
    settings = {
        "spark.master": "local-cluster[0,1,1024]",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.port": port,
        "spark.decommission.enabled": "true",
        "spark.storage.decommission.enabled": "true",
        "spark.ui.enabled": "false",
    }
    mounts = {PROGRAMS: PROGRAMS_SEEN_AT}
    driver = running(
        "driver",
        *confs(settings),
        f"{PROGRAMS_SEEN_AT}/wait_for_executor.py",
        environment={"SPARK_DRIVER_BIND_ADDRESS": "127.0.0.1"},
        mounts=mounts,
    )
    driver.until("the driver is ready", lambda: "DRIVER ready" in driver.output())
    application = re.search(r"app-\d+-\d+|local-\d+", driver.output())
    executor = running(
        "executor",
        environment={
            "SPARK_DRIVER_URL": f"spark://CoarseGrainedScheduler@127.0.0.1:{port}",
            "SPARK_EXECUTOR_ID": "7",
            "SPARK_EXECUTOR_CORES": "1",
            "SPARK_EXECUTOR_MEMORY": "512m",
            "SPARK_EXECUTOR_POD_IP": "127.0.0.1",
            "SPARK_EXECUTOR_POD_NAME": "smoke-exec-7",
            "SPARK_APPLICATION_ID": application[0] if application else "app-smoke",
            "SPARK_RESOURCE_PROFILE_ID": "0",
            "SPARK_JAVA_OPT_0": "-Dsmoke.option=two words",
            "SPARK_JAVA_OPT_1": f"-Dspark.driver.port={port}",
        },
    )
    driver.until("the executor did its work", lambda: "DRIVER counted 1000" in driver.output())
    assert "-Dsmoke.option=two words" in executor.execute("ps", "-eo", "args", "-ww").stdout, (
        "an option with a space in it must reach the JVM as one"
    )
    mapped = executor.execute("sh", "-c", "grep -l classes.jsa /proc/[0-9]*/maps").stdout
    assert mapped.startswith("/proc/"), "an executor maps its classes from the archive as well"
    hook = executor.execute("/opt/decom.sh", timeout=90)
    # The hook may die with the container, which ends with its executor; any other status is its own.
    assert hook.returncode in (0, KILLED), hook.stdout + hook.stderr
    executor.wait(30)
    log = executor.output()
    assert "decom: sending SIGPWR to executor process" in log, (
        "the hook tells the container's log what it does"
    )
    assert "Finished decommissioning" in log, (
        "the executor left by itself instead of being killed: " + log[-2000:]
    )
    assert driver.wait(60) == 0, driver.output()[-3000:]
    assert "DRIVER executors left 0" in driver.output()


def test_decom_has_nothing_to_do_where_no_executor_is(spark: Image) -> None:
    status, output = spark.run("/opt/decom.sh", tmp=False)
    assert (status, "nothing to decommission" in output) == (0, True), output


def test_the_connect_server_answers_without_the_scala_client_jars(running: Callable[..., Container]) -> None:
    port = free_port()
    server = running(
        "/opt/spark/sbin/start-connect-server.sh",
        *confs(
            {"spark.master": "local[1]", "spark.connect.grpc.binding.port": port, "spark.ui.enabled": "false"}
        ),
    )
    assert server.until("gRPC answers", lambda: speaks_http2(port))
    # The script may die with the container, which ends with its server: its own status says nothing.
    server.execute("/opt/spark/sbin/stop-connect-server.sh")
    assert server.wait(30) == TERMINATED, "the server ended because it was asked to"


def speaks_http2(port: int) -> bool:
    """Whether a server answers HTTP/2's connection preface with a settings frame (RFC 9113, section 3.4)."""
    settings_frame_type = 4
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
            frame = connection.recv(9)
    except OSError:
        return False
    return len(frame) == 9 and frame[3] == settings_frame_type


@pytest.mark.parametrize("tmp", [True, False], ids=["with /tmp", "without /tmp"])
def test_any_user_id_gets_a_name_on_a_read_only_root(spark: Image, tmp: bool) -> None:
    status, output = spark.run("sh", "-c", "id -un; touch /opt/spark/x", uid=ANY_UID, gid=0, tmp=tmp)
    assert "spark" in output.splitlines(), output
    assert (status, "Read-only file system" in output) == (1, True), "the root must not be writable here"


def test_other_commands_run_as_they_are_and_keep_their_exit_status(spark: Image) -> None:
    status, output = spark.run("sh", "-c", "echo $0 $1; exit 7", "a b", "c")
    assert (status, output) == (7, "a b c\n")


def test_the_init_process_passes_the_end_on(running: Callable[..., Container]) -> None:
    waiting = running("sh", "-c", "trap 'echo ended; exit 0' TERM; echo started; while :; do sleep 0.1; done")
    waiting.until("it runs", lambda: "started" in waiting.output(), timeout=20)
    waiting.signal("TERM")
    assert waiting.wait(20) == 0
    assert "ended" in waiting.output()


def test_java_trusts_public_authorities(spark: Image) -> None:
    status, output = spark.run("keytool", "-list", "-cacerts", "-storepass", "changeit")
    entries = output.count("trustedCertEntry")
    assert (status, entries > 50) == (0, True), (
        f"{entries} authorities: TLS to S3 and to a cluster would fail"
    )


def test_java_tells_the_line_of_an_error(spark: Image) -> None:
    status, output = spark.run(
        "java", "-cp", "/opt/spark/jars/*", "org.apache.spark.deploy.SparkSubmit", "x.jar"
    )
    assert status != 0
    assert "Unknown Source" not in output, "classes without line numbers make stack traces useless"
