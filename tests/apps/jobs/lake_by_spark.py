"""Writes tables as people's jobs do, by Spark and Iceberg: 28 days of 100 rows, then each its own faults."""

# ruff: noqa: S608 - names of tables and days are those of this file
from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FIRST, LAST_THREE = "2026-10-20", ("2026-11-14", "2026-11-15", "2026-11-16")

ROWS = f"""
SELECT id, TIMESTAMP'{FIRST}' + make_dt_interval(day, 0, id) AS at
FROM (SELECT explode(sequence(0, 27)) AS day) CROSS JOIN (SELECT explode(sequence(0, 99)) AS id)
"""


def session(folder: str, jar: str) -> SparkSession:
    """Spark with a catalog in a folder."""
    from pyspark.sql import SparkSession

    lake = "spark.sql.catalog.lake"
    made = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.jars", jar)
        .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
        .config(lake, "org.apache.iceberg.spark.SparkCatalog")
        .config(f"{lake}.type", "hadoop")
        .config(f"{lake}.warehouse", folder)
        .getOrCreate()
    )
    made.sparkContext.setLogLevel("ERROR")
    return made


def make(spark: SparkSession, name: str, version: int, mode: str) -> None:
    """A table with hidden partitions by day."""
    modes = ", ".join(f"'write.{each}.mode'='{mode}'" for each in ("delete", "update"))
    spark.sql(
        f"CREATE TABLE lake.db.{name} (id INT, at TIMESTAMP) USING iceberg PARTITIONED BY (days(at)) "
        f"TBLPROPERTIES ('format-version'='{version}', 'write.distribution-mode'='hash', {modes})"
    )
    spark.sql(f"INSERT INTO lake.db.{name} {ROWS}")


def damage(spark: SparkSession, name: str) -> None:
    """The last day goes, of the one before it more than half, and of the third seven ids."""
    emptied, cut, dropped = LAST_THREE
    spark.sql(f"DELETE FROM lake.db.{name} WHERE at >= TIMESTAMP'{dropped}'")
    spark.sql(f"DELETE FROM lake.db.{name} WHERE at >= TIMESTAMP'{cut}' AND id >= 40")
    spark.sql(
        f"UPDATE lake.db.{name} SET id = NULL "
        f"WHERE at >= TIMESTAMP'{emptied}' AND at < TIMESTAMP'{cut}' AND id < 7"
    )


def compact(spark: SparkSession, name: str) -> None:
    """Files are written anew; the deletes of the old ones stay behind."""
    spark.sql(
        f"CALL lake.system.rewrite_data_files(table => 'db.{name}', "
        "options => map('rewrite-all', 'true', 'remove-dangling-deletes', 'false'))"
    )


def evolve(spark: SparkSession, name: str) -> None:
    """Columns get other names, and what a bad run then added is rolled back."""
    spark.sql(f"ALTER TABLE lake.db.{name} RENAME COLUMN id TO number")
    spark.sql(f"ALTER TABLE lake.db.{name} RENAME COLUMN at TO moment")
    spark.sql(f"INSERT INTO lake.db.{name} VALUES (1, TIMESTAMP'{LAST_THREE[2]} 10:00:00')")
    good = spark.sql(f"SELECT snapshot_id FROM lake.db.{name}.snapshots ORDER BY committed_at DESC").first()
    assert good is not None
    spark.sql(f"INSERT INTO lake.db.{name} SELECT NULL, TIMESTAMP'{LAST_THREE[2]} 11:00:00'")
    spark.sql(f"CALL lake.system.rollback_to_snapshot('db.{name}', {good[0]})")


def delete_by_value(spark: SparkSession, name: str) -> None:
    """Rows of the first day go by their id's value, as Flink deletes them; Spark's SQL never does."""
    gateway: Any = spark.sparkContext._gateway
    jvm = gateway.jvm
    table = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, f"lake.db.{name}")
    ids = gateway.new_array(jvm.int, 1)
    ids[0] = table.schema().findField("id").fieldId()
    schema = table.schema().select(["id"])
    builder = getattr(jvm.org.apache.iceberg.data, "GenericFileWriterFactory$Builder")(table)
    writers = builder.equalityFieldIds(ids).equalityDeleteRowSchema(schema).build()
    partition = jvm.org.apache.iceberg.PartitionKey(table.spec(), table.schema())
    whole = jvm.org.apache.iceberg.data.GenericRecord.create(table.schema())
    moment = jvm.java.time.OffsetDateTime.parse(f"{FIRST}T00:00:00Z")
    whole.setField("at", moment)
    wrapped = jvm.org.apache.iceberg.data.InternalRecordWrapper(table.schema().asStruct()).wrap(whole)
    partition.partition(wrapped)
    files = jvm.org.apache.iceberg.encryption.EncryptedFiles
    output = table.io().newOutputFile(f"{table.location()}/data/by-value.parquet")
    writer = writers.newEqualityDeleteWriter(files.plainAsEncryptedOutput(output), table.spec(), partition)
    row = jvm.org.apache.iceberg.data.GenericRecord.create(schema)
    row.setField("id", 5)
    writer.write(row)
    writer.close()
    table.newRowDelta().addDeletes(writer.toDeleteFile()).commit()


def main(folder: str, jar: str) -> None:
    """All of them, into a folder."""
    spark = session(folder, jar)
    for name, version, mode in (
        ("v1", 1, "copy-on-write"),
        ("v2", 2, "copy-on-write"),
        ("v2_positions", 2, "merge-on-read"),
        ("v3_vectors", 3, "merge-on-read"),
        ("compacted", 2, "merge-on-read"),
    ):
        make(spark, name, version, mode)
        damage(spark, name)
    compact(spark, "compacted")
    make(spark, "evolved", 2, "copy-on-write")
    evolve(spark, "evolved")
    make(spark, "by_value", 2, "merge-on-read")
    delete_by_value(spark, "by_value")
    left = spark.sql(f"SELECT * FROM lake.db.by_value WHERE at < TIMESTAMP'{FIRST}' + INTERVAL 1 DAY").count()
    assert left == 99, f"the delete by value is none: {left} rows"
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
