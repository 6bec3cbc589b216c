"""A stack file becomes typed settings: complete by defaults, frozen, and one list of tenants."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components import versions
from components.domain import PodSize, Quota
from components.settings import Settings, SettingsError, load, parse
from components.settings.foundation import KubernetesFoundationSettings
from tests.support.recorder import build

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "foundation": {"kind": "kubernetes"},
    "tenants": [{"team": "data"}],
}


def test_three_keys_are_enough() -> None:
    settings = parse(MINIMAL)
    assert settings.spark.version == versions.SPARK
    assert [tenant.namespace for tenant in settings.all_tenants] == ["data-dev"]


def test_an_open_door_is_never_a_default() -> None:
    settings = parse(MINIMAL)
    assert isinstance(settings.foundation, KubernetesFoundationSettings)
    assert settings.foundation.login.node_port is None, "passwords would cross a network in the clear"
    assert [user.name for user in settings.foundation.login.users] == ["admin"]
    assert not settings.foundation.enforces_network_policy, "what nobody has said is not claimed"
    assert settings.tenants[0].groups == ()


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        parse(MINIMAL).environment = "prod"  # type: ignore[misc]


def test_a_section_becomes_a_plain_value_by_the_names_of_its_fields() -> None:
    chosen = parse({**MINIMAL, "tenants": [{"team": "data", "quota": {"cpu": "9", "pods": 7}}]}).tenants[0]
    assert chosen.quota.plain(Quota) == Quota(cpu="9", memory="96Gi", pods=7)
    assert chosen.quota.plain(Quota, pods=8).pods == 8, "what is handed on besides goes first"


def test_a_plain_value_takes_no_default_of_its_own() -> None:
    with pytest.raises(
        TypeError, match="LimitSettings as Quota lacks cpu, devices, memory, pods, pvcs, storage"
    ):
        parse(MINIMAL).tenants[0].limits.plain(Quota)


def test_a_number_is_taken_where_a_quantity_is_meant() -> None:
    settings = parse({**MINIMAL, "tenants": [{"team": "data", "quota": {"cpu": 16, "memory": 137438953472}}]})
    assert settings.all_tenants[0].quota.cpu == "16"
    assert settings.all_tenants[0].quota.memory == "137438953472"


def test_spark_properties_are_text_as_spark_writes_it() -> None:
    conf = {"spark.sql.ansi.enabled": False, "spark.task.maxFailures": 8, "spark.memory.fraction": 0.7}
    assert parse({**MINIMAL, "spark": {"conf": conf}}).spark.conf == {
        "spark.sql.ansi.enabled": "false",
        "spark.task.maxFailures": "8",
        "spark.memory.fraction": "0.7",
    }


def test_a_tenant_may_name_its_own_environment() -> None:
    both = [{"team": "data"}, {"team": "data", "environment": "test"}]
    settings = parse({**MINIMAL, "tenants": both})
    assert [tenant.namespace for tenant in settings.all_tenants] == ["data-dev", "data-test"]


def test_one_key_of_a_size_may_be_given_alone() -> None:
    settings = parse({**MINIMAL, "spark": {"executor": {"memory": "4g"}}})
    assert settings.spark.executor.size == PodSize(cores=4, cpu_request="4", memory="4g")


def test_a_written_default_is_a_default() -> None:
    settings = parse(MINIMAL)
    assert parse(settings.model_dump(mode="json", by_alias=True)) == settings


def _load(config: dict[str, Any]) -> Settings:
    read: list[Settings] = []
    build(lambda: read.append(load(pulumi.Config())), stack="local", config=config)
    return read[0]


def test_settings_are_read_from_the_stacks_configuration() -> None:
    assert _load({"settings": MINIMAL}) == parse(MINIMAL)


def test_another_key_of_the_project_is_an_error_beside_all_others() -> None:
    with pytest.raises(SettingsError) as caught:
        _load({"settings": {**MINIMAL, "environment": "DEV"}, "setings": "x", "region": "eu"})
    text = str(caught.value)
    assert "Pulumi.local.yaml has 3 errors" in text, "the file must be named as its reader knows it"
    assert "spark-on-eks:setings" in text
    assert "spark-on-eks:region" in text
    assert "environment" in text


def test_another_key_alone_is_an_error_too() -> None:
    with pytest.raises(SettingsError, match="is not read by anything"):
        _load({"settings": MINIMAL, "region": "eu"})


@pytest.mark.parametrize(
    "config", [{}, {"settings": "hello"}, {"settings": "[1"}, {"settings": [1]}, {"settings": "3"}]
)
def test_settings_that_are_no_mapping_are_an_error(config: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="must be a mapping"):
        _load(config)


def test_the_error_is_one_that_pulumi_prints_without_a_traceback() -> None:
    assert issubclass(SettingsError, pulumi.RunError)


FACTORY = "spark.hadoop.mapreduce.outputcommitter.factory"
EMR = "com.amazonaws.emr.spark.EmrSparkSessionExtensions"
PROVIDER = "spark.hadoop.fs.s3a.aws.credentials.provider"


@pytest.mark.parametrize(
    "conf",
    [
        {"spark.ui.port": "4040", "spark.ui.enabled": "true"},
        {"spark.executor.memoryOverhead": "1G"},
        {PROVIDER: "com.amazonaws.auth.EC2ContainerCredentialsProviderWrapper"},
        {"spark.sql.warehouse.dir": "hdfs://namenode:8020/warehouse"},
        {"spark.sql.warehouse.dir": "/tables", "spark.hadoop.fs.defaultFS": "s3a://data"},
        {"spark.executor.memoryOverhead": "512mb"},
        {"spark.executor.memoryOverhead": "512"},
        {"spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": "536870912"},
        {"spark.memory.offHeap.size": "4000g"},
        {"spark.executor.pyspark.memory": "512"},
        {"spark.driver.extraJavaOptions": "-Dspark.acme=1"},
        {"spark.kubernetes.executor.label.owner": "data-team", "spark.kubernetes.driver.label.empty": ""},
        {"spark.eventLog.compression.codec": "ZSTD", "spark.io.compression.codec": "org.acme.Codec"},
        {"spark.hadoop.fs.s3a.bucket.other.endpoint": "https://s3.example.org"},
        {"spark.task.cpus": "2"},
        {"spark.dynamicAllocation.enabled": "false", "spark.executor.instances": "200"},
        {"spark.hadoop.fs.s3a.committer.name": "magic"},
        {"spark.hadoop.fs.s3a.bucket.data.committer.name": "file"},
        {f"{FACTORY}.class": "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory"},
        {"spark.sql.emr.internal.extensions": EMR},
        {"spark.sql.extensions": EMR, "spark.jars": "s3a://artifacts/emr.jar"},
    ],
)
def test_properties_that_do_no_harm_are_taken(conf: dict[str, str]) -> None:
    assert parse({**MINIMAL, "spark": {"conf": conf}}).spark.conf == conf


def test_an_image_of_the_stacks_own_may_have_classes_of_emr() -> None:
    spark = {"image": "registry.example/emr:7", "conf": {"spark.sql.extensions": EMR}}
    assert parse({**MINIMAL, "spark": spark}).spark.conf == spark["conf"]


@pytest.mark.parametrize("said", ["false", " False"])
def test_a_shuffle_service_that_is_off_is_no_mistake(said: str) -> None:
    conf = {"spark.shuffle.service.enabled": said}
    assert parse({**MINIMAL, "spark": {"conf": conf}}).spark.conf == conf
