"""What a table has beside its class that changes what a reader sees. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from emr.catalog.classes import Level
from emr.catalog.export import Table

S3_SCHEMES: Final = ("s3", "s3a", "s3n")


@dataclass(frozen=True)
class Trait:
    """A reason to look closer.

    Args:
        code: a stable word for programs.
        level: what it makes of the table, if that is worse than its class.
        why: what would happen.
        action: what to do.
    """

    code: str
    level: Level
    why: str
    action: str


def traits(table: Table, *, has_files: bool) -> list[Trait]:
    """All of a table's.

    Args:
        table: it.
        has_files: whether its class is one of files that it locates itself.
    """
    of_files = _OF_FILES if has_files else ()
    return [found for rule in (*_OF_ALL, *of_files) for found in rule(table)]


def _lake_formation(table: Table) -> Iterator[Trait]:
    if table.document.get("IsRegisteredWithLakeFormation") is True:
        yield Trait(
            "lake-formation",
            Level.BLOCKED,
            "Lake Formation hands out its location; filters of rows and columns have no match here, and "
            "a role "
            "that reads the files sees all of them",
            "list its grants (aws lakeformation list-permissions); without filters, give the tenant's "
            "role the "
            "prefix, with filters write what each tenant may see as a table of its own",
        )


def _location(table: Table) -> Iterator[Trait]:
    scheme, colon, _ = table.location.partition("://")
    if not table.location:
        yield Trait(
            "no-location",
            Level.BLOCKED,
            "nothing says where its files are",
            "look the table up on EMR (DESCRIBE FORMATTED), and name its path",
        )
    elif not colon or scheme not in S3_SCHEMES:
        yield Trait(
            "not-in-s3",
            Level.BLOCKED,
            f"its files are at {table.location}, which goes with the EMR cluster; here the path would be the "
            "pod's own disk, and empty",
            "copy the files to S3 while the cluster is there (s3-dist-cp), compare counts, and set the "
            "location",
        )
    elif scheme != "s3a":
        yield Trait(
            "scheme",
            Level.CHANGED,
            f"its location begins with {scheme}://, which is EMRFS on EMR and S3A here",
            "read it as s3a://; the alias alone would commit by rename",
        )


def _projection(table: Table) -> Iterator[Trait]:
    if table.parameters.get("projection.enabled", "").lower() != "true":
        return
    template = table.parameters.get("storage.location.template", "")
    keys = [str(each.get("Name")) for each in table.document.get("PartitionKeys") or []]
    hive_style = not template or all(f"{key}=${{{key}}}" in template for key in keys)
    yield Trait(
        "partition-projection",
        Level.CHANGED if hive_style else Level.BY_HAND,
        "Athena computes its partitions, and Glue holds none: Spark by the catalog reads no row and no error",
        "read it by its path, which lists the folders"
        if hive_style
        else f"its folders are {template}, which Spark can't take apart: register each as a partition",
    )


def _more_locations(table: Table) -> Iterator[Trait]:
    if table.storage.get("AdditionalLocations"):
        yield Trait(
            "more-locations",
            Level.BY_HAND,
            "it has files in more than one place, and Spark reads the first alone",
            "read each place, and unite them",
        )


def _header(table: Table) -> Iterator[Trait]:
    both = {**table.parameters, **table.serde_parameters}
    if both.get("skip.header.line.count", "0") not in ("", "0"):
        yield Trait(
            "header-line",
            Level.CHANGED,
            "its files begin with a header, which Spark reads as a row by the catalog "
            "(skip.header.line.count "
            "is Hive's and Athena's alone)",
            "read it by Spark's CSV reader with header=true",
        )


def _buckets(table: Table) -> Iterator[Trait]:
    buckets = table.storage.get("NumberOfBuckets")
    provider = table.parameters.get("spark.sql.sources.provider")
    if isinstance(buckets, int) and buckets > 0 and not provider:
        yield Trait(
            "hive-buckets",
            Level.CHANGED,
            f"its {buckets} buckets are by Hive's hash, which Spark's joins do not use; a writer that is not "
            "Hive breaks them",
            "write it anew with Spark's bucketBy, or as Iceberg with bucket(); only then does Hive stop "
            "reading it",
        )


def _managed(table: Table) -> Iterator[Trait]:
    if table.kind == "MANAGED_TABLE":
        yield Trait(
            "managed",
            Level.CHANGED,
            "DROP TABLE on EMR deletes its files",
            "make it external before the old catalog is cleared (SET TBLPROPERTIES ('EXTERNAL'='TRUE'))",
        )


def _encrypted(table: Table) -> Iterator[Trait]:
    if table.parameters.get("has_encrypted_data", "").lower() == "true":
        yield Trait(
            "client-side-encryption",
            Level.BY_HAND,
            "its files may be encrypted by the client, which S3A reads with its own settings only",
            "see how (fs.s3.cse.* on EMR); re-encrypt with SSE-KMS where it is EMRFS's own",
        )


_Rule = Callable[[Table], Iterator[Trait]]

_OF_ALL: Final[tuple[_Rule, ...]] = (_lake_formation,)
_OF_FILES: Final[tuple[_Rule, ...]] = (
    _location,
    _projection,
    _more_locations,
    _header,
    _buckets,
    _managed,
    _encrypted,
)
