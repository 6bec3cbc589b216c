"""All three million flights: Spark against DuckDB, over S3, with the platform's own Spark settings."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

import flights
from components import versions
from components.domain import ObjectStorage
from components.spark.conf import render_properties, spark_defaults, tenant_conf
from flights.sight import Times
from flights.submit import FOLDER
from images import fetch
from tests.jobs.conftest import ACCESS, REGION, SECRET, Server
from tests.support.distributions import Distribution

# In `make test` the node runs the same job in three ways, each held against DuckDB; this one needs no node.
pytestmark = [pytest.mark.spark, pytest.mark.store, pytest.mark.soak]

RUN = "equality"


@pytest.fixture(scope="module")
def platform(server: Server) -> flights.Platform:
    return flights.Platform(
        kubeconfig=Path("unused"), namespace="data-dev", image="this-machine", endpoint=server.endpoint
    )


def submit(
    distribution: Distribution, server: Server, folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """spark-submit in local mode, configured as a driver pod is, but for ports and folders."""
    storage = ObjectStorage(
        endpoint=server.endpoint,
        region=REGION,
        path_style=True,
        data_bucket="data",
        events_bucket="events",
        artifacts_bucket="artifacts",
        static_credentials=True,
    )
    own = {
        "spark.ui.enabled": "false",
        "spark.driver.port": "0",
        "spark.blockManager.port": "0",
        "spark.hadoop.fs.s3a.buffer.dir": str(folder / "s3a"),
        "spark.sql.shuffle.partitions": "8",
    }
    conf = spark_defaults(storage, spark_version=versions.SPARK, image="unused:1", overrides=own)
    conf = tenant_conf(conf, storage, "data-dev")
    (folder / "spark.conf").write_text(render_properties(conf))
    return subprocess.run(
        [
            str(distribution.home / "bin" / "spark-submit"),
            "--master=local[2]",
            f"--properties-file={folder / 'spark.conf'}",
            f"--driver-class-path={':'.join(map(str, s3a_jars()))}",
            str(FOLDER / "flights.py"),
            *arguments,
        ],
        env={
            **distribution.environment,
            "AWS_ACCESS_KEY_ID": ACCESS,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def s3a_jars() -> list[Path]:
    jars = [
        fetch.DOWNLOADS / digest[:16] / name
        for name, digest in fetch.read_lock(fetch.DEFAULT_LOCKS / "jars.lock").items()
    ]
    missing = [jar.name for jar in jars if not jar.is_file()]
    assert not missing, f"{missing} are missing: `make images` downloads them"
    return jars


@pytest.fixture(scope="module")
def outcome(
    distribution: Distribution,
    server: Server,
    platform: flights.Platform,
    data: flights.Dataset,
    tmp_path_factory: pytest.TempPathFactory,
) -> flights.Outcome:
    """The job's run over what was uploaded as `make up` uploads it."""
    server.store.client.put_object(Bucket="events", Key="spark/data-dev/")
    flights.upload(platform, server.store, data)
    done = submit(
        distribution,
        server,
        tmp_path_factory.mktemp("run"),
        f"--input=s3a://data/{platform.input_prefix}/flights-3m.parquet",
        f"--airports=s3a://data/{platform.input_prefix}/airports.csv",
        "--output=s3a://data/data-dev/flights/runs",
        f"--run={RUN}",
    )
    assert done.returncode == 0, f"the job failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return flights.Outcome(RUN, Times())


def test_spark_and_duckdb_agree_on_every_number(
    outcome: flights.Outcome, platform: flights.Platform, server: Server, data: flights.Dataset
) -> None:
    # Raises for any difference: accepted rows, every measure of every key, every ranking, and the committer.
    report = flights.answer(outcome, flights.Kind.OPERATOR, platform, server.store, data)

    assert report.answer["accepted"] + sum(report.answer["rejected"].values()) == 3_000_000, (
        "no flight is lost"
    )
    assert report.answer["accepted"] == 2_999_965, "the count that the documentation gives"
    assert report.answer["statistics"] == 7993, "keys of all groupings"


def test_the_answer_is_shown_with_times_and_where_to_look(
    outcome: flights.Outcome, platform: flights.Platform, server: Server, data: flights.Dataset
) -> None:
    report = flights.answer(outcome, flights.Kind.OPERATOR, platform, server.store, data)
    console = Console(record=True, width=140, file=io.StringIO())
    flights.show(report, platform, console)
    text = console.export_text()

    assert "2,999,965 US flights, 2001-01 to 2001-06" in text, "what the answer is about"
    assert "JFK-CLE" in text, "the worst route; PHX-DTW is one only with the day that its clock lost"
    assert f"s3://data/data-dev/flights/runs/{RUN}/" in text, "where the results are"


def test_an_event_log_was_written_where_the_history_server_looks(
    outcome: flights.Outcome, server: Server
) -> None:
    assert outcome.run == RUN
    logs = server.store.keys("events", "spark/data-dev")

    assert any("/events_1_" in key for key in logs), f"a finished run must have a rolled log: {logs}"


def test_a_missing_input_ends_the_process_with_a_sentence_at_the_end_of_its_log(
    distribution: Distribution, server: Server, outcome: flights.Outcome, tmp_path: Path
) -> None:
    assert outcome.run == RUN, "the server is set up"
    done = submit(
        distribution,
        server,
        tmp_path,
        "--input=s3a://data/data-dev/nothing.parquet",
        "--airports=s3a://data/data-dev/flights/input/airports.csv",
        "--output=s3a://data/data-dev/flights/runs",
    )

    assert done.returncode == 3, f"its own status, so that a scheduler can tell:\n{done.stderr[-2000:]}"
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("flights: s3a://data/data-dev/nothing.parquet does not exist."), last
    assert "Traceback" not in done.stdout, "nobody needs a traceback for a missing file"
