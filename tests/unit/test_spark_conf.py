"""Spark's defaults and the history server's: every key is one that Spark knows, every value is reviewed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.domain import ObjectStorage, PodSize
from components.spark.conf import (
    JobDefaults,
    config_map_data,
    history_server_conf,
    render_properties,
    spark_defaults,
    tenant_conf,
)
from components.spark.conf_values import history_settings, spark_settings
from components.spark.first_connections import settings_for_late_policies
from components.spark.setting import Setting
from components.versions import HADOOP, SPARK, SPARK_LTS
from tests.support.golden import Golden
from tests.support.object_storages import AWS, IN_CLUSTER

DATA = Path(__file__).resolve().parents[1] / "data"
IMAGE = "registry.example/spark:1"
STORAGES = {"in-cluster": IN_CLUSTER, "aws": AWS}
VERSIONS = (SPARK, SPARK_LTS)

FREE_FORM = ("spark.metrics.conf.",)
"""Beginnings of keys that name things of one's own, besides the prefixes that Spark itself declares."""

UNDECLARED = ("spark.network.crypto.authEngineVersion", "spark.driver.defaultJavaOptions")
"""Keys that Spark 3.5.8 and 4.1.2 read without declaring them: TransportConf, SparkSubmitCommandBuilder."""


SCHEMES = (
    *(f"spark.hadoop.fs.{scheme}.impl" for scheme in ("s3", "s3n")),
    *(f"spark.hadoop.mapreduce.outputcommitter.factory.scheme.{scheme}" for scheme in ("s3", "s3n", "file")),
)
"""Keys that Hadoop makes of a scheme's name: FileSystem.getFileSystemClass, PathOutputCommitterFactory."""


@cache
def registry(version: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / f"spark-config-keys-{version}.json").read_text())
    return loaded


