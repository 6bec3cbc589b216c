package com.sapiant;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Counts words by their first letter; the day that a row names depends on the session's time zone. */
public final class HelloWorld {
  private HelloWorld() {}

  public static void main(String[] arguments) {
    List<String> words = Arrays.asList(arguments);
    String input = words.get(words.indexOf("--input-file") + 1);
    String output = words.get(words.indexOf("--output-file") + 1);
    SparkSession spark = SparkSession.builder().getOrCreate();
    spark
        .read()
        .text(input)
        .selectExpr("explode(split(value, ' ')) as word")
        .groupBy("word")
        .count()
        .selectExpr("*", "to_timestamp('2020-07-01 00:00:00') as seen", "left(word, 1) as letter")
        .write()
        .mode("overwrite")
        .partitionBy("letter")
        .parquet(output);
    spark.stop();
  }
}
