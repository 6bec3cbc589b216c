"""Each release of Spark does what jobs need: the version matrix, which a run of these tests prints."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from components import versions
from components.object_store.policies import ADMIN_ACCOUNT
from components.releases import RELEASES
from tests.docker.conftest import PROGRAMS, OpenImage
from tests.docker.container import Container, Image
from tests.docker.test_spark_image import (
    EVENT_LOGS,
    PROGRAMS_SEEN_AT,
    TENANT,
    confs,
    fetch,
    s3a,
    speaks_http2,
)
from tests.store.gateway import Gateway, free_port
from tests.support import brief_jvm

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

ROWS = 1_000
"""As in programs/matrix.py."""

NO_CONNECT = {
    versions.SPARK_LTS: "spark-connect_2.12 of 3.5.8 was not in the repository that the image is made from"
}
"""Release without a Connect server -> the reason."""

Seen = dict[str, dict[str, Any]]


@pytest.fixture(scope="module", params=list(RELEASES))
def version(request: pytest.FixtureRequest) -> str:
    """One of the releases."""
    return str(request.param)


@pytest.fixture(scope="module")
def runs(unpacked: OpenImage, store: Gateway) -> Seen:
    """Release -> what its job saw, run once in the image with Python packages."""
    return {
        version: run(unpacked(release.python_image), store, version) for version, release in RELEASES.items()
    }


def run(image: Image, store: Gateway, version: str) -> dict[str, Any]:
    settings = {
        **s3a(store, TENANT),
        "spark.master": "local[2]",
        "spark.sql.shuffle.partitions": 2,
        "spark.ui.enabled": "false",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": f"{EVENT_LOGS}{TENANT}/",
        "spark.eventLog.rolling.enabled": "true",
        "spark.eventLog.compress": "true",
    }
    status, output = image.run(
        "driver",
        *confs(settings),
        f"{PROGRAMS_SEEN_AT}/matrix.py",
        f"s3a://data/{TENANT}/matrix/{version}",
        environment={"SPARK_DRIVER_BIND_ADDRESS": "127.0.0.1", **brief_jvm.VARIABLES},
        mounts={PROGRAMS: PROGRAMS_SEEN_AT},
        timeout=600,
    )
    seen = re.search(r"^SEEN (.*)$", output, re.MULTILINE)
    assert status == 0, output[-6000:]
    assert seen, output[-3000:]
    found: dict[str, Any] = json.loads(seen[1])
    assert found["version"] == version
    return found


def test_python_with_numpy(runs: Seen, version: str) -> None:
    assert runs[version]["numpy"] == round(sum(map(math.sqrt, range(ROWS))), 3)


def test_python_with_pandas(runs: Seen, version: str) -> None:
    assert runs[version]["pandas"] == sum(range(ROWS)) / 2


def test_python_with_pyarrow(runs: Seen, version: str) -> None:
    assert runs[version]["pyarrow"] == sum(range(0, ROWS, 2))


def test_native_libraries_load(runs: Seen, version: str) -> None:
    faults = {name: said for name, said in runs[version]["native"].items() if said}
    assert faults == {}, "the layout dropped what this machine loads, or the base lacks what that links to"


@pytest.mark.parametrize("committer", ["file", "directory", "partitioned", "magic"])
def test_s3_by_committer(runs: Seen, version: str, store: Gateway, committer: str) -> None:
    assert runs[version][committer] == [ROWS, sum(range(ROWS))]
    key = f"{TENANT}/matrix/{version}/{committer}/_SUCCESS"
    content = store.client(TENANT).get_object(Bucket="data", Key=key)["Body"].read()
    used = json.loads(content)["committer"] if content else "file"
    assert used == committer, "an empty marker is left by the committer that renames"


@pytest.mark.parametrize("write", ["Parquet", "RDD"])
def test_no_write_to_a_disk_of_one_pod(runs: Seen, version: str, write: str) -> None:
    found = runs[version]["disk"]
    assert found[f"local, {write}"] == "written", "a driver that is its own executor has what it writes"
    assert f"Write s3a://<bucket>/<namespace>/tmp/pods/{write}," in found[f"pods, {write}"]


def test_spark_submit_of_a_jar(unpacked: OpenImage, version: str) -> None:
    status, output = unpacked(RELEASES[version].image).run(
        "driver",
        *confs({"spark.master": "local[2]", "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1"}),
        *("--class", "org.apache.spark.examples.SparkPi"),
        # A link, by the name that Spark's own images have, to what first manifests name.
        f"/opt/spark/examples/jars/spark-examples_{RELEASES[version].scala}-{version}.jar",
        "4",
        environment={"SPARK_DRIVER_BIND_ADDRESS": "127.0.0.1", **brief_jvm.VARIABLES},
    )
    assert status == 0, output[-3000:]
    found = re.search(r"Pi is roughly ([\d.]+)", output)
    assert found, output[-1000:]
    assert abs(float(found[1]) - math.pi) < 0.02


def test_no_hadoop_is_there_twice(unpacked: OpenImage, version: str) -> None:
    jars = [path.name for path in (unpacked(RELEASES[version].image).root / "opt/spark/jars").iterdir()]
    clients = sorted(name for name in jars if name.startswith(("hadoop-client", "hadoop-aws")))
    assert clients == [
        f"hadoop-{part}-{versions.HADOOP}.jar" for part in ("aws", "client-api", "client-runtime")
    ]


@pytest.fixture
def running(unpacked: OpenImage) -> Iterator[Callable[..., Container]]:
    """Starts containers that are gone after the test."""
    containers: list[Container] = []

    def start(image: str, *arguments: str, **options: Any) -> Container:
        containers.append(unpacked(image).start(*arguments, **options))
        return containers[-1]

    yield start
    for container in containers:
        container.remove()


def test_connect(running: Callable[..., Container], version: str) -> None:
    if version in NO_CONNECT:
        pytest.skip(NO_CONNECT[version])
    port = free_port()
    image = RELEASES[version].python_image
    server = running(
        image,
        "/opt/spark/sbin/start-connect-server.sh",
        *confs(
            {"spark.master": "local[1]", "spark.connect.grpc.binding.port": port, "spark.ui.enabled": "false"}
        ),
    )
    server.until("gRPC answers", lambda: speaks_http2(port))
    asked = (
        "from pyspark.sql import SparkSession as S\n"
        f"s = S.builder.remote('sc://127.0.0.1:{port}').getOrCreate()\n"
        "print('SUM', s.version, s.range(1000).selectExpr('sum(id)').first()[0])\n"
    )
    client = server.execute("python3", "-c", asked, timeout=120)
    assert f"SUM {version} {sum(range(1000))}" in client.stdout, client.stdout + client.stderr


def test_event_log_in_the_one_history_server(
    runs: Seen, version: str, store: Gateway, running: Callable[..., Container]
) -> None:
    port = free_port()
    settings = {
        **s3a(store, ADMIN_ACCOUNT),
        "spark.history.provider": "sparkoneks.history.TenantsHistoryProvider",
        "spark.history.tenants": TENANT,
        "spark.history.fs.logDirectory": EVENT_LOGS,
        "spark.history.ui.port": port,
    }
    server = running(
        "spark",
        "/opt/spark/bin/spark-class",
        "org.apache.spark.deploy.history.HistoryServer",
        environment={
            **brief_jvm.VARIABLES,
            "SPARK_DAEMON_CLASSPATH": "/opt/spark/history/tenants.jar",
            "SPARK_HISTORY_OPTS": " ".join(f"-D{key}={value}" for key, value in settings.items()),
        },
    )
    url = f"http://127.0.0.1:{port}/api/v1/applications/{runs[version]['application']}"
    (attempt,) = server.until("the job is listed", lambda: (fetch(url) or {}).get("attempts"))
    assert (attempt["appSparkVersion"], attempt["completed"]) == (version, True)
    stages = server.until("its stages are read", lambda: fetch(f"{url}/stages"))
    assert sum(stage["outputRecords"] for stage in stages) == 4 * ROWS, "what the four committers wrote"
