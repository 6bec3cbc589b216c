"""Fingerprints by Spark, for outputs that one machine can't read in a minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emr.shadow import assemble, folders, kinds
from emr.shadow.expressions import SPARK
from emr.shadow.fingerprint import Fingerprint, Options

_CONF = {
    # Folder names as they are: day=01 is not day=1.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    # The text of a decimal then has all its digits.
    "spark.sql.ansi.enabled": "true",
}


def fingerprint(
    spark: Any,
    place: str,
    *,
    format: str | None = None,  # noqa: A002 - Spark's own word
    options: Options = Options(),  # noqa: B008 - frozen
    reading: Mapping[str, str] | None = None,
) -> Fingerprint:
    """Compute the figures of one output.

    Args:
        spark: the session; three of its settings are changed for as long as this takes.
        place: a folder, as Spark's file systems name it.
        format: one of `folders.FORMATS`; None to tell it by the files' names.
        options: which columns to treat how.
        reading: further options of Spark's reader, such as `header` and `sep` of CSV.

    Raises:
        ValueError: the place holds no table, or of an unknown format, or an option names an unknown column.
    """
    before = {name: spark.conf.get(name) for name in _CONF}
    try:
        for name, value in _CONF.items():
            spark.conf.set(name, value)
        return _fingerprint(spark, place, format, options, dict(reading or {}))
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)


def _fingerprint(
    spark: Any, place: str, format_: str | None, options: Options, reading: Mapping[str, str]
) -> Fingerprint:
    layout = folders.layout(_files(spark, place))
    known = format_ or layout.format
    if known is None and layout.data:
        raise ValueError(f"{place}: {folders.unknown(layout)}")
    if known != "iceberg" and not layout.data:
        return assemble.fingerprint(place, known, {}, (), options, (), layout)
    if known in ("parquet", "orc"):
        reading = {"mergeSchema": "true", **reading}
    table = spark.read.format(known).options(**reading).load(place)
    schema = {each["name"]: kinds.of_spark(each["type"]) for each in table.schema.jsonValue()["fields"]}
    by = options.by or layout.partitioned_by
    table.createOrReplaceTempView("shadow_table")
    answers = spark.sql(assemble.query("shadow_table", schema, by, options, SPARK)).collect()
    return assemble.fingerprint(place, known, schema, by, options, (row.asDict() for row in answers), layout)


def _files(spark: Any, place: str) -> list[folders.File]:
    """All files below a place, those that Spark's reader hides as well."""
    root = spark._jvm.org.apache.hadoop.fs.Path(place)
    system = root.getFileSystem(spark._jsc.hadoopConfiguration())
    if not system.exists(root):
        raise ValueError(f"{place} does not exist: correct the path, or run the job that writes it")
    base = system.getFileStatus(root).getPath().toString().rstrip("/")
    found, files = [], system.listFiles(root, True)
    while files.hasNext():
        status = files.next()
        found.append(folders.File(status.getPath().toString().removeprefix(base + "/"), status.getLen()))
    return found
