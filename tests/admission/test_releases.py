"""A job names a release of Spark that there is an image of, or brings its own image."""

from __future__ import annotations

from typing import Any

import pytest

from components.releases import RELEASES
from components.spark.conf import IMAGE_PROPERTY
from tests.admission.jobs import DRIVER, EXECUTOR
from tests.walls.attack import job, schedule
from tests.walls.world import IMAGES, World

pytestmark = pytest.mark.apiserver

OWN = "registry.example/own:1"


def refusal(world: World, kind: str = "SparkApplication", **spec: Any) -> str:
    roles = {
        role: {**sizes, **spec.pop(role, {})} for role, sizes in (("driver", DRIVER), ("executor", EXECUTOR))
    }
    if kind == "ScheduledSparkApplication":
        return str(world.create(schedule("@every 5m", template={**roles, **spec})).refusal)
    return str(world.create(job(**roles, **spec)).refusal)


@pytest.mark.parametrize("version", RELEASES)
def test_each_release_of_the_table_is_taken(world: World, version: str) -> None:
    assert refusal(world, sparkVersion=version) == ""


@pytest.mark.parametrize("kind", ["SparkApplication", "ScheduledSparkApplication"])
@pytest.mark.parametrize("version", ["3.5.7", "3.5", "4.0.0", ""])
def test_another_is_refused_with_the_list(world: World, kind: str, version: str) -> None:
    said = refusal(world, kind, sparkVersion=version)
    assert f"spec.sparkVersion {version} has no image here: the releases are {', '.join(RELEASES)}." in said


@pytest.mark.parametrize(
    "brought",
    [
        {"image": OWN},
        {"driver": {"image": OWN}, "executor": {"image": OWN}},
        {"sparkConf": {IMAGE_PROPERTY: OWN}},
    ],
)
def test_an_image_of_ones_own_may_hold_any_release(world: World, brought: dict[str, Any]) -> None:
    assert refusal(world, sparkVersion="3.4.1", **brought) == ""


def test_an_image_for_one_role_is_not_enough(world: World) -> None:
    assert "has no image here" in refusal(world, sparkVersion="3.4.1", driver={"image": OWN})


PROVIDER = "fs.s3a.aws.credentials.provider"
OURS = tuple(IMAGES.values())[-1]
EMR_COMMITTER = "com.amazon.emr.committer.EmrOptimizedSparkSqlParquetOutputCommitter"
CLASSES: dict[str, dict[str, Any]] = {
    "spark.sql.parquet.output.committer.class: com.amazon.emr": {
        "sparkConf": {"spark.sql.parquet.output.committer.class": EMR_COMMITTER}
    },
    "fs.s3.impl: com.amazon.ws.emr.hadoop.fs.EmrFileSystem: that is a class of EMR": {
        "hadoopConf": {"fs.s3.impl": "com.amazon.ws.emr.hadoop.fs.EmrFileSystem"}
    },
    "hive.metastore.client.factory.class: com.amazonaws.glue.catalog.metastore": {
        "sparkConf": {
            "spark.hadoop.hive.metastore.client.factory.class": (
                "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory"
            )
        }
    },
    "spark.sql.extensions: a.B, com.amazonaws.emr": {
        "sparkConf": {"spark.sql.extensions": "a.B, com.amazonaws.emr.spark.EmrSparkSessionExtensions"}
    },
    f"spark.hadoop.{PROVIDER}: com.amazonaws.auth.WebIdentityTokenCredentialsProvider: the platform's": {
        "sparkConf": {f"spark.hadoop.{PROVIDER}": "com.amazonaws.auth.WebIdentityTokenCredentialsProvider"}
    },
    "fs.s3a.bucket.a.aws.credentials.provider: a.B, com.amazonaws.auth.Default": {
        "hadoopConf": {
            "fs.s3a.bucket.a.aws.credentials.provider": (
                "a.B, com.amazonaws.auth.DefaultAWSCredentialsProviderChain"
            )
        }
    },
}


