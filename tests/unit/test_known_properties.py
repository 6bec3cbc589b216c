"""What Spark reads as the value of a property: its own table, and what is told of other values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.spark.known_properties import consequence, kinds, misspelt, unreadable
from components.tenants.admission_properties import COMMON
from components.versions import SPARK, SPARK_LTS

DATA = Path(__file__).resolve().parents[1] / "data"


def defaults(version: str) -> dict[str, str]:
    """Spark's own default of each property; those in angle brackets are computed, or none."""
    keys: dict[str, str] = json.loads((DATA / f"spark-config-keys-{version}.json").read_text())["keys"]
    return keys


@pytest.mark.parametrize("version", [SPARK, SPARK_LTS])
def test_the_table_has_every_property_of_each_release(version: str) -> None:
    missing = defaults(version).keys() - kinds().keys()

    assert not missing, "run tests/data/generate.py known-properties again"


@pytest.mark.parametrize("version", [SPARK, SPARK_LTS])
def test_each_default_of_spark_is_a_value_that_it_reads(version: str) -> None:
    written = {key: value for key, value in defaults(version).items() if not value.startswith("<")}

    assert len(written) > 700
    assert {key: unreadable(key, value) for key, value in written.items() if unreadable(key, value)} == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("spark.network.timeout", "2min"),
        ("spark.network.timeout", "120"),
        ("spark.network.timeout", " 2M "),
        ("spark.sql.files.maxPartitionBytes", "128MB"),
        ("spark.sql.files.maxPartitionBytes", "134217728"),
        ("spark.sql.autoBroadcastJoinThreshold", "-1"),
        ("spark.sql.shuffle.partitions", "1"),
        ("spark.memory.fraction", ".6"),
        ("spark.speculation", "TRUE"),
        ("spark.sql.sources.partitionOverwriteMode", "dynamic"),
        ("spark.executor.memoryOverheadFactor", "0.1"),
        ("spark.sql.extensions", "anything at all"),
        ("spark.acme.of.our.own", "anything at all"),
        ("spark.sql.shuffle.partitions", "2147483647"),
        ("spark.sql.shuffle.partitions", "${spark.app.partitions}"),
        ("spark.sql.parquet.compression.codec", "lz4raw"),
        ("spark.sql.parquet.compression.codec", "LZ4_RAW"),
        ("spark.hadoop.fs.s3a.path.style.access", "TRUE"),
    ],
)
def test_spellings_that_spark_takes_are_taken(key: str, value: str) -> None:
    assert unreadable(key, value) is None


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("spark.network.timeout", "1.5h", "must be a time in whole units"),
        ("spark.network.timeout", "5mins", "must be a time in whole units"),
        ("spark.sql.files.maxPartitionBytes", "0.5g", "must be a size in whole units"),
        ("spark.sql.files.maxPartitionBytes", "1 g", "must be a size in whole units"),
        ("spark.sql.shuffle.partitions", "0", "must be a whole number, 1 or more"),
        ("spark.task.maxFailures", "many", "must be a whole number"),
        ("spark.memory.fraction", "60%", "must be a number such as 0.5"),
        ("spark.executor.memoryOverheadFactor", "0", "must be a number such as 0.5, over 0"),
        ("spark.speculation", "yes", "must be true or false"),
        (
            "spark.sql.shuffle.partitions",
            "2147483648",
            "must be a whole number, 1 or more, and 2147483647 at",
        ),
        ("spark.io.encryption.keySizeBits", "many", "must be"),
        ("spark.task.cpus", "0", "must be a whole number, 1 or more"),
        ("spark.executor.cores", "-1", "must be a whole number, 1 or more"),
        ("spark.hadoop.fs.s3a.path.style.access", "yes", "must be true or false"),
        ("spark.sql.catalogImplementation", "Hive", "must be one of hive, in-memory"),
        ("spark.scheduler.mode", "LIFO", "must be one of FAIR, FIFO, NONE"),
    ],
)
def test_what_spark_ends_over_is_told_with_what_it_takes(key: str, value: str, said: str) -> None:
    assert (unreadable(key, value) or "").startswith(said)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("spark.executor.memmory", "spark.executor.memory"),
        ("spark.executor.memry", "spark.executor.memory"),
        ("spark.executor.memery", "spark.executor.memory"),
        ("spark.executor.mmeory", "spark.executor.memory"),
        ("spark.Executor.Memory", "spark.executor.memory"),
        ("spark.hadoop.fs.s3a.endpont", "spark.hadoop.fs.s3a.endpoint"),
    ],
)
def test_a_name_one_letter_off_tells_which_was_meant(written: str, meant: str) -> None:
    assert misspelt(written) == meant


@pytest.mark.parametrize(
    "key",
    [
        *("spark.executor.memory", "spark.sql.catalog.lake", "spark.executorEnv.A", "spark.acme.own"),
        *("spark.hadoop.fs.s3.impl", "spark.hadoop.fs.s3n.impl", "spark.hadoop.fs.s3n.endpoint"),
    ],
)
def test_a_name_of_ones_own_is_no_mistake(key: str) -> None:
    assert misspelt(key) is None


def test_what_hadoop_makes_of_a_value_is_told_of_hadoops_alone() -> None:
    assert "Hadoop takes anything else" in consequence("spark.hadoop.fs.s3a.path.style.access")
    assert "a driver ends over it" in consequence("spark.speculation")


def test_the_page_says_how_many_there_are() -> None:
    page = (DATA.parents[1] / "docs" / "submission.md").read_text()
    s3a = sum(key.startswith("spark.hadoop.") for key in kinds())

    assert f"{len(kinds()) - s3a:,} properties of Spark {SPARK} and {SPARK_LTS}, and {s3a} of S3A" in page
    assert f"a value of one of {len(COMMON)} much used properties" in page