def unknown_keys(conf: Iterator[str] | dict[str, str], version: str) -> list[str]:
    """Keys that neither Spark nor S3A of that release declares."""
    known = registry(version)
    return [
        key
        for key in conf
        if key not in (*known["keys"], *UNDECLARED, *SCHEMES)
        and not key.startswith((*known["prefixes"], *FREE_FORM))
        and not (key.startswith("spark.hadoop.") and key.removeprefix("spark.hadoop.") in known["s3a"])
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("storage", STORAGES.values(), ids=STORAGES)
def test_every_key_for_jobs_is_one_that_this_spark_knows(storage: ObjectStorage, version: str) -> None:
    conf = spark_defaults(storage, spark_version=version, image=IMAGE)
    assert unknown_keys(conf, version) == [], "Spark ignores a misspelt key without a word"
    assert len(conf) > 30, "there is little to check: the defaults are missing"


@pytest.mark.parametrize("storage", STORAGES.values(), ids=STORAGES)
def test_every_key_of_the_history_server_and_of_a_tenant_is_known(storage: ObjectStorage) -> None:
    assert unknown_keys(history_server_conf(storage), SPARK) == []
    assert unknown_keys(tenant_conf({}, storage, "data-dev"), SPARK) == []


@pytest.mark.parametrize("version", ["3.5.8", "4.1.2"])
def test_where_policies_act_late_first_connections_are_given_up_sooner(version: str) -> None:
    made = {each.key: each.value for each in settings_for_late_policies()}
    assert unknown_keys(made, version) == []
    assert made["spark.hadoop.fs.s3a.connection.timeout"].isdigit(), "Hadoop 3.3 reads no units"
    assert int(made["spark.hadoop.fs.s3a.connection.timeout"]) < 60_000, "S3A's own, in milliseconds"


@pytest.mark.parametrize(
    "wrong",
    [
        "spark.executor.decommission.enabled",
        "spark.kubernetes.executor.reusePersistentVolume",
        "spark.hadoop.fs.s3a.endpiont",
        "spark.dynamicAllocation.shuffleTracking.timeOut",
    ],
)
def test_a_wrong_key_is_found_out(wrong: str) -> None:
    conf = spark_defaults(AWS, spark_version=SPARK, image=IMAGE, overrides={wrong: "true"})
    assert unknown_keys(conf, SPARK) == [wrong], "two of these stand in a widely read guide"


def test_keys_of_newer_releases_are_left_out_for_older_ones() -> None:
    newer = spark_defaults(AWS, spark_version=SPARK, image=IMAGE)
    older = spark_defaults(AWS, spark_version=SPARK_LTS, image=IMAGE)
    assert set(newer) - set(older) == {
        "spark.hadoop.fs.s3a.committer.magic.enabled",
        "spark.kubernetes.driver.annotateExitException",
        "spark.kubernetes.executor.terminationGracePeriodSeconds",
        "spark.driver.minMemoryOverhead",
        "spark.executor.minMemoryOverhead",
    }
    assert set(older) <= set(newer)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_commit_protocol_that_makes_overwrites_append_is_never_a_default(version: str) -> None:
    conf = spark_defaults(AWS, spark_version=version, image=IMAGE)
    assert "spark.sql.sources.commitProtocolClass" not in conf, "SPARK-56588: rows would be doubled"
    assert "spark.sql.parquet.output.committer.class" not in conf


def test_a_value_that_spark_has_anyway_says_why_it_is_repeated() -> None:
    settings = (*spark_settings(AWS, spark_version=SPARK, image=IMAGE), *history_settings(AWS))
    repeated = [each for each in settings if registry(SPARK)["keys"].get(each.key) == each.value]
    for each in repeated:
        older = registry(SPARK_LTS)["keys"].get(each.key)
        assert older != each.value or "pinned" in each.why or "no external" in each.why, (
            f"{each.key}={each.value} is Spark's own default in every supported release: drop it"
        )


def test_every_value_has_a_reason() -> None:
    for storage in STORAGES.values():
        for each in (*spark_settings(storage, spark_version=SPARK, image=IMAGE), *history_settings(storage)):
            assert len(each.why) >= 10, f"{each.key}: a reason is missing"


def test_no_key_is_set_twice() -> None:
    for storage in STORAGES.values():
        keys = [each.key for each in spark_settings(storage, spark_version=SPARK, image=IMAGE)]
        assert len(keys) == len(set(keys)), "the second would win unseen"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("storage", STORAGES.values(), ids=STORAGES)
def test_the_credentials_provider_is_of_the_sdk_that_s3a_has(storage: ObjectStorage, version: str) -> None:
    conf = spark_defaults(storage, spark_version=version, image=IMAGE, own_image=True)
    chain = registry(version)["s3a"]["fs.s3a.aws.credentials.provider"]
    provider = conf["spark.hadoop.fs.s3a.aws.credentials.provider"]
    sdk = provider.rpartition(".")[0]
    assert provider in chain or (sdk.startswith("software.amazon.awssdk") and sdk in chain), (
        f"Hadoop of Spark {version} has no such class, and fails with ClassNotFound"
    )


def test_static_keys_come_from_the_secret_by_reference() -> None:
    conf = spark_defaults(IN_CLUSTER, spark_version=SPARK, image=IMAGE)
    for role in ("driver", "executor"):
        prefix = f"spark.kubernetes.{role}.secretKeyRef."
        assert {key: value for key, value in conf.items() if key.startswith(prefix)} == {
            f"{prefix}AWS_ACCESS_KEY_ID": "s3-credentials:access-key",
            f"{prefix}AWS_SECRET_ACCESS_KEY": "s3-credentials:secret-key",
        }
    assert not [key for key in conf if re.search(r"s3a\.(access|secret)\.key", key)]


def test_on_aws_there_is_neither_an_endpoint_nor_a_key() -> None:
    conf = spark_defaults(AWS, spark_version=SPARK, image=IMAGE)
    assert not [key for key in conf if "secretKeyRef" in key or key.endswith("s3a.endpoint")]
    assert "spark.hadoop.fs.s3a.path.style.access" not in conf


def test_nothing_that_waits_waits_for_ever() -> None:
    conf = spark_defaults(AWS, spark_version=SPARK, image=IMAGE)
    for key in (
        "spark.dynamicAllocation.shuffleTracking.timeout",
        "spark.dynamicAllocation.cachedExecutorIdleTimeout",
        "spark.executor.decommission.forceKillTimeout",
    ):
        assert re.fullmatch(r"[0-9]+[smh]", conf[key]), f"{key} must be finite, Spark's default is not"
    assert int(conf["spark.dynamicAllocation.maxExecutors"]) < 1000


def test_the_overhead_is_the_one_that_pod_sizes_count_on() -> None:
    conf = spark_defaults(AWS, spark_version=SPARK, image=IMAGE)
    heap_mib = 10_000
    size = PodSize(cores=1, cpu_request="1", memory=f"{heap_mib}m")
    factor = float(conf["spark.executor.memoryOverheadFactor"])
    assert size.pod_memory_bytes == heap_mib * (1 + factor) * 1024**2


@pytest.mark.parametrize("role", ["driver", "executor"])
def test_the_least_overhead_is_the_one_that_pod_sizes_count_on(role: str) -> None:
    conf = spark_defaults(AWS, spark_version=SPARK, image=IMAGE)
    size = PodSize(cores=1, cpu_request="1", memory="512m")
    assert conf[f"spark.{role}.minMemoryOverhead"] == f"{size.pod_memory_bytes // 1024**2 - 512}m"


def test_a_release_without_a_property_for_the_least_overhead_gets_none() -> None:
    conf = spark_defaults(AWS, spark_version=SPARK_LTS, image=IMAGE)
    assert [key for key in conf if "minMemoryOverhead" in key] == []
    assert "spark.driver.minMemoryOverhead" not in registry(SPARK_LTS)["keys"]


def test_adaptive_execution_is_left_as_spark_has_it() -> None:
    conf = spark_defaults(AWS, spark_version=SPARK, image=IMAGE)
    assert not [key for key in conf if key.startswith("spark.sql.adaptive")]
    assert registry(SPARK)["keys"]["spark.sql.adaptive.enabled"] == "true"


def test_overrides_win_and_add() -> None:
    conf = spark_defaults(
        AWS,
        spark_version=SPARK,
        image=IMAGE,
        overrides={"spark.locality.wait": "1s", "spark.sql.ansi.enabled": "false"},
    )
    assert conf["spark.locality.wait"] == "1s"
    assert conf["spark.sql.ansi.enabled"] == "false"
    assert list(conf) == sorted(conf), "the order must not depend on who set what"


@pytest.mark.parametrize("version", ["4.1", "latest", "4.1.2-preview", ""])
def test_what_is_no_release_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"Spark version {version!r}: write a release")):
        spark_defaults(AWS, spark_version=version, image=IMAGE)