@pytest.mark.parametrize(
    "image",
    [None, OURS, f"{OURS}@sha256:{'0' * 64}"],
    ids=["no image", "the platform's image by its name", "by name and digest"],
)
@pytest.mark.parametrize("said", CLASSES)
def test_a_class_that_the_images_do_not_have_is_refused(world: World, said: str, image: str | None) -> None:
    named = {} if image is None else {"image": image}
    answer = refusal(world, **CLASSES[said], **named)
    assert said in answer
    assert "Remove it" in answer


@pytest.mark.parametrize(
    "brought",
    [
        {"image": OWN},
        {"executor": {"image": OWN}},
        {"sparkConf": {"spark.kubernetes.driver.container.image": OWN}},
        {"deps": {"jars": ["s3a://artifacts/data-dev/emr.jar"]}},
        {"sparkConf": {"spark.driver.extraClassPath": "/usr/share/aws/*:/mnt/jars/*"}},
    ],
    ids=str,
)
@pytest.mark.parametrize("said", CLASSES)
def test_a_class_may_come_with_an_image_or_a_jar(world: World, said: str, brought: dict[str, Any]) -> None:
    conf = {**CLASSES[said].get("sparkConf", {}), **brought.get("sparkConf", {})}
    assert refusal(world, **{**CLASSES[said], **brought, "sparkConf": conf}) == ""


def test_emrs_own_class_path_brings_none_of_its_classes(world: World) -> None:
    conf = {
        "spark.driver.extraClassPath": "/usr/lib/hadoop-lzo/lib/*:/usr/share/aws/emr/emrfs/lib/*:",
        "spark.sql.parquet.output.committer.class": EMR_COMMITTER,
    }
    assert "that is a class of EMR" in refusal(world, sparkConf=conf)


def test_a_program_of_emrs_images_is_refused_and_the_place_of_spark_is_said(world: World) -> None:
    jar = {"type": "Scala", "mainClass": "a.B"}
    theirs = {**jar, "mainApplicationFile": "local:///usr/lib/spark/examples/jars/spark-examples.jar"}
    assert "Write local:///opt/spark/..." in refusal(world, **theirs)
    assert refusal(world, image=OWN, **theirs) == ""


HOME = {"name": "JAVA_HOME", "value": "/opt/java/openjdk"}
MOVED: dict[str, dict[str, Any]] = {
    "JAVA_HOME: /opt/java/openjdk": {"driver": {"env": [{"name": "A", "value": "b"}, HOME]}},
    "JAVA_HOME: /opt/java/openjdk: the": {
        "executor": {"template": {"spec": {"containers": [{"name": "a", "env": [HOME]}, {"name": "b"}]}}}
    },
    "spark.executorEnv.JAVA_HOME: /usr/lib/jvm/java-17-amazon-corretto.x86_64: the platform's images": {
        "sparkConf": {"spark.executorEnv.JAVA_HOME": "/usr/lib/jvm/java-17-amazon-corretto.x86_64"}
    },
    "spark.kubernetes.driverEnv.SPARK_HOME: /usr/lib/spark": {
        "sparkConf": {"spark.kubernetes.driverEnv.SPARK_HOME": "/usr/lib/spark"}
    },
}


@pytest.mark.parametrize("said", MOVED)
def test_another_place_of_java_or_spark_is_refused(world: World, said: str) -> None:
    assert f"spec can not have {said}" in refusal(world, **MOVED[said])
    assert refusal(world, image=OWN, **MOVED[said]) == "", "another image may have it there"


def test_a_sidecar_has_its_own_places(world: World) -> None:
    containers = [{"name": "side", "env": [HOME]}, {"name": "spark-kubernetes-driver"}]
    assert refusal(world, driver={"template": {"spec": {"containers": containers}}}) == ""
    assert refusal(world, executor={"sidecars": [{"name": "side", "env": [HOME]}]}) == ""


