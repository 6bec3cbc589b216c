"""Are two outputs the same? Computes the figures of both by Spark, and says where they differ.

The comparison itself is in the package `emr.shadow`, which `spark-on-eks emr shadow-kit` writes into a file.
This program fetches that file with its own rights: whoever submits, and would fetch `--py-files`, has none.

Input: two folders of Parquet, ORC, CSV or JSON, or two Iceberg tables in a session whose image has Iceberg.

Output: the report in the driver's log, and with `--report` as JSON, at a path of any file system of Spark's.

Exit status: 0 equal; 1 different; 2 they can't be compared.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """Read the command line.

    Args:
        given: it, without the program's name.
    """
    parser = argparse.ArgumentParser(description="Compare two outputs by partition.")
    parser.add_argument("left", help="the output that is right, such as EMR's")
    parser.add_argument("right", help="the output that is judged by it")
    parser.add_argument("--kit", required=True, help="the file that `spark-on-eks emr shadow-kit` wrote")
    parser.add_argument(
        "--format", help="parquet, orc, csv, json or iceberg; told by the files' names if absent"
    )
    parser.add_argument("--by", action="append", default=[], help="column that divides the rows")
    parser.add_argument(
        "--ignore", action="append", default=[], help="column that differs between any two runs"
    )
    parser.add_argument(
        "--approximate", action="append", default=[], help="column whose last digits may differ"
    )
    parser.add_argument(
        "--tolerance", type=Decimal, default=Decimal(0), help="by how much their sums may differ"
    )
    parser.add_argument("--no-header", action="store_true", help="CSV files do not begin with their columns")
    parser.add_argument("--delimiter", default=",", help="of CSV")
    parser.add_argument("--report", help="where the report goes as JSON")
    return parser.parse_args(given)


def compare(spark: SparkSession, given: argparse.Namespace) -> int:
    """Compare, print, write; gives the exit status.

    Args:
        spark: the session.
        given: the command line.
    """
    spark.sparkContext.addPyFile(given.kit)
    from emr.shadow import compare as comparison
    from emr.shadow import report, spark_tables
    from emr.shadow.fingerprint import Options

    options = Options(tuple(given.by), tuple(given.ignore), tuple(given.approximate))
    csv = {"header": str(not given.no_header).lower(), "sep": given.delimiter}

    def figures(place: str) -> Any:
        reading: Mapping[str, str] = csv
        return spark_tables.fingerprint(spark, place, format=given.format, options=options, reading=reading)

    try:
        left, right = figures(given.left), figures(given.right)
        differences = comparison.compare(left, right, given.tolerance)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(report.text(left, right, differences), end="", flush=True)
    if given.report:
        _write(spark, given.report, report.document(left, right, differences))
    return 1 if differences else 0


def _write(spark: SparkSession, path: str, text: str) -> None:
    """One file, by Hadoop itself: Spark's writers make folders."""
    jvm: Any = spark._jvm
    target = jvm.org.apache.hadoop.fs.Path(path)
    stream = target.getFileSystem(spark._jsc.hadoopConfiguration()).create(target, True)
    stream.write(bytearray(text.encode()))
    stream.close()


def main() -> None:
    """Run the job."""
    from pyspark.sql import SparkSession

    given = arguments(sys.argv[1:])  # first: a wrong option is told without waiting for Spark
    spark = SparkSession.builder.appName("shadow").getOrCreate()
    status = compare(spark, given)
    spark.stop()
    sys.exit(status)


if __name__ == "__main__":
    main()
