"""Spark as prod runs it on AWS: its properties, its roles' documents, and credentials of Pod Identity.

The job, the flights and the history server are the real ones, on this machine. S3 is the judge, which decides
by the documents that prod gives to AWS; credentials come from an agent that is away for its first calls.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

import flights
from components import versions
from components.domain import ObjectStorage
from components.services.canary.plan import canary_spec
from components.spark.conf import spark_defaults, tenant_conf
from tests.jobs.conftest import distribution
from tests.store import identity_agent
from tests.store.history import chart_conf, history_server
from tests.store.judge.proxy import Judge
from tests.store.judge.roles import BUCKETS, storage_at
from tests.store.spark import s3_jars, submit
from tests.support.distributions import Distribution
from workspace.paths import ROOT

__all__ = ["distribution"]

pytestmark = [pytest.mark.store, pytest.mark.spark]

TENANT = "data-prod"
REFUSED_CALLS = 8
"""More than the SDK asks by itself before it gives up: six times, at once."""

FLIGHTS = 20_000

JOB = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("judged").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
mine, theirs = "s3a://acme-spark-prod-data/data-prod", "s3a://acme-spark-prod-data/science-prod"
hadoop = spark._jvm.org.apache.hadoop.fs
folder = hadoop.Path(mine)
print("there before", folder.getFileSystem(spark._jsc.hadoopConfiguration()).exists(folder))
for _ in range(2):
    rows = spark.range(100).selectExpr("id", "id % 3 as k")
    rows.write.mode("overwrite").partitionBy("k").parquet(mine + "/table")
print("rows", spark.read.parquet(mine + "/table").count())
print("below the name", len(folder.getFileSystem(spark._jsc.hadoopConfiguration()).listStatus(folder)))
def attempt(name, action):
    try:
        action()
        print(name, "done")
    except Exception as error:
        print(name, "refused" if "AccessDenied" in str(error) or "403" in str(error) else error)
attempt("read", lambda: spark.read.text(theirs + "/text").count())
attempt("write", lambda: spark.range(1).write.mode("overwrite").parquet(theirs + "/table"))
spark.stop()
"""