def test_an_unsupported_release_is_refused_with_the_way_out() -> None:
    with pytest.raises(ValueError, match=r"Spark version 3\.3\.1: 3\.5 is the oldest .* move the job"):
        spark_defaults(AWS, spark_version="3.3.1", image=IMAGE)


def test_the_history_server_reads_what_jobs_write_with_the_same_access() -> None:
    for storage in STORAGES.values():
        jobs = spark_defaults(storage, spark_version=SPARK, image=IMAGE)
        history = history_server_conf(storage)
        below = jobs["spark.eventLog.dir"].removeprefix(history["spark.history.fs.logDirectory"])
        assert below == "${spark.kubernetes.namespace}/", "each tenant's own folder"
        shared = {key: value for key, value in jobs.items() if key.startswith("spark.hadoop.")}
        shared.pop("spark.hadoop.fs.s3a.buffer.dir")
        for own in ("spark.hadoop.fs.s3a.committer.magic.enabled", *SCHEMES):
            shared.pop(own)
        assert shared.items() <= history.items(), "it could not reach the store that jobs reach"


def test_a_tenant_uploads_below_its_own_prefix_and_the_operator_nowhere() -> None:
    conf = spark_defaults(AWS, spark_version=SPARK, image=IMAGE)
    assert "spark.kubernetes.file.upload.path" not in conf, "a job could send the operator's files away"
    own = tenant_conf(conf, AWS, "data-dev")
    assert own["spark.kubernetes.file.upload.path"] == "s3a://acme-artifacts/data-dev/uploads"
    assert own["spark.kubernetes.namespace"] == "data-dev"
    assert own["spark.eventLog.dir"] == "s3a://acme-events/spark/data-dev/", "its own folder, by its name"
    changed = {key for key, value in conf.items() if own[key] != value}
    assert own["spark.sql.warehouse.dir"] == "s3a://acme-data/data-dev/warehouse"
    assert changed == {"spark.eventLog.dir", "spark.sql.warehouse.dir"}


