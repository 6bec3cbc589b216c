"""Each kind of table that Glue catalogs hold is told from the others, and says what to do."""

from __future__ import annotations

from typing import Any

import pytest

from emr.catalog.classes import CLASSES, Level, Wave
from emr.catalog.classify import Classified, classify
from emr.catalog.export import Table

HIVE = "org.apache.hadoop.hive"
PARQUET = f"{HIVE}.ql.io.parquet.serde.ParquetHiveSerDe"
LAZY = f"{HIVE}.serde2.lazy.LazySimpleSerDe"
TEXT = "org.apache.hadoop.mapred.TextInputFormat"


def table(
    serde: str = "", location: str = "s3://lake/t", storage: dict[str, Any] | None = None, **document: Any
) -> Table:
    described = {"Location": location, "SerdeInfo": {"SerializationLibrary": serde}, **(storage or {})}
    return Table("x.json/TableList/0", "db", "t", {"Name": "t", "StorageDescriptor": described, **document})


def of(**given: Any) -> Classified:
    return classify(table(**given))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"serde": PARQUET}, "parquet"),
        ({"serde": f"{HIVE}.ql.io.orc.OrcSerde"}, "orc"),
        ({"serde": LAZY}, "csv"),
        (
            {"serde": LAZY, "storage": {"InputFormat": "org.apache.hadoop.mapred.SequenceFileInputFormat"}},
            "hive-binary",
        ),
        ({"serde": f"{HIVE}.serde2.OpenCSVSerde"}, "open-csv"),
        ({"serde": "org.openx.data.jsonserde.JsonSerDe"}, "json"),
        ({"serde": "org.apache.hive.hcatalog.data.JsonSerDe"}, "json"),
        ({"serde": f"{HIVE}.serde2.JsonSerDe"}, "json"),
        ({"serde": f"{HIVE}.serde2.avro.AvroSerDe"}, "avro"),
        ({"serde": f"{HIVE}.serde2.columnar.LazyBinaryColumnarSerDe"}, "hive-binary"),
        ({"serde": f"{HIVE}.serde2.RegexSerDe"}, "text-by-pattern"),
        ({"serde": "com.amazonaws.glue.serde.GrokSerDe"}, "text-by-pattern"),
        ({"serde": "com.amazon.emr.hive.serde.CloudTrailSerde"}, "text-by-pattern"),
        ({"serde": "com.amazon.ionhiveserde.IonHiveSerDe"}, "ion"),
        (
            {"Parameters": {"table_type": "ICEBERG", "metadata_location": "s3://lake/t/metadata/1.json"}},
            "iceberg",
        ),
        ({"serde": PARQUET, "Parameters": {"spark.sql.sources.provider": "hudi"}}, "hudi"),
        (
            {"serde": PARQUET, "storage": {"InputFormat": "org.apache.hudi.hadoop.HoodieParquetInputFormat"}},
            "hudi",
        ),
        ({"serde": LAZY, "Parameters": {"spark.sql.sources.provider": "delta"}}, "delta"),
        ({"serde": LAZY, "Parameters": {"spark.sql.sources.provider": "parquet"}}, "parquet"),
        (
            {"serde": LAZY, "Parameters": {"spark.sql.sources.provider": "org.apache.spark.sql.parquet"}},
            "parquet",
        ),
        ({"serde": PARQUET, "storage": {"InputFormat": f"{HIVE}.ql.io.SymlinkTextInputFormat"}}, "symlinks"),
        ({"Parameters": {"storage_handler": f"{HIVE}.dynamodb.DynamoDBStorageHandler"}}, "storage-handler"),
        (
            {"Parameters": {"storage_handler": "org.apache.hadoop.hive.hbase.HBaseStorageHandler"}},
            "storage-handler",
        ),
        (
            {"Parameters": {"storage_handler": "org.apache.iceberg.mr.hive.HiveIcebergStorageHandler"}},
            "iceberg",
        ),
        ({"serde": f"{HIVE}.ql.io.orc.OrcSerde", "Parameters": {"transactional": "true"}}, "hive-acid"),
        ({"Parameters": {"classification": "mysql"}, "location": "shop.orders"}, "database"),
        (
            {"storage": {"Parameters": {"typeOfData": "kinesis"}}, "Parameters": {"classification": "json"}},
            "stream",
        ),
        ({"serde": PARQUET, "TableType": "GOVERNED"}, "governed"),
        (
            {"TargetTable": {"CatalogId": "123456789012", "DatabaseName": "sales", "Name": "orders"}},
            "resource-link",
        ),
        ({"FederatedTable": {"ConnectionName": "snowflake", "ConnectionType": "SNOWFLAKE"}}, "federated"),
        ({"FederatedTable": {"ConnectionName": "aws:s3tables", "Identifier": "x"}}, "s3-tables"),
        ({"TableType": "VIRTUAL_VIEW", "ViewOriginalText": "/* Presto View: e30= */"}, "athena-view"),
        ({"TableType": "VIRTUAL_VIEW", "ViewOriginalText": "SELECT 1"}, "hive-view"),
        ({"TableType": "VIRTUAL_VIEW", "IsMultiDialectView": True}, "multi-dialect-view"),
        ({"IsMaterializedView": True, "Parameters": {"table_type": "ICEBERG"}}, "materialized-view"),
        ({"serde": "com.example.OurSerDe"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_table_is_of_its_class(given: dict[str, Any], name: str) -> None:
    assert of(**given).of.name == name


def test_every_class_is_met_by_one_of_these_tables() -> None:
    (mark,) = (each for each in test_a_table_is_of_its_class.pytestmark if each.name == "parametrize")
    assert {name for _, name in mark.args[1]} == set(CLASSES)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_what_holds_a_table_back_decides_its_wave(name: str) -> None:
    of_class = CLASSES[name]
    assert (of_class.level is Level.BLOCKED) == (of_class.wave is Wave.BLOCKED)
    assert of_class.action


@pytest.mark.parametrize(
    ("given", "code", "level"),
    [
        ({"location": "s3a://lake/t"}, None, Level.EXACT),
        ({"location": "s3://lake/t"}, "scheme", Level.CHANGED),
        ({"location": "s3n://lake/t"}, "scheme", Level.CHANGED),
        ({"location": "hdfs://ip-10-0-0-1:8020/t"}, "not-in-s3", Level.BLOCKED),
        ({"location": "/user/hive/warehouse/t"}, "not-in-s3", Level.BLOCKED),
        ({"location": ""}, "no-location", Level.BLOCKED),
        ({"location": "s3a://l/t", "IsRegisteredWithLakeFormation": True}, "lake-formation", Level.BLOCKED),
        ({"location": "s3a://l/t", "IsRegisteredWithLakeFormation": False}, None, Level.EXACT),
        ({"location": "s3a://l/t", "TableType": "MANAGED_TABLE"}, "managed", Level.CHANGED),
        ({"location": "s3a://l/t", "storage": {"NumberOfBuckets": 8}}, "hive-buckets", Level.CHANGED),
        ({"location": "s3a://l/t", "storage": {"NumberOfBuckets": -1}}, None, Level.EXACT),
        (
            {"location": "s3a://l/t", "storage": {"AdditionalLocations": ["s3://l/u"]}},
            "more-locations",
            Level.BY_HAND,
        ),
        (
            {"location": "s3a://l/t", "Parameters": {"projection.enabled": "true"}},
            "partition-projection",
            Level.CHANGED,
        ),
        (
            {"location": "s3a://l/t", "Parameters": {"has_encrypted_data": "true"}},
            "client-side-encryption",
            Level.BY_HAND,
        ),
    ],
)
def test_a_trait_is_told_and_makes_the_table_no_easier(
    given: dict[str, Any], code: str | None, level: Level
) -> None:
    found = of(serde=PARQUET, **given)
    assert [each.code for each in found.traits] == ([code] if code else [])
    assert found.level is level
    assert (found.wave is Wave.BLOCKED) == (level is Level.BLOCKED)


@pytest.mark.parametrize(
    ("template", "level"),
    [("s3://l/t/day=${day}/", Level.CHANGED), ("s3://l/t/${day}/", Level.BY_HAND)],
)
def test_folders_of_a_projection_that_spark_cannot_take_apart_are_by_hand(
    template: str, level: Level
) -> None:
    parameters = {"projection.enabled": "true", "storage.location.template": template}
    found = of(serde=PARQUET, location="s3a://l/t", Parameters=parameters, PartitionKeys=[{"Name": "day"}])
    assert found.level is level


def test_a_header_line_is_told_wherever_it_is_declared() -> None:
    by_table = of(serde=LAZY, location="s3a://l/t", Parameters={"skip.header.line.count": "1"})
    info = {"SerializationLibrary": LAZY, "Parameters": {"skip.header.line.count": "1"}}
    by_serde = of(location="s3a://l/t", storage={"SerdeInfo": info})
    for found in (by_table, by_serde):
        assert [each.code for each in found.traits] == ["header-line"]
    none = of(serde=LAZY, location="s3a://l/t", Parameters={"skip.header.line.count": "0"})
    assert not none.traits


def test_a_table_of_sparks_lies_where_its_path_says_and_not_at_the_placeholder() -> None:
    info = {"SerializationLibrary": LAZY, "Parameters": {"path": "s3a://lake/real"}}
    storage = {"SerdeInfo": info, "Location": "hdfs://m/user/hive/warehouse/t-__PLACEHOLDER__"}
    found = of(storage=storage, Parameters={"spark.sql.sources.provider": "parquet"})
    assert found.table.location == "s3a://lake/real"
    assert not found.traits


def test_lake_formation_blocks_a_view_too() -> None:
    found = of(TableType="VIRTUAL_VIEW", ViewOriginalText="SELECT 1", IsRegisteredWithLakeFormation=True)
    assert found.wave is Wave.BLOCKED
