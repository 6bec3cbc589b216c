"""A job that fails in its own code, after Spark has started."""

from __future__ import annotations

from pyspark.sql import SparkSession


def main() -> None:
    """Run the job."""
    spark = SparkSession.builder.getOrCreate()
    try:
        rows = spark.range(100).count()
        raise RuntimeError(f"made to fail after {rows} rows")
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
