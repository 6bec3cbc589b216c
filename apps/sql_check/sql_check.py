"""Counts the rows of an interval's data for which a condition in SQL does not hold.

It is a tenant's own job, with the tenant's own rights, and reads what its argument names: a JSON object with
`asked`, a list of `output` and `sql`, and `words`, the interval's begin, end and key, which a condition has
as `:interval_start`, `:interval_end` and `:interval_key`.

It answers with numbers and names of Spark's error conditions alone: no row and no value leaves it. The
answer is the container's termination message, so that it needs no right to be told and is in the pod's
status as long as the pod is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MESSAGE = Path("/dev/termination-log")
"""Kubernetes' terminationMessagePath, unless a container says otherwise."""

LONGEST_ERROR = 80
"""Characters of a name of an error: a message has 4,096 bytes for all conditions."""

TABLE = "ICEBERG_TABLE"
"""Said of a table: what of its files is data, only its catalog knows."""

# Where a value is missing, SQL does not know whether it holds. Within `count_if` there can be no other
# aggregate, which would be of all rows and of none.
QUERY = """
SELECT count(*), count_if(NOT (
{condition}
)), count_if((
{condition}
) IS NULL)
FROM output
"""


def counted(
    spark: SparkSession, output: str, condition: str, words: Mapping[str, Any]
) -> list[int] | dict[str, str]:
    """Rows, those for which it does not hold, and those for which nobody knows; else why nobody can say.

    Args:
        spark: the session.
        output: folder of Parquet files.
        condition: for each row.
        words: values of the parameters.
    """
    try:
        # As an expression, to its end: what closes the parentheses around it and goes on is none.
        spark._jsparkSession.sessionState().sqlParser().parseExpression(condition)
        if _is_table(spark, output):
            return {"error": TABLE}
        spark.read.options(**_above(output)).parquet(output).createOrReplaceTempView("output")
        found = spark.sql(QUERY.format(condition=condition), args=dict(words)).collect()[0]
        return [int(number) for number in found]
    except Exception as error:  # noqa: BLE001 - of one condition; the others are asked all the same
        return {"error": _name(error)}


def _above(output: str) -> dict[str, str]:
    """Where folders begin that are named `column=value`: without it the interval's own column is none."""
    parts = output.split("/")
    first = next((number for number, part in enumerate(parts) if "=" in part), 0)
    return {"basePath": "/".join(parts[:first])} if first else {}


def _is_table(spark: SparkSession, output: str) -> bool:
    path = spark._jvm.org.apache.hadoop.fs.Path(f"{output.rstrip('/')}/metadata")
    files = path.getFileSystem(spark._jsc.hadoopConfiguration())
    return bool(files.exists(path))


def _name(error: Exception) -> str:
    """Spark's name of what went wrong: its text may quote values."""
    condition = getattr(error, "getCondition", None) or getattr(error, "getErrorClass", None)
    found = condition() if condition else None
    if not found and hasattr(error, "java_exception"):
        found = error.java_exception.getClass().getSimpleName()
    return str(found or type(error).__name__)[:LONGEST_ERROR]


def main(argument: str, message: Path = MESSAGE) -> None:
    """Ask all, and answer.

    Args:
        argument: what is asked.
        message: where the answer goes.
    """
    from pyspark.sql import SparkSession

    told = json.loads(argument)
    words = told["words"]
    values = {
        "interval_start": datetime.fromisoformat(words["start"]),
        "interval_end": datetime.fromisoformat(words["end"]),
        "interval_key": words["key"],
    }
    spark = SparkSession.builder.getOrCreate()
    answer = [counted(spark, each["output"], each["sql"], values) for each in told["asked"]]
    message.write_text(json.dumps({"answer": answer}, separators=(",", ":")))
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1])
