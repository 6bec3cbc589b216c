"""Real Spark against the real store, with the platform's own settings, keys and chart: the rights are enough.

The job runs in this machine's JVM instead of a pod; all else is what the platform gives to a tenant's job and
to the history server.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from components import versions
from components.domain import ObjectStorage
from components.spark.conf import spark_defaults
from tests.jobs.conftest import distribution
from tests.store.conftest import TENANTS
from tests.store.gateway import BUCKETS, Gateway, key_of
from tests.store.history import chart_conf, history_server
from tests.store.spark import keys, submit
from tests.support.distributions import Distribution
from tests.support.history_server import Server

__all__ = ["distribution"]

pytestmark = [pytest.mark.store, pytest.mark.spark]

JOB = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("rights").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
spark.read.text("s3a://data/public/text").count()
for _ in range(2):
    spark.range(100).selectExpr("id", "id % 3 as k").write.mode("overwrite").partitionBy("k").parquet(
        "s3a://data/data-dev/table"
    )
print("rows", spark.read.parquet("s3a://data/data-dev/table").count())
days = "s3a://data/data-dev/days"
spark.range(100).selectExpr("id", "id % 3 as k").write.partitionBy("k").parquet(days)
again = spark.range(7).selectExpr("id", "2 as k").write.option("partitionOverwriteMode", "dynamic")
again.mode("overwrite").partitionBy("k").parquet(days)
counts = spark.read.parquet(days).groupBy("k").count().collect()
print("days", sorted((row["k"], row["count"]) for row in counts))
def attempt(name, action):
    try:
        action()
        print(name, "done")
    except Exception as error:
        print(name, "refused" if "AccessDenied" in str(error) else error)
attempt("read", lambda: spark.read.text("s3a://data/science-dev/text").count())
attempt("list", lambda: spark.read.text("s3a://data/").count())
attempt("write", lambda: spark.range(1).write.mode("overwrite").parquet("s3a://data/science-dev/table"))
attempt("publish", lambda: spark.range(1).write.mode("overwrite").parquet("s3a://data/public/table"))
spark.stop()
"""


PLAIN, PASSWORD = secrets.token_hex(16), secrets.token_hex(16)
"""Values of two properties of the job; one of them has a name that a secret has."""


@dataclass(frozen=True)
class Finished:
    """A job that has run: what it printed, and the store that it used."""

    printed: list[str]
    store: Gateway
    storage: ObjectStorage


