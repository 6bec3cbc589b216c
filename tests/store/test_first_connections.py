"""Connections from before a pod's policies act, whose answers are lost: who gives up, and when."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from components import versions
from components.spark.conf import spark_defaults
from components.spark.first_connections import settings_for_late_policies
from tests.jobs.conftest import distribution
from tests.store.gateway import BUCKETS, Gateway, free_port
from tests.store.late_policies import attached_late
from tests.store.spark import keys, s3_jars
from tests.support.distributions import Distribution
from tests.support.object_storages import IN_CLUSTER

__all__ = ["distribution"]

pytestmark = [pytest.mark.store, pytest.mark.spark, pytest.mark.soak, pytest.mark.timeout(600)]

TENANT = "data-dev"
LATE = {each.key: each.value for each in settings_for_late_policies()}
PROOF = "spark.network.auth.rpcTimeout"
"""Of Spark, 30 s unless somebody says otherwise: how long a peer may take to prove itself (TransportConf)."""

OWN_SECONDS = 60
"""What S3A gives a whole request (fs.s3a.connection.request.timeout of Hadoop 3.4)."""

READ = """
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.*;

/** Prints the size of a file on S3, with the properties that are given as name=value. */
public class Read {
    public static void main(String[] arguments) throws Exception {
        Configuration conf = new Configuration(false);
        conf.set("fs.s3a.impl", "org.apache.hadoop.fs.s3a.S3AFileSystem");
        for (int each = 1; each < arguments.length; each++) {
            String[] pair = arguments[each].split("=", 2);
            conf.set(pair[0], pair[1]);
        }
        Path path = new Path(arguments[0]);
        System.out.println(FileSystem.get(path.toUri(), conf).getFileStatus(path).getLen());
    }
}
"""


def test_s3a_gives_up_a_connection_without_an_answer_and_goes_on_with_another(
    tmp_path: Path, ready: Gateway, distribution: Distribution
) -> None:
    key = f"{TENANT}/first.txt"
    ready.client(TENANT).put_object(Bucket=BUCKETS.data, Key=key, Body=b"four")
    source = tmp_path / "Read.java"
    source.write_text(READ)
    # As the platform writes it, but with seconds for minutes: who waited for another time waits for minutes.
    times = {name.removeprefix("spark.hadoop."): "2000" for name in LATE if name.startswith("spark.hadoop.")}
    with attached_late(("127.0.0.1", 0), ("127.0.0.1", ready.s3)) as agent:
        host, port = agent.address
        conf = {
            "fs.s3a.endpoint": f"http://{host}:{port}",
            "fs.s3a.endpoint.region": ready.region,
            "fs.s3a.path.style.access": "true",
            "fs.s3a.connection.ssl.enabled": "false",
            **times,
        }
        pairs = [f"{name}={value}" for name, value in conf.items()]
        jars = f"{s3_jars()}:{distribution.home}/jars/*"
        done = subprocess.run(
            ["java", "-cp", jars, str(source), f"s3a://{BUCKETS.data}/{key}", *pairs],
            env={**distribution.brief, **keys(TENANT)},
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
    assert done.stdout.strip() == "4", done.stderr[-2000:]
    assert agent.times[1] - agent.times[0] < OWN_SECONDS / 2, "by the platform's time, not S3A's own"


SUM = """
import sys
from pyspark import SparkConf, SparkContext

conf = SparkConf().setAll([pair.split("=", 1) for pair in sys.argv[1:]])
with SparkContext(conf=conf) as context:
    print(context.parallelize(range(100), 2).sum())
"""


@pytest.mark.parametrize("proven", [True, False])
def test_an_executor_whose_first_word_got_no_answer_reaches_its_driver_or_makes_room_for_one_that_does(
    tmp_path: Path, distribution: Distribution, proven: bool
) -> None:
    # Executors know the driver by an address of its own, behind which the driver listens.
    asked, listening = "127.0.0.2", "127.0.0.1"
    driver, blocks = free_port(), free_port()
    conf = {
        **{
            name: value
            for name, value in spark_defaults(
                IN_CLUSTER, spark_version=versions.SPARK, image="unused:1"
            ).items()
            if name.startswith(("spark.authenticate", "spark.network.crypto."))
        },
        # What a pod gets from its driver's environment.
        "spark.authenticate.secret": "of this test",
        **({} if proven else {"spark.authenticate": "false", "spark.network.crypto.enabled": "false"}),
        "spark.master": "local-cluster[1,1,512]",
        "spark.executor.memory": "512m",
        "spark.ui.enabled": "false",
        "spark.driver.host": asked,
        "spark.driver.bindAddress": listening,
        "spark.driver.port": str(driver),
        "spark.driver.blockManager.port": str(blocks),
        # Seconds for tens of seconds.
        PROOF if proven else "spark.rpc.lookupTimeout": "3s",
    }
    # The workers of such a master write below Spark's home, which others share.
    home = tmp_path / "spark"
    home.mkdir()
    for part in distribution.home.iterdir():
        (home / part.name).symlink_to(part)
    (home / "work").unlink(missing_ok=True)
    (tmp_path / "sum.py").write_text(SUM)
    with (
        attached_late((asked, driver), (listening, driver)) as agent,
        attached_late((asked, blocks), (listening, blocks), lost=0),
    ):
        done = subprocess.run(
            [sys.executable, str(tmp_path / "sum.py"), *(f"{name}={value}" for name, value in conf.items())],
            env={**distribution.brief, "SPARK_HOME": str(home), "SPARK_SCALA_VERSION": "2.13"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
    assert done.stdout.strip() == "4950", done.stderr[-2000:]
    assert len(agent.times) > agent.lost
    (first, *others) = sorted((home / "work").glob("app-*/*"), key=lambda each: int(each.name))
    told = (first / "stderr").read_text()
    if proven:
        assert "Exception while bootstrapping client" in told, "the proof got no answer"
        assert 'Exception in thread "main"' not in told, "it went on with another connection"
    else:
        assert "controlled by spark.rpc.lookupTimeout" in told
        assert others, "the driver asked for another"
