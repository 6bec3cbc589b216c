"""Spark in this process, and the S3 server on loopback, for the tests of the jobs."""

from __future__ import annotations

import importlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import flights
from components import versions
from tests.support import brief_jvm, distributions
from tests.support.distributions import Distribution
from toolchain import find

SPARK_VARIABLES = (
    *("SPARK_HOME", "SPARK_LOCAL_IP", "PYSPARK_PYTHON", "SPARK_SUBMIT_OPTS"),
    *brief_jvm.VARIABLES,
)
ACCESS, SECRET, REGION = "tester", "made-up-for-tests", "us-east-1"


@pytest.fixture(scope="session")
def distribution() -> Distribution:
    """The platform's release; 0.5 GB in the cache."""
    return distributions.unpacked(versions.SPARK)


@pytest.fixture(scope="session")
def job(distribution: Distribution) -> Any:
    """The job's module; importing it imports pyspark."""
    os.environ.update({key: distribution.brief[key] for key in SPARK_VARIABLES})
    sys.path[:0] = distribution.python_path
    return importlib.import_module("jobs.flights.flights")


@pytest.fixture(scope="session")
def spark(job: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Spark session for all tests, small and silent."""
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    session = (
        SparkSession.builder.master("local[1]")
        .appName("flights-tests")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.warehouse.dir", str(folder))
        .config("spark.local.dir", str(folder))
        .config("spark.driver.extraJavaOptions", f"-Dderby.system.home={folder}")
        # Not the machine's: a result must not depend on where it was computed.
        .config("spark.sql.session.timeZone", "America/New_York")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def data() -> flights.Dataset:
    """The three million flights, from the cache or from npm."""
    return flights.fetch_data()


@dataclass(frozen=True)
class Server:
    """An S3 server on loopback."""

    endpoint: str
    store: flights.Store


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The S3 server that the platform runs, with its three buckets and one account."""
    root, sidecar = tmp_path_factory.mktemp("buckets"), tmp_path_factory.mktemp("sidecar")
    for bucket in ("data", "events", "artifacts"):
        (root / bucket).mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(find("versitygw")), "--port", f"127.0.0.1:{port}", "--quiet", "posix"]
    environment = {"PATH": os.environ["PATH"], "ROOT_ACCESS_KEY": ACCESS, "ROOT_SECRET_KEY": SECRET}
    command += ["--sidecar", str(sidecar), str(root)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            _await(port)
            endpoint = f"http://127.0.0.1:{port}"
            yield Server(endpoint, flights.connect(endpoint, ACCESS, SECRET, REGION))
        finally:
            process.terminate()


def _await(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"the S3 server does not listen on port {port} after 20 s")
