"""Induces the failure that this folder records."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("orders").getOrCreate()


def greet(row: object) -> str:
    """Needs a module that only some machines have."""
    import holidays_of_the_world

    return str(holidays_of_the_world)


spark.sparkContext.parallelize(range(2)).map(greet).collect()
