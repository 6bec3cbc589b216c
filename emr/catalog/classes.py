"""The classes of tables, and what becomes of each. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final


class Level(StrEnum):
    """How much of a table works here as it does on EMR."""

    EXACT = "exact"
    CHANGED = "changed"
    BY_HAND = "by hand"
    BLOCKED = "blocked"


class Wave(IntEnum):
    """When a table is moved: readers need what they read, and what is uncertain holds nobody up."""

    AS_IT_IS = 1
    REWRITTEN = 2
    BY_HAND = 3
    VIEWS = 4
    BLOCKED = 5


@dataclass(frozen=True)
class Class:
    """A class of tables.

    Args:
        name: a stable word for programs.
        level: how much works.
        wave: when it is moved.
        means: what such a table is.
        action: what to do with it.
    """

    name: str
    level: Level
    wave: Wave
    means: str
    action: str


_BY_PATH = (
    "read it by its path, or take its files into an Iceberg table in place (system.add_files, "
    "system.snapshot); "
    "system.migrate does not work with Glue"
)

_ALL: Final = (
    Class(
        "iceberg",
        Level.EXACT,
        Wave.AS_IT_IS,
        "Iceberg table",
        "register its newest metadata file in the new catalog (system.register_table); stop its writers "
        "on EMR "
        "first: two catalogs that both commit lose one another's snapshots",
    ),
    Class(
        "s3-tables",
        Level.CHANGED,
        Wave.AS_IT_IS,
        "table of S3 Tables, in a catalog that Glue federates",
        "read it by S3 Tables' own Iceberg REST endpoint; it can't be taken over in place",
    ),
    Class("parquet", Level.EXACT, Wave.AS_IT_IS, "Parquet files of Hive or Spark", _BY_PATH),
    Class("orc", Level.EXACT, Wave.AS_IT_IS, "ORC files of Hive or Spark", _BY_PATH),
    Class(
        "delta",
        Level.CHANGED,
        Wave.AS_IT_IS,
        "Delta table",
        "read it by its path with the jars of Delta in the image; its log, not Glue, says which files it has",
    ),
    Class(
        "hudi",
        Level.CHANGED,
        Wave.AS_IT_IS,
        "Hudi table",
        "read it by its path with the jars of Hudi in the image instead of those in /usr/lib/hudi; stop "
        "EMR's "
        "compaction before another writer begins",
    ),
    Class(
        "csv",
        Level.CHANGED,
        Wave.REWRITTEN,
        "delimited text by LazySimpleSerDe",
        "write it once as Parquet or Iceberg with its types; until then read it by Spark's CSV reader, whose "
        "nulls, escapes and wrong numbers are not Hive's: compare with `emr shadow`",
    ),
    Class(
        "open-csv",
        Level.CHANGED,
        Wave.REWRITTEN,
        "CSV by OpenCSVSerde, in which every column is text",
        "write it once as Parquet or Iceberg, with casts: readers that rely on text see numbers then",
    ),
    Class(
        "json",
        Level.CHANGED,
        Wave.REWRITTEN,
        "JSON lines by a SerDe of OpenX, Hive or HCatalog",
        "write it once as Parquet or Iceberg; Spark's JSON reader tells capitals apart and turns a "
        "broken line "
        "into nulls, where the SerDe skips or fails: count rows of _corrupt_record",
    ),
    Class(
        "avro",
        Level.CHANGED,
        Wave.REWRITTEN,
        "Avro files",
        "read it with spark-avro in the image, or write it once as Parquet or Iceberg; an "
        "avro.schema.url that "
        "begins with s3:// becomes s3a://",
    ),
    Class(
        "hive-binary",
        Level.CHANGED,
        Wave.REWRITTEN,
        "SequenceFile or RCFile",
        "write it once as Parquet or Iceberg while EMR is there: Spark reads it by Hive's SerDe alone",
    ),
    Class(
        "text-by-pattern",
        Level.BY_HAND,
        Wave.BY_HAND,
        "text by a pattern (RegexSerDe, GrokSerDe, CloudTrailSerde)",
        "read lines as text and take them apart in Spark SQL (regexp_extract, from_json); the SerDe's "
        "class is "
        "not in the image",
    ),
    Class(
        "symlinks",
        Level.BY_HAND,
        Wave.BY_HAND,
        "list of files that another table's writer keeps (SymlinkTextInputFormat)",
        "read the Delta or Hudi table that the list was made of; by path it would be read as a list of names",
    ),
    Class(
        "stream",
        Level.BY_HAND,
        Wave.BY_HAND,
        "stream of Kinesis or Kafka",
        "read it by Structured Streaming's own source; its offsets are not in the catalog",
    ),
    Class(
        "database",
        Level.BY_HAND,
        Wave.BY_HAND,
        "table of a database that a crawler found",
        "read it by Spark's JDBC source with a Secret for its password; Glue's connection does not move",
    ),
    Class(
        "resource-link",
        Level.CHANGED,
        Wave.VIEWS,
        "link to a table of another database or account",
        "nothing to move: jobs name the target, and its owner lets the tenant's role read it",
    ),
    Class(
        "athena-view",
        Level.BY_HAND,
        Wave.VIEWS,
        "view in Athena's SQL (Presto, Trino)",
        "write its query in Spark SQL: functions, quotes and casts differ; then compare with `emr shadow`",
    ),
    Class(
        "hive-view",
        Level.CHANGED,
        Wave.VIEWS,
        "view in Hive's or Spark's SQL",
        "create it again from its text after the tables that it names; check it under Spark 4's ANSI rules",
    ),
    Class(
        "multi-dialect-view",
        Level.BY_HAND,
        Wave.VIEWS,
        "view of AWS with a text for each engine",
        "create it again from its Spark text; what it hid from its readers, it no longer hides",
    ),
    Class(
        "materialized-view",
        Level.BY_HAND,
        Wave.VIEWS,
        "materialized view that AWS refreshes",
        "write a job on a schedule that makes the table; nothing here refreshes it",
    ),
    Class(
        "hive-acid",
        Level.BLOCKED,
        Wave.BLOCKED,
        "transactional table of Hive",
        "have Hive compact it (ALTER TABLE ... COMPACT 'major') and write it out as Parquet: Spark does "
        "not know "
        "deltas of rows, and would read deleted ones",
    ),
    Class(
        "governed",
        Level.BLOCKED,
        Wave.BLOCKED,
        "governed table of Lake Formation",
        "copy it out as Parquet or Iceberg on AWS: its transactions decide which files count",
    ),
    Class(
        "storage-handler",
        Level.BLOCKED,
        Wave.BLOCKED,
        "table of DynamoDB, HBase or another store, by a storage handler",
        "export it (DynamoDB to S3), or read the store by its own connector: the handler's class is EMR's",
    ),
    Class(
        "ion",
        Level.BLOCKED,
        Wave.BLOCKED,
        "Ion files",
        "write it out as Parquet on EMR or Athena: no reader of Ion is here",
    ),
    Class(
        "federated",
        Level.BLOCKED,
        Wave.BLOCKED,
        "table of another system, behind a connection of Glue's",
        "read that system by its own connector: the data is not in S3",
    ),
    Class(
        "unknown",
        Level.BLOCKED,
        Wave.BLOCKED,
        "something else",
        "say what it is: its SerDe, format and type are none that this kit knows, so nothing is promised",
    ),
)

CLASSES: Final = MappingProxyType({each.name: each for each in _ALL})
"""By name."""
