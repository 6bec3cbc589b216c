"""A ConfigMap of Hadoop's files counts as it is written, or the job is refused and told why."""

from __future__ import annotations

from typing import Any

import pytest

from apps.job_pods import hadoop
from apps.job_pods.api import Answer, Api
from apps.job_pods.hadoop import hadoop_fault
from components.spark import shared_properties
from components.spark.conf import spark_defaults
from components.versions import SPARK
from tests.support.definitions import definition
from tests.support.object_storages import AWS, IN_CLUSTER

STAGING = "fs.s3a.committer.staging.tmp.path"
NAME = "fs.s3a.committer.name"
DEFAULTS = {
    "spark.hadoop.fs.s3a.endpoint": "http://store:7070",
    "spark.sql.warehouse.dir": "s3a://data/${spark.kubernetes.namespace}/warehouse",
}
CLAIM = "spark.kubernetes.executor.volumes.persistentVolumeClaim.shared.options.claimName"
SHARED = [{"name": "shared", "persistentVolumeClaim": {"claimName": "tables"}}]


class Holding(Api):
    """An API server with one ConfigMap, which says for what it was asked."""

    def __init__(self, data: dict[str, str] | None) -> None:
        self._data = data
        self.asked: list[str] = []

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        assert method == "GET"
        self.asked.append(path)
        return (
            Answer(404, {"message": "not found"}) if self._data is None else Answer(200, {"data": self._data})
        )


def site(**properties: str) -> dict[str, str]:
    """A core-site.xml; dots of names are written as double underscores."""
    lines = "".join(
        f"<property>\n  <name> {key.replace('__', '.')}</name><value>{value} </value></property>"
        for key, value in properties.items()
    )
    return {"core-site.xml": f'<?xml version="1.0"?>\n<configuration>{lines}</configuration>'}


def said(
    data: dict[str, str] | None,
    given: dict[str, str] | None = None,
    defaults: dict[str, str] = DEFAULTS,
    **spec: Any,
) -> str | None:
    job = definition(**{"hadoopConfigMap": "hive", **spec})
    return hadoop_fault(Holding(data), job, given or {}, defaults)


def test_the_words_of_committers_are_those_of_the_rules_for_definitions() -> None:
    for name in ("COMMITTER", "STAGED", "FACTORIES", "STAGING_FACTORY", "STAGING"):
        assert getattr(hadoop, name) == getattr(shared_properties, name)


def test_a_job_without_such_a_configmap_asks_for_none() -> None:
    api = Holding(None)
    assert hadoop_fault(api, definition(), {}, DEFAULTS) is None
    assert api.asked == []


def test_it_is_asked_for_in_the_jobs_namespace_by_either_way_to_name_it() -> None:
    api = Holding(site(fs__defaultFS="hdfs://nn:8020"))
    for spec, given in (({"hadoopConfigMap": "hive"}, {}), ({}, {hadoop.BY_PROPERTY: "hive"})):
        assert hadoop_fault(api, definition(**spec), given, DEFAULTS) is None
    assert api.asked == ["/api/v1/namespaces/data-dev/configmaps/hive"] * 2


def test_one_that_does_not_exist_yet_says_nothing() -> None:
    assert said(None) is None


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"log4j2.properties": "a=b"},
        {"core-site.xml": "<configuration/>"},
        site(fs__defaultFS="hdfs://nn:8020", io__file__buffer__size="65536"),
        site(fs__s3a__endpoint="http://store:7070"),
        site(fs__s3a__access__key="AK"),
        site(fs__s3a__committer__name="magic"),
    ],
)
def test_what_nothing_hides_is_taken(data: dict[str, str]) -> None:
    assert said(data) is None


def test_what_the_platform_sets_otherwise_is_refused_with_the_section_that_counts() -> None:
    answer = said(site(fs__s3a__endpoint="http://minio:9000"))
    assert answer == (
        "fs.s3a.endpoint: http://minio:9000 in the ConfigMap hive would not count: the platform sets that "
        "for every job. Write it into spec.hadoopConf, which comes after, or remove it there"
    )


def test_what_the_job_says_itself_counts_before_its_configmap() -> None:
    given = {"spark.hadoop.fs.s3a.endpoint": "http://minio:9000"}
    assert said(site(fs__s3a__endpoint="http://other:9000"), given) is None


def test_each_file_that_hadoop_reads_is_looked_at() -> None:
    (text,) = site(fs__s3a__endpoint="http://minio:9000").values()
    assert said({"hive-site.xml": text, "core-site.xml": "<configuration/>"}) is not None


