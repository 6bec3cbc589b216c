"""Where jobs that come from EMR lose data or commit by rename, run with each release, and with the cure.

docs/emr-traps.md tells them.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components import versions
from components.domain import ObjectStorage
from components.spark.conf import render_properties, spark_defaults
from tests.store.gateway import BUCKETS, Gateway
from tests.store.spark import commit_classes, commit_options, keys, s3_jars
from tests.support import brief_jvm
from tests.support.distributions import unpacked

pytestmark = [pytest.mark.store, pytest.mark.spark, pytest.mark.soak, pytest.mark.timeout(1500)]

PREFIX = "data/data-dev/traps"


@dataclass(frozen=True)
class Ran:
    """What a session found, and the store that it left."""

    version: str
    found: dict[str, Any]
    store: Gateway


@pytest.fixture(scope="module", params=[versions.SPARK, versions.SPARK_LTS])
def ran(request: pytest.FixtureRequest, ready: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    version = str(request.param)
    folder = tmp_path_factory.mktemp(f"traps-{version}")
    spark = unpacked(version)
    storage = ObjectStorage(
        endpoint=ready.url,
        region="us-east-1",
        path_style=True,
        data_bucket=BUCKETS.data,
        events_bucket=BUCKETS.events,
        artifacts_bucket=BUCKETS.artifacts,
        static_credentials=True,
    )
    # Before Spark's own: the image of 3.5 takes out the older Hadoop that these take the place of.
    classes = f"{s3_jars(version)}:{commit_classes(spark, folder, version)}"
    conf = spark_defaults(storage, spark_version=version, image="unused:1") | {
        "spark.driver.extraClassPath": classes,
        "spark.executor.extraClassPath": classes,
        "spark.executor.memory": "512m",
        "spark.dynamicAllocation.enabled": "false",
        # Its cluster of one machine makes no key for its executors, as Kubernetes' back end does.
        "spark.authenticate": "false",
        "spark.network.crypto.enabled": "false",
        "spark.local.dir": str(folder),
        "spark.ui.enabled": "false",
        "spark.hadoop.fs.s3a.buffer.dir": str(folder),
        "spark.kubernetes.namespace": "data-dev",
        # All that a job from EMR is usually told to set, and not enough.
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.eventLog.enabled": "false",
    }
    (folder / "spark-defaults.conf").write_text(render_properties(conf))
    done = subprocess.run(
        [
            *(
                str(spark.home / "bin" / "spark-submit"),
                "--master",
                "local-cluster[1,2,512]",
                "--driver-memory",
                "1g",
            ),
            *("--properties-file", str(folder / "spark-defaults.conf")),
            *(
                str(Path(__file__).with_name("migration_traps.py")),
                f"{PREFIX}/{version}",
                str(folder / "disk"),
            ),
        ],
        env={
            **spark.environment,
            **brief_jvm.VARIABLES,
            "SPARK_SUBMIT_OPTS": commit_options(spark, folder),
            **keys("data-dev"),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return Ran(version, json.loads(done.stdout.splitlines()[-1]), ready)


def test_it_is_the_release_that_was_asked_for(ran: Ran) -> None:
    assert ran.found["version"] == ran.version


def test_09_the_alias_alone_commits_by_rename_and_says_nothing(ran: Ran) -> None:
    assert ran.found["alias by Spark's own protocol"] == {"rows": 10, "committer": ""}


def test_09_the_alias_commits_by_what_the_platform_sets_by_magic_and_on_3_5_by_rename(ran: Ran) -> None:
    committer = "" if ran.version == versions.SPARK_LTS else "magic"
    assert ran.found["alias by the platform"] == {"rows": 10, "committer": committer}


def test_09_the_alias_with_the_committers_factory_commits_by_magic(ran: Ran) -> None:
    assert ran.found["alias cured"] == {"rows": 10, "committer": "magic"}


def test_09_an_overwrite_of_one_partition_by_the_cloud_protocol_and_renames_appends_on_3_5(ran: Ran) -> None:
    in_the_partition = 6 if ran.version == versions.SPARK_LTS else 1
    assert ran.found["overwrite, cloud protocol, renames"] == {"1": 5, "2": in_the_partition}


def test_09_an_overwrite_of_one_partition_by_the_cloud_protocol_in_the_store(ran: Ran) -> None:
    found = ran.found["overwrite, cloud protocol, store"]
    if ran.version == versions.SPARK_LTS:
        assert found == {"1": 5, "2": 6}, "its committer is not magic by default, and appends"
    else:
        assert "does not support dynamicPartitionOverwrite" in str(found), found


def test_09_an_overwrite_of_one_partition_with_the_cure_replaces_it_and_keeps_the_others(ran: Ran) -> None:
    assert ran.found["overwrite cured"] == {"1": 5, "2": 1}


def test_09_an_overwrite_of_one_partition_by_what_the_platform_sets_does_so_too(ran: Ran) -> None:
    assert ran.found["overwrite by the platform"] == {"1": 5, "2": 1}


REFUSED = (
    "the pods of this job share no disk there, and what they write to their own is gone with them. Write s3a:"
)
WRITES = {
    "Parquet": ".parquet",
    "JSON": ".json",
    "ORC, single partitions": ".orc",
    "RDD": "text",
    "RDD, newer interface": "text",
    "stream": ".parquet",
}
"""What is written -> the kind of its files."""


@pytest.mark.parametrize("write", WRITES)
def test_a_write_to_the_pods_own_disk_is_refused_before_a_task_runs_with_what_to_write(
    ran: Ran, write: str
) -> None:
    found = ran.found[f"no scheme, {write}"]
    assert REFUSED in found["refusal"], found
    assert re.search(rf"Write s3a://data/data-dev/\S+/raw/{write},", found["refusal"]), found
    assert found["jobs"] == 0, found


@pytest.mark.parametrize("write", WRITES)
def test_a_write_to_a_disk_that_all_pods_share_is_taken(ran: Ran, write: str) -> None:
    assert ran.found[f"a shared disk, {write}"] == WRITES[write]


@pytest.mark.parametrize("write", WRITES)
def test_a_write_beside_a_disk_that_all_pods_share_is_refused(ran: Ran, write: str) -> None:
    assert REFUSED in ran.found[f"beside a shared disk, {write}"]["refusal"]


def test_a_job_that_names_its_committer_of_disks_knows_what_it_does(ran: Ran) -> None:
    assert ran.found["a shared disk, by its committer"] == ".parquet"


def test_a_path_without_a_scheme_is_not_in_the_store(ran: Ran) -> None:
    listed = ran.store.client("admin").list_objects_v2(Bucket="data", Prefix="data-dev/")
    assert not [each["Key"] for each in listed["Contents"] if "/raw/" in each["Key"]]


def test_a_table_of_a_database_that_lies_on_the_disk_is_refused(ran: Ran) -> None:
    assert REFUSED in ran.found["table of a database on the disk"]


def test_a_database_without_a_scheme_is_looked_for_beside_the_warehouse_and_refused(ran: Ran) -> None:
    refused = ran.found["table of a database without a scheme"]
    assert "failed to create its directory s3a://data/" in refused, refused


def test_a_table_of_the_default_warehouse_is_in_the_tenants_prefix_by_what_the_platform_sets(
    ran: Ran,
) -> None:
    place = ran.found["table by the platform"]
    assert place.startswith("s3a://data/data-dev/warehouse/sales_")
    prefix = place.removeprefix("s3a://data/")
    listed = ran.store.client("admin").list_objects_v2(Bucket="data", Prefix=f"{prefix}/")
    assert any(each["Key"].endswith(".parquet") for each in listed["Contents"])