@pytest.mark.parametrize(("name", "storage"), STORAGES.items())
def test_the_rendered_defaults_are_the_reviewed_ones(
    name: str, storage: ObjectStorage, golden: Golden
) -> None:
    for version in VERSIONS:
        conf = spark_defaults(storage, spark_version=version, image=IMAGE)
        golden(f"spark/spark-defaults-{version}-{name}.conf", render_properties(conf))
    golden(f"spark/history-{name}.conf", render_properties(history_server_conf(storage)))


def test_the_pod_templates_are_files_of_the_same_config_map() -> None:
    conf = spark_defaults(AWS, spark_version=SPARK, image=IMAGE)
    files = config_map_data(JobDefaults(properties=conf), "driver: 1\n", "executor: 1\n")
    for role in ("driver", "executor"):
        folder, name = conf[f"spark.kubernetes.{role}.podTemplateFile"].rsplit("/", 1)
        assert folder == "/opt/spark/conf"
        assert files[name] == f"{role}: 1\n"
    assert parse_properties(files["spark-defaults.conf"]) == conf


def test_the_data_is_of_the_pinned_releases() -> None:
    for version in VERSIONS:
        assert registry(version)["spark"] == version
        assert len(registry(version)["keys"]) > 1000, "run tests/data/generate.py again: keys are missing"
    assert HADOOP == "3.4.2", "S3A's keys in tests/data are Hadoop 3.4.2's: run tests/data/generate.py again"


def test_a_setting_can_not_be_changed_on_the_way() -> None:
    with pytest.raises(AttributeError):
        Setting("spark.a", "1", "because").value = "2"  # type: ignore[misc]


# --- Java's format ------------------------------------------------------------------------------------------

ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def parse_properties(text: str) -> dict[str, str]:
    """Read properties as java.util.Properties.load(Reader) documents it, without its line continuations."""
    found = {}
    for line in text.split("\n"):
        stripped = line.lstrip(" \t\f")
        if stripped and stripped[0] not in "#!":
            split = re.match(r"((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)", stripped, re.DOTALL)
            assert split
            found[unescape(split[1])] = unescape(split[2])
    return found


def unescape(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        escape = match[1]
        return chr(int(escape[1:], 16)) if len(escape) == 5 else ESCAPED.get(escape, escape)

    joined = re.sub(r"\\(u[0-9a-f]{4}|.)", one, text)
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.dictionaries(TEXT.filter(bool), TEXT, max_size=4))
def test_java_reads_back_exactly_what_was_written(conf: dict[str, str]) -> None:
    assert parse_properties(render_properties(conf)) == conf


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (r"a\b", r"k=a\\b"),
        ("two\nlines", r"k=two\nlines"),
        (" blank", r"k=\ blank"),
        ("-Dx=1 -Dy=#2", "k=-Dx=1 -Dy=#2"),
        ("é€😀", r"k=\u00e9\u20ac\ud83d\ude00"),
        ("half \ud83d", r"k=half \ud83d"),
    ],
)
def test_values_are_escaped_as_java_does(value: str, line: str) -> None:
    assert render_properties({"k": value}) == f"{line}\n"


def test_keys_are_escaped_where_java_would_end_them() -> None:
    assert render_properties({"a b:c=d#e!": "1"}) == "a\\ b\\:c\\=d\\#e\\!=1\n"