def test_the_place_that_they_have_is_taken(world: World) -> None:
    there = [{"name": "JAVA_HOME", "value": "/opt/java"}, {"name": "JAVA_HOME_8", "value": "/a"}]
    assert (
        refusal(world, driver={"env": there}, sparkConf={"spark.executorEnv.SPARK_HOME": "/opt/spark"}) == ""
    )


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"driver": {"javaOptions": "-verbose:gc -XX:+PrintGCDateStamps"}}, "-XX:+PrintGCDateStamps of"),
        (
            {
                "executor": {"javaOptions": "-XX:+UseConcMarkSweepGC -XX:+UseG1GC -XX:MaxPermSize=256m"},
                "sparkConf": {"spark.driver.defaultJavaOptions": "-XX:+CMSClassUnloadingEnabled"},
            },
            "-XX:+UseConcMarkSweepGC -XX:MaxPermSize=256m -XX:+CMSClassUnloadingEnabled of",
        ),
    ],
)
def test_options_that_java_does_not_start_with_are_refused(
    world: World, options: dict[str, Any], named: str
) -> None:
    assert f"Java 17 does not know {named} javaOptions or sparkConf" in refusal(world, **options)
    assert refusal(world, image=OWN, **options) == "", "another image may have another Java"


@pytest.mark.parametrize(
    "options",
    [
        "-XX:+UseG1GC -XX:+PrintGCDetails -Xlog:gc*",
        "-XX:+IgnoreUnrecognizedVMOptions -XX:+PrintGCDateStamps",
        "-Dnote=-XX:+UseConcMarkSweepGC",
    ],
)
def test_options_that_it_starts_with_are_taken(world: World, options: str) -> None:
    assert refusal(world, executor={"javaOptions": options}) == ""


SDK = "software.amazon.awssdk.auth.credentials"
BARREN = f"{SDK}.InstanceProfileCredentialsProvider"


@pytest.mark.parametrize("provider", [BARREN, f"{SDK}.WebIdentityTokenFileCredentialsProvider, {BARREN}"])
def test_a_provider_that_finds_nothing_is_refused(world: World, provider: str) -> None:
    said = refusal(world, hadoopConf={PROVIDER: provider})
    assert (
        f"{PROVIDER}: {provider}: the pods have their namespace's identity, which that does not find" in said
    )


@pytest.mark.parametrize(
    "brought",
    [
        {"driver": {"env": [{"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/token"}]}},
        {"driver": {"envVars": {"AWS_ACCESS_KEY_ID": "a"}}},
        {"driver": {"envSecretKeyRefs": {"AWS_ACCESS_KEY_ID": {"name": "a", "key": "b"}}}},
        {"driver": {"envFrom": [{"secretRef": {"name": "a"}}]}},
        {"driver": {"template": {"spec": {"containers": [{"name": "spark-kubernetes-driver"}]}}}},
        {"sparkConf": {"spark.kubernetes.driverEnv.AWS_ACCESS_KEY_ID": "a"}},
    ],
    ids=str,
)
def test_it_is_taken_where_the_job_brings_what_it_looks_for(world: World, brought: dict[str, Any]) -> None:
    assert refusal(world, hadoopConf={PROVIDER: BARREN}, **brought) == ""


@pytest.mark.parametrize(
    "provider",
    [f"{BARREN},{SDK}.ContainerCredentialsProvider", f"{SDK}.DefaultCredentialsProvider", "a.Own"],
)
def test_one_that_finds_something_is_taken(world: World, provider: str) -> None:
    assert refusal(world, sparkConf={f"spark.hadoop.{PROVIDER}": provider}) == ""


def test_what_s3a_reads_as_classes_of_today_and_what_emr_alone_reads_is_taken(world: World) -> None:
    fine = {
        f"spark.hadoop.{PROVIDER}": (
            "com.amazonaws.auth.EC2ContainerCredentialsProviderWrapper,"
            "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider"
        ),
        "spark.sql.emr.internal.extensions": "com.amazonaws.emr.spark.EmrSparkSessionExtensions",
    }
    assert refusal(world, sparkConf=fine) == ""
