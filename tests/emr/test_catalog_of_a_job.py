"""Tables that a job names lie in a catalog that people read, or the job is not written."""

from __future__ import annotations

import pytest

from tests.emr.inputs import codes, one, result, spec

HIVE = "spark-submit --conf spark.sql.catalogImplementation=hive"
URI = "thrift://metastore:9083"


def test_hives_catalog_without_an_address_blocks() -> None:
    found = one(f"{HIVE} s3://code/a.py", "job.sh")
    assert found.problems == ("HIVE_CATALOG",)


@pytest.mark.parametrize("key", ["spark.hadoop.hive.metastore.uris", "spark.hive.metastore.uris"])
def test_hives_catalog_with_an_address_is_left_as_it_is(key: str) -> None:
    text = f"{HIVE} --conf {key}={URI} s3://code/a.py"
    assert "HIVE_CATALOG" not in codes(result(text, "job.sh"))


def test_an_answer_gives_hives_catalog_its_address() -> None:
    conf = spec(f"{HIVE} s3://code/a.py", "job.sh", catalog=URI)["sparkConf"]
    assert conf["spark.hadoop.hive.metastore.uris"] == URI
    assert conf["spark.sql.catalogImplementation"] == "hive"


def test_a_job_that_names_no_table_needs_no_catalog_of_hives() -> None:
    made = spec(f"{HIVE} s3://code/a.py", "job.sh", catalog="none")
    assert "spark.sql.catalogImplementation" not in made.get("sparkConf", {})


def test_a_catalog_in_memory_needs_no_address() -> None:
    text = "spark-submit --conf spark.sql.catalogImplementation=in-memory s3://code/a.py"
    assert one(text, "job.sh").problems == ()
