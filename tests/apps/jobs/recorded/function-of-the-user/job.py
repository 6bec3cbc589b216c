"""Induces the failure that this folder records."""

from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

spark = SparkSession.builder.appName("orders").getOrCreate()


@udf("double")
def rate(amount: int) -> float:
    """Divides by what is left."""
    return 100 / (amount - 5)


spark.range(10).select(rate("id")).collect()