def test_keys_that_the_environment_hides_are_named_without_their_values() -> None:
    defaults = spark_defaults(IN_CLUSTER, spark_version=SPARK, image="registry.example/a:1")
    keys = site(fs__s3a__access__key="AKIA", fs__s3a__secret__key="hunter2")
    answer = said(keys, defaults=defaults)
    assert answer is not None
    assert answer.startswith(
        "fs.s3a.access.key, fs.s3a.secret.key in the ConfigMap hive would not count: the"
    )
    assert "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, which Spark takes first" in answer
    assert "hunter2" not in answer
    on_aws = spark_defaults(AWS, spark_version=SPARK, image="registry.example/a:1")
    assert said(keys, defaults=on_aws) is None, "there the pods have no key in their environment"


def test_a_secret_that_the_platform_sets_otherwise_is_not_repeated() -> None:
    answer = said(site(a__password="hunter2"), defaults={"spark.hadoop.a.password": "x"})
    assert answer is not None
    assert answer.startswith("a.password in the ConfigMap hive")


@pytest.mark.parametrize("text", ["<configuration", "", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_a_file_that_the_driver_could_not_read_is_refused(text: str) -> None:
    assert "core-site.xml in the ConfigMap hive is no XML of Hadoop's: " in str(said({"core-site.xml": text}))


STAGED = site(fs__s3a__committer__name="directory")


@pytest.mark.parametrize(
    ("given", "spec", "place"),
    [
        ({}, {}, "is not there, in fs.defaultFS on the disk of each pod"),
        ({f"spark.hadoop.{STAGING}": "/mnt/a"}, {}, "is /mnt/a, in fs.defaultFS on the disk of each pod"),
        ({}, {"volumes": SHARED}, "is not there"),
        ({CLAIM: "OnDemand", f"spark.hadoop.{STAGING}": "/mnt/a"}, {}, "is /mnt/a"),
        ({"spark.hadoop.fs.defaultFS": "s3a://data/x"}, {}, "is not there, in fs.defaultFS s3a://data."),
        (
            {"spark.hadoop.fs.defaultFS": "s3a://data", f"spark.hadoop.{STAGING}": "/science-dev/a"},
            {},
            "is /science-dev/a",
        ),
        (
            {"spark.hadoop.fs.defaultFS": "s3a://data", f"spark.hadoop.{STAGING}": "tmp/staging"},
            {},
            "is tmp/staging",
        ),
        (
            {"spark.hadoop.fs.defaultFS": "s3a://data", f"spark.hadoop.{STAGING}": "s3a://other/a"},
            {},
            "is s3a://other/a",
        ),
    ],
)
def test_a_committer_that_stages_where_not_all_pods_are_is_refused(
    given: dict[str, str], spec: dict[str, Any], place: str
) -> None:
    answer = str(said(STAGED, given, **spec))
    assert answer.startswith("fs.s3a.committer.name: directory in the ConfigMap hive can not be used: such a")
    assert f"{STAGING} {place}" in answer
    assert answer.endswith("Write magic there, or remove it")


@pytest.mark.parametrize(
    ("given", "spec"),
    [
        ({f"spark.hadoop.{NAME}": "magic"}, {}),
        ({f"spark.hadoop.{STAGING}": "file:/mnt/a"}, {"volumes": SHARED}),
        ({f"spark.hadoop.{STAGING}": "/mnt/a"}, {"executor": {"template": {"spec": {"volumes": SHARED}}}}),
        ({CLAIM: "tables", f"spark.hadoop.{STAGING}": "/mnt/a"}, {}),
        ({"spark.hadoop.fs.defaultFS": "s3a://data", f"spark.hadoop.{STAGING}": "/data-dev/a"}, {}),
        ({"spark.hadoop.fs.defaultFS": "s3a://data", f"spark.hadoop.{STAGING}": "s3a://data/data-dev/a"}, {}),
        ({"spark.hadoop.fs.defaultFS": "hdfs://nn:8020", f"spark.hadoop.{STAGING}": "/a"}, {}),
    ],
)
def test_one_that_stages_where_they_are_is_taken(given: dict[str, str], spec: dict[str, Any]) -> None:
    assert said(STAGED, given, **spec) is None


def test_the_place_may_stand_in_the_configmap_as_well() -> None:
    there = site(
        fs__s3a__committer__name="partitioned",
        fs__defaultFS="s3a://data",
        fs__s3a__committer__staging__tmp__path="/data-dev/staging",
    )
    assert said(there) is None


@pytest.mark.parametrize(
    "words",
    [
        site(fs__s3a__bucket__logs__committer__name="staging"),
        site(
            mapreduce__outputcommitter__factory__class=(
                "org.apache.hadoop.fs.s3a.commit.staging.StagingCommitterFactory"
            )
        ),
    ],
)
def test_a_committer_of_one_bucket_or_by_its_class_is_one_too(words: dict[str, str]) -> None:
    assert "can not be used: such a committer" in str(said(words))
