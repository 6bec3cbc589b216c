"""Which class a table is of. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from emr.catalog.classes import CLASSES, Class, Level, Wave
from emr.catalog.export import Table
from emr.catalog.traits import Trait, traits


@dataclass(frozen=True)
class Classified:
    """A table, and what becomes of it.

    Args:
        table: it.
        of: its class.
        traits: what else to know.
        because: what in the export says so.
    """

    table: Table
    of: Class
    traits: tuple[Trait, ...]
    because: str

    @property
    def level(self) -> Level:
        """The worst of class and traits."""
        levels = list(Level)
        return max((self.of.level, *(each.level for each in self.traits)), key=levels.index)

    @property
    def wave(self) -> Wave:
        """When it is moved: what a trait blocks waits, whatever its class."""
        if self.level is Level.BLOCKED:
            return Wave.BLOCKED
        if self.level is Level.BY_HAND:
            return max(self.of.wave, Wave.BY_HAND)
        return self.of.wave


_SERDES: Final = (
    ("ParquetHiveSerDe", "parquet"),
    ("OrcSerde", "orc"),
    ("OpenCSVSerde", "open-csv"),
    ("MultiDelimitSerDe", "csv"),
    ("IonHiveSerDe", "ion"),
    ("JsonSerDe", "json"),
    ("AvroSerDe", "avro"),
    ("RegexSerDe", "text-by-pattern"),
    ("GrokSerDe", "text-by-pattern"),
    ("CloudTrailSerde", "text-by-pattern"),
    ("LazyBinaryColumnarSerDe", "hive-binary"),
    ("ColumnarSerDe", "hive-binary"),
    ("LazyBinarySerDe", "hive-binary"),
    ("LazySimpleSerDe", "csv"),
)
"""Ends of SerDes' class names -> classes; the first that fits."""

_PROVIDERS: Final = {
    "parquet": "parquet",
    "orc": "orc",
    "csv": "csv",
    "json": "json",
    "avro": "avro",
    "delta": "delta",
    "hudi": "hudi",
    "iceberg": "iceberg",
    "jdbc": "database",
}
"""Spark's sources -> classes. They win over the SerDe, which Spark only fills in for Hive's sake."""

_STREAMS: Final = frozenset({"kinesis", "kafka"})

_DATABASES: Final = frozenset(
    [
        "mysql",
        "postgresql",
        "redshift",
        "oracle",
        "sqlserver",
        "mongodb",
        "documentdb",
        "dynamodb",
        "snowflake",
        "mariadb",
        "aurora",
        "saphana",
        "teradata",
        "bigquery",
        "vertica",
    ]
)
"""What crawlers write as classification of a table that is not in S3."""

_FILES: Final = frozenset(
    {"parquet", "orc", "delta", "hudi", "csv", "open-csv", "json", "avro", "hive-binary", "text-by-pattern"}
)
"""Classes of tables whose location a reader opens."""


def classify(table: Table) -> Classified:
    """Say what a table is; `unknown` if nothing fits.

    Args:
        table: of an export.
    """
    name, because = next((found for rule in _RULES if (found := rule(table))), ("unknown", _unknown(table)))
    return Classified(table, CLASSES[name], tuple(traits(table, has_files=name in _FILES)), because)


_Found = tuple[str, str] | None


def _link(table: Table) -> _Found:
    target = table.document.get("TargetTable")
    if isinstance(target, dict):
        name = ".".join(
            str(target.get(key)) for key in ("CatalogId", "DatabaseName", "Name") if target.get(key)
        )
        return "resource-link", f"TargetTable {name}"
    return None


def _governed(table: Table) -> _Found:
    return ("governed", "TableType GOVERNED") if table.kind == "GOVERNED" else None


def _federated(table: Table) -> _Found:
    federated = table.document.get("FederatedTable")
    if not isinstance(federated, dict):
        return None
    said = f"{federated.get('ConnectionType') or ''} {federated.get('ConnectionName') or ''}".strip()
    s3_tables = "s3tables" in said.lower() or "s3tables" in str(federated.get("Identifier", "")).lower()
    return ("s3-tables" if s3_tables else "federated"), f"FederatedTable {said}".strip()


def _view(table: Table) -> _Found:
    if table.document.get("IsMaterializedView") is True or table.kind == "MATERIALIZED_VIEW":
        return "materialized-view", "IsMaterializedView"
    if table.document.get("IsMultiDialectView") is True:
        return "multi-dialect-view", "IsMultiDialectView"
    text = str(table.document.get("ViewOriginalText") or "")
    if table.kind != "VIRTUAL_VIEW" and not text:
        return None
    if text.lstrip().startswith("/* Presto") or table.parameters.get("presto_view", "").lower() == "true":
        return "athena-view", "its text is Presto's"
    return "hive-view", "TableType VIRTUAL_VIEW"


def _acid(table: Table) -> _Found:
    transactional = table.parameters.get("transactional", "").lower() == "true"
    return ("hive-acid", "Parameters.transactional true") if transactional else None


def _table_format(table: Table) -> _Found:
    said = table.parameters.get("table_type", "").lower()
    if said in ("iceberg", "delta", "hudi"):
        return said, f"Parameters.table_type {said}"
    provider = table.parameters.get("spark.sql.sources.provider", "").lower()
    short = provider.rpartition(".")[2]
    known = _PROVIDERS.get(provider) or _PROVIDERS.get(short)
    return (known, f"Parameters.spark.sql.sources.provider {provider}") if known else None


def _handler(table: Table) -> _Found:
    handler = table.parameters.get("storage_handler", "")
    if "iceberg" in handler.lower():
        return "iceberg", f"Parameters.storage_handler {handler}"
    return ("storage-handler", f"Parameters.storage_handler {handler}") if handler else None


def _input_format(table: Table) -> _Found:
    format_ = str(table.storage.get("InputFormat") or "")
    if "hudi" in format_.lower():
        return "hudi", f"InputFormat {format_}"
    if "iceberg" in format_.lower():
        return "iceberg", f"InputFormat {format_}"
    return ("symlinks", f"InputFormat {format_}") if "SymlinkTextInputFormat" in format_ else None


def _elsewhere(table: Table) -> _Found:
    said = table.parameters.get("classification", "").lower()
    kind = str((table.storage.get("Parameters") or {}).get("typeOfData", "")).lower()
    for word in (said, kind):
        if word in _STREAMS:
            return "stream", f"it is said to be {word}"
    return ("database", f"Parameters.classification {said}") if said in _DATABASES else None


def _serde(table: Table) -> _Found:
    short = table.serde.rpartition(".")[2]
    for ending, name in _SERDES:
        if short.lower() == ending.lower():
            binary = name == "csv" and "SequenceFile" in str(table.storage.get("InputFormat") or "")
            return ("hive-binary" if binary else name), f"SerDe {short}"
    return None


_RULES: Final[tuple[Callable[[Table], _Found], ...]] = (
    _link,
    _federated,
    _governed,
    _view,
    _acid,
    _table_format,
    _handler,
    _input_format,
    _elsewhere,
    _serde,
)
"""What a table is beyond its files comes before what its files are."""


def _unknown(table: Table) -> str:
    said = {
        "TableType": table.kind,
        "SerDe": table.serde,
        "InputFormat": str(table.storage.get("InputFormat") or ""),
        "classification": table.parameters.get("classification", ""),
    }
    return (
        ", ".join(f"{name} {value}" for name, value in said.items() if value) or "it says nothing of itself"
    )