@pytest.fixture(scope="module")
def finished(
    ready: Gateway, distribution: Distribution, tmp_path_factory: pytest.TempPathFactory
) -> Finished:
    """Run the job with a tenant's key and the platform's defaults."""
    folder = tmp_path_factory.mktemp("job")
    storage = ObjectStorage(
        endpoint=ready.url,
        region="us-east-1",
        path_style=True,
        data_bucket=BUCKETS.data,
        events_bucket=BUCKETS.events,
        artifacts_bucket=BUCKETS.artifacts,
        static_credentials=True,
    )
    admin = ready.client("admin")
    for key in ("public/text", "science-dev/text"):
        admin.put_object(Bucket="data", Key=key, Body=b"one\ntwo\n")
    conf = spark_defaults(storage, spark_version=versions.SPARK, image="unused:1")
    conf |= {"spark.check.plain": PLAIN, "spark.check.password": PASSWORD}
    (folder / "job.py").write_text(JOB)
    done = submit(
        distribution, folder, conf, str(folder / "job.py"), namespace="data-dev", environment=keys("data-dev")
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return Finished(done.stdout.splitlines(), ready, storage)


def test_a_tenants_job_reads_and_writes_what_is_its_own_and_public(finished: Finished) -> None:
    assert "rows 100" in finished.printed


def test_a_write_whose_code_asks_for_it_overwrites_single_partitions_and_leaves_the_others(
    finished: Finished,
) -> None:
    assert "days [(0, 34), (1, 33), (2, 7)]" in finished.printed, "of 100 rows in three partitions"


@pytest.mark.parametrize("what", ["read", "list", "write", "publish"])
def test_a_tenants_job_is_kept_out_of_everything_else(finished: Finished, what: str) -> None:
    assert f"{what} refused" in finished.printed, finished.printed


def test_the_job_was_committed_by_the_magic_committer_and_left_no_upload_behind(finished: Finished) -> None:
    client = finished.store.client("data-dev")
    success = client.get_object(Bucket="data", Key="data-dev/table/_SUCCESS")["Body"].read()
    assert json.loads(success)["committer"] == "magic", "with rename, files appear one by one and slowly"
    assert "Uploads" not in client.list_multipart_uploads(Bucket="data", Prefix="data-dev/")
    keys_ = [
        each["Key"] for each in client.list_objects_v2(Bucket="data", Prefix="data-dev/table/")["Contents"]
    ]
    assert not [key for key in keys_ if "__magic" in key], "its working folder must be gone"


def test_the_jobs_event_log_is_finished(finished: Finished) -> None:
    client = finished.store.client("history")
    found = [each["Key"] for each in client.list_objects_v2(Bucket="events", Prefix="spark/")["Contents"]]
    names = [key.rpartition("/")[2] for key in found if key.startswith("spark/data-dev/eventlog_v2_")]
    assert any(name.startswith("appstatus_") for name in names)
    assert not [name for name in names if name.endswith(".inprogress")], "Spark may rename its own log"


def test_no_key_and_no_password_is_in_the_jobs_event_log(finished: Finished, tmp_path: Path) -> None:
    client = finished.store.client("history")
    found = [each["Key"] for each in client.list_objects_v2(Bucket="events", Prefix="spark/")["Contents"]]
    (log,) = (key for key in found if "/eventlog_v2_" in key and key.endswith(".zstd"))
    (tmp_path / "log.zst").write_bytes(client.get_object(Bucket="events", Key=log)["Body"].read())
    # DuckDB unpacks it: nothing else that the tests have can.
    lines = duckdb.execute(
        "SELECT line FROM read_csv(?, columns={'line': 'VARCHAR'}, delim='\x1f', quote='', escape='', "
        "header=false, compression='zstd', auto_detect=false, max_line_size=10000000)",
        [str(tmp_path / "log.zst")],
    ).fetchall()
    text = "\n".join(line for (line,) in lines)
    assert PLAIN in text, "or nothing would be found there"
    assert PASSWORD not in text
    assert key_of("data-dev") not in text


@pytest.fixture(scope="module")
def history(
    finished: Finished, distribution: Distribution, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The history server with what the chart renders, once it lists the job."""
    folder = tmp_path_factory.mktemp("history")
    conf = chart_conf(finished.storage, TENANTS)
    with history_server(distribution, folder, conf, keys("history")) as server:
        server.named("rights")
        yield server


def test_the_history_server_answers_the_probes_page(history: Server) -> None:
    assert history.api("version") == {"spark": versions.SPARK}


def test_the_history_server_lists_the_job_as_completed(history: Server) -> None:
    application = history.named("rights")
    assert application["attempts"][0]["completed"] is True


def test_whose_a_job_is_follows_from_where_its_log_lies(history: Server, finished: Finished) -> None:
    put_log(finished.store, "science-dev", "spark/science-dev/spark-theirs", "spark-theirs", user="data-dev")
    assert history.named("forged spark-theirs")["attempts"][0]["sparkUser"] == "science-dev"
    assert history.named("rights")["attempts"][0]["sparkUser"] == "data-dev"


def test_a_log_from_before_tenants_had_their_own_is_still_shown_as_nobodys(
    history: Server, finished: Finished
) -> None:
    put_log(finished.store, "admin", "spark/spark-old", "spark-old", user="data-dev")
    assert history.named("forged spark-old")["attempts"][0]["sparkUser"] == ""


def test_a_log_that_claims_another_tenants_application_does_not_take_its_place(
    history: Server, finished: Finished
) -> None:
    theirs = history.named("rights")
    put_log(finished.store, "science-dev", "spark/science-dev/spark-forged", theirs["id"], user="data-dev")
    put_log(finished.store, "science-dev", "spark/science-dev/spark-later", "spark-later", user="data-dev")
    history.named("forged spark-later")
    named = [each for each in history.api("applications") if each["id"] == theirs["id"]]
    assert named == [theirs], "the second claim was read by then, and changes nothing"
    assert history.api(f"applications/{theirs['id']}")["name"] == "rights"


def test_an_id_that_could_forge_an_address_is_not_shown(history: Server, finished: Finished) -> None:
    wrong = ["a b", "../../etc", "x" * 200, "<script>", ""]
    for at, name in enumerate([*wrong, "spark-right"]):
        put_log(finished.store, "science-dev", f"spark/science-dev/spark-{at}", name, user="x")
    history.named("forged spark-right")
    assert not set(wrong) & {each["id"] for each in history.api("applications")}


def put_log(store: Gateway, account: str, key: str, name: str, *, user: str) -> None:
    """Write the log of a run that never was, with an account's own key."""
    now = int(time.time() * 1000)
    events: list[dict[str, Any]] = [
        {"Event": "SparkListenerLogStart", "Spark Version": versions.SPARK},
        {
            "Event": "SparkListenerApplicationStart",
            "App Name": f"forged {name}",
            "App ID": name,
            "Timestamp": now - 1000,
            "User": user,
        },
        {"Event": "SparkListenerApplicationEnd", "Timestamp": now},
    ]
    # Spark finds events by how their lines begin, so there are no blanks.
    text = "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in events)
    store.client(account).put_object(Bucket=BUCKETS.events, Key=key, Body=text.encode())


def test_the_history_server_opens_the_job(history: Server) -> None:
    application = history.named("rights")
    (driver,) = history.api(f"applications/{application['id']}/executors")
    assert driver["completedTasks"] > 0, "the log was read through the hybrid store"
