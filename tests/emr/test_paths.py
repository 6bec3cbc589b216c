"""Where data lies: paths that are not in S3, files, committers."""

from __future__ import annotations

import pytest

from tests.emr.inputs import codes, flow, one, result, spec, step, submit


@pytest.mark.parametrize("path", ["hdfs:///raw", "/raw", "file:///mnt/raw", "hdfs://nn:8020/raw"])
def test_09_a_path_that_is_not_in_s3_blocks_until_somebody_maps_it(path: str) -> None:
    made = flow(submit("s3://b/a.py", "--input", path))
    assert one(made).problems == ("PATH",)
    assert spec(made, paths={path: "s3a://b/raw"})["arguments"] == ["--input", "s3a://b/raw"]


COPIES = {
    "with =": ("s3-dist-cp", "--src=s3://b/raw", "--dest=/raw"),
    "without": ("s3-dist-cp", "--src", "hdfs:///raw", "--dest", "s3://b/raw"),
}


@pytest.mark.parametrize("how", COPIES)
def test_09_a_job_between_copies_of_hdfs_blocks_though_its_arguments_do_not_say_so(how: str) -> None:
    path = "/raw" if how == "with =" else "hdfs:///raw"
    made = flow(step(*COPIES[how]), submit("s3://b/a.py"))
    assert one(made).problems == ("STAGED",)
    assert spec(made, paths={path: "s3a://b/raw"})["mainApplicationFile"] == "s3a://b/a.py"


def test_09_a_copy_within_s3_blocks_nothing() -> None:
    copy = step("s3-dist-cp", "--src=s3://b/raw", "--dest=s3://c/raw", "--groupBy=.*/(x)/.*")
    assert one(flow(copy, submit("s3://b/a.py"))).problems == ()


def test_09_a_prefix_of_keys_is_no_path() -> None:
    made = flow(submit("s3://b/a.py", "--input-bucket", "b", "--input-prefix", "in/2022/01/"))
    assert spec(made)["arguments"][-1] == "in/2022/01/"
    assert one(flow(submit("s3://b/a.py", "--input", "in/2022/01/"))).problems == ("PATH",)


def test_09_paths_of_s3_are_counted_as_they_are_rewritten() -> None:
    found = one(flow(submit("--jars", "s3://b/x.jar,s3n://b/y.jar", "s3://b/a.py", "s3://b/in,s3a://b/out")))
    assert found.s3 == 4
    assert found.buckets == ("b",)


@pytest.mark.parametrize(
    "words",
    [
        ("--conf", "spark.sql.sources.partitionOverwriteMode=dynamic", "s3://b/a.py"),
        ("s3://b/a.py", "SET spark.sql.sources.partitionOverwriteMode=DYNAMIC; INSERT OVERWRITE t SELECT 1"),
    ],
)
def test_09_a_dynamic_overwrite_gets_the_committer_that_replaces(words: tuple[str, ...]) -> None:
    conf = spec(flow(submit(*words)))["sparkConf"]
    assert conf["spark.sql.sources.commitProtocolClass"].endswith("SQLHadoopMapReduceCommitProtocol")
    assert (
        conf["spark.sql.parquet.output.committer.class"] == "org.apache.parquet.hadoop.ParquetOutputCommitter"
    )


def test_a_file_of_emrs_own_image_is_the_one_of_ours_or_blocks() -> None:
    made = spec("spark-submit local:///usr/lib/spark/examples/src/main/python/pi.py 10", "job.sh")
    assert made["mainApplicationFile"] == "local:///opt/spark/examples/src/main/python/pi.py"
    jar = "spark-submit --class a.B local:///usr/lib/spark/examples/jars/spark-examples.jar"
    assert one(jar, "job.sh").problems == ("PROGRAM",)


JARS = {
    "s3://b/iceberg-spark-runtime-3.5_2.12-1.6.1.jar": False,
    "s3://b/delta-spark_2.12-3.2.0.jar": False,
    "s3://b/postgresql-42.7.4.jar": False,
    "s3://b/app-spark-job-1.0.jar": False,
    "s3://b/iceberg-spark-runtime-3.1_2.12-0.13.1.jar": True,
    "s3://b/iceberg-spark3-runtime-0.13.1.jar": True,
    "s3://b/delta-core_2.12-1.0.0.jar": True,
    "s3://b/hudi-spark3.1-bundle_2.12-0.11.0.jar": True,
    "s3://b/spark-avro_2.12-3.1.2.jar": True,
    "s3://b/graph_2.11-1.0.jar": True,
}


@pytest.mark.parametrize("jar", JARS)
def test_a_jar_that_was_made_for_another_spark_is_told_by_its_name(jar: str) -> None:
    found = result(flow(submit("--jars", jar, "s3://b/a.py")))
    assert ("JAR_RELEASE" in codes(found)) is JARS[jar]
