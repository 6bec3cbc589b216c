package com.x;

import org.apache.spark.sql.SparkSession;

/** Lines and their lengths by the word that tells them apart, as of a day. */
public final class Etl {
  private Etl() {}

  public static void main(String[] arguments) {
    SparkSession spark = SparkSession.builder().getOrCreate();
    spark
        .read()
        .text(arguments[1])
        .selectExpr("split(value, ' ')[3] as word", "cast(length(value) as decimal(10, 2)) / 3 as size")
        .groupBy("word")
        .agg(java.util.Map.of("size", "sum"))
        .selectExpr("*", "date '" + arguments[0] + "' as day")
        .write()
        .mode("overwrite")
        .orc(arguments[2]);
    spark.stop();
  }
}