@dataclass(frozen=True, kw_only=True)
class Aws:
    """What a pod of prod finds around it.

    Args:
        judge: S3.
        agent: where credentials come from.
        folder: of this machine, for files.
    """

    judge: Judge
    agent: identity_agent.Agent
    folder: Path

    @property
    def storage(self) -> ObjectStorage:
        """Prod's object store, at the judge's address."""
        return storage_at(self.judge.url)

    def environment(self, role: str) -> dict[str, str]:
        """Variables of a pod with a role, once the image's entrypoint has seen the agent hand them out."""
        found = self.agent.environment(role, self.folder)
        subprocess.run(
            [str(ROOT / "docker" / "spark" / "wait-for-identity.sh")],
            env={"PATH": "/bin:/usr/bin", **found},
            check=True,
        )
        return found

    def run(
        self, distribution: Distribution, namespace: str, *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a job to its end, as its pod does."""
        folder = self.folder / f"job-{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        environment = self.environment(namespace)
        defaults = spark_defaults(self.storage, spark_version=versions.SPARK, image="unused:1")
        # One partition, because each task more takes its time on a machine that tests share.
        conf = tenant_conf(defaults, self.storage, namespace) | {"spark.sql.shuffle.partitions": "1"}
        return submit(distribution, folder, conf, *arguments, namespace=namespace, environment=environment)


@pytest.fixture(scope="module")
def aws(judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """Prod's surroundings, with the markers that the stack puts into the bucket of event logs."""
    admin = judge.store.client("admin")
    for key in ("spark/", "spark/data-prod/", "spark/science-prod/", "spark/spark-canary/"):
        admin.put_object(Bucket=BUCKETS.events, Key=key, Body=b"")
    admin.put_object(Bucket=BUCKETS.data, Key="science-prod/text", Body=b"one\n")
    with identity_agent.running(away=REFUSED_CALLS, sessions=False) as agent:
        yield Aws(judge=judge, agent=agent, folder=tmp_path_factory.mktemp("aws"))
    assert agent.instance_calls == 0, "a pod asked for the role of its node"
    assert judge.not_judged == [], "a request that no rule speaks of proves nothing"


@pytest.fixture(scope="module")
def job(aws: Aws, distribution: Distribution) -> list[str]:
    """What the job printed, which was the first to ask the agent."""
    program = aws.folder / "job.py"
    program.write_text(JOB)
    done = aws.run(distribution, TENANT, str(program))
    assert done.returncode == 0, f"{aws.judge.refused[-3:]}\n{done.stderr[-3000:]}"
    return done.stdout.splitlines()


def test_a_job_on_a_new_node_waits_for_its_credentials(job: list[str], aws: Aws) -> None:
    assert aws.agent.calls > REFUSED_CALLS
    assert "rows 100" in job


def test_a_tenants_folder_that_is_not_there_yet_is_no_refusal(job: list[str]) -> None:
    assert "there before False" in job, "403 for a missing name ends every job before its first byte"
    assert "below the name 1" in job


@pytest.mark.parametrize("what", ["read", "write"])
def test_a_job_is_kept_out_of_another_tenants_data(job: list[str], what: str) -> None:
    assert f"{what} refused" in job, job


def test_the_magic_committer_needs_no_right_that_the_role_lacks(job: list[str], aws: Aws) -> None:
    assert "rows 100" in job
    client = aws.judge.client(TENANT)
    success = client.get_object(Bucket=BUCKETS.data, Key="data-prod/table/_SUCCESS")["Body"].read()
    assert json.loads(success)["committer"] == "magic"


def test_the_history_server_starts_reads_and_shows_the_job(
    job: list[str], aws: Aws, distribution: Distribution, tmp_path: Path
) -> None:
    assert job
    conf = chart_conf(aws.storage, [TENANT, "science-prod"])
    with history_server(distribution, tmp_path, conf, aws.environment("history")) as server:
        shown = server.named("judged")
        assert (shown["attempts"][0]["completed"], shown["attempts"][0]["sparkUser"]) == (True, TENANT)
        (driver,) = server.api(f"applications/{shown['id']}/executors")
        assert driver["completedTasks"] > 0


def test_files_of_a_job_are_uploaded_with_the_submitters_role(
    aws: Aws, distribution: Distribution, tmp_path: Path
) -> None:
    """What `spark.kubernetes.file.upload.path` does: a new folder, and a copy of a local file into it."""
    defaults = spark_defaults(aws.storage, spark_version=versions.SPARK, image="unused:1")
    conf = tenant_conf(defaults, aws.storage, TENANT)
    (tmp_path / "job.py").write_text("print(1)")
    folder = f"{conf['spark.kubernetes.file.upload.path']}/spark-upload-1"
    shell = [str(distribution.home / "bin" / "spark-class"), "org.apache.hadoop.fs.FsShell"]
    hadoop = {key.removeprefix("spark.hadoop."): value for key, value in conf.items() if ".fs.s3a." in key}
    hadoop["fs.s3a.buffer.dir"] = str(tmp_path)
    properties = "".join(
        f"<property><name>{key}</name><value>{value}</value></property>" for key, value in hadoop.items()
    )
    (tmp_path / "core-site.xml").write_text(f"<configuration>{properties}</configuration>")
    environment = {
        **distribution.brief,
        **aws.environment(f"{TENANT}-submit"),
        "SPARK_DIST_CLASSPATH": s3_jars(),
        "HADOOP_CONF_DIR": str(tmp_path),
    }
    for command in (["-mkdir", "-p", folder], ["-put", str(tmp_path / "job.py"), folder]):
        done = subprocess.run(
            [*shell, *command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{aws.judge.refused[-3:]}\n{done.stderr[-2000:]}"
    key = f"{folder}/job.py".removeprefix(f"s3a://{BUCKETS.artifacts}/")
    assert (
        aws.judge.client(TENANT).get_object(Bucket=BUCKETS.artifacts, Key=key)["Body"].read() == b"print(1)"
    )


def test_the_canarys_job_goes_through_with_its_own_role(aws: Aws, distribution: Distribution) -> None:
    spec: dict[str, Any] = canary_spec(interval_minutes=5, image="unused:1", spark_version=versions.SPARK)
    # The distribution has the examples in a folder of its own; the image lays them out as Spark's tarball.
    program = distribution.home / "examples" / Path(spec["template"]["mainApplicationFile"]).name
    done = aws.run(distribution, "spark-canary", str(program), *spec["template"]["arguments"])
    assert done.returncode == 0, f"{aws.judge.refused[-3:]}\n{done.stderr[-3000:]}"
    logs = aws.judge.client("history").list_objects_v2(Bucket=BUCKETS.events, Prefix="spark/spark-canary/")
    assert any("eventlog_v2_" in each["Key"] for each in logs["Contents"]), "its event log is what is checked"


@pytest.mark.soak
def test_the_flights_run_with_a_tenants_role(aws: Aws, distribution: Distribution) -> None:
    home = f"s3a://{BUCKETS.data}/{TENANT}/flights"
    client = aws.judge.client(TENANT)
    whole, airports = flights.fetch_data().files
    parquet = aws.folder / whole.name
    # What is read and written is the same for fewer rows.
    duckdb.sql(f"COPY (FROM '{whole}' LIMIT {FLIGHTS}) TO '{parquet}' (FORMAT parquet)")
    for path in (parquet, airports):
        client.upload_file(str(path), BUCKETS.data, f"{TENANT}/flights/input/{path.name}")
    client.upload_file(
        str(ROOT / "jobs" / "flights" / "flights.py"), BUCKETS.artifacts, f"{TENANT}/flights/flights.py"
    )
    done = aws.run(
        distribution,
        TENANT,
        f"s3a://{BUCKETS.artifacts}/{TENANT}/flights/flights.py",
        f"--input={home}/input/{parquet.name}",
        f"--airports={home}/input/{airports.name}",
        f"--output={home}/runs",
        "--run=judged",
    )
    assert done.returncode == 0, f"{aws.judge.refused[-3:]}\n{done.stderr[-3000:]}"
    found = client.list_objects_v2(Bucket=BUCKETS.data, Prefix=f"{TENANT}/flights/runs/judged/")["Contents"]
    assert any(each["Key"].endswith("/_SUCCESS") for each in found)
