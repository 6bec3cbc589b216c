package org.apache.spark.examples;

import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Estimates pi by random points: the job that everybody's first manifest names.
 *
 * <p>Spark's own jar of examples is in no package repository; this one has the class, arguments and answer of its SparkPi.
 */
public final class SparkPi {
  private static final int POINTS_PER_SLICE = 100_000;

  private SparkPi() {}

  /**
   * Prints the estimate.
   *
   * @param arguments the number of tasks, 2 if there is none
   */
  public static void main(String[] arguments) {
    int slices = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2;
    SparkSession session = SparkSession.builder().appName("Spark Pi").getOrCreate();
    JavaSparkContext context = JavaSparkContext.fromSparkContext(session.sparkContext());
    JavaRDD<Integer> seeds = context.parallelize(IntStream.range(0, slices).boxed().toList(), slices);
    long inside = seeds.map(SparkPi::inside).reduce(Long::sum);
    System.out.println("Pi is roughly " + 4.0 * inside / ((long) slices * POINTS_PER_SLICE));
    session.stop();
  }

  private static long inside(int seed) {
    Random random = new Random(seed);
    long found = 0;
    for (int point = 0; point < POINTS_PER_SLICE; point++) {
      double x = random.nextDouble();
      double y = random.nextDouble();
      found += x * x + y * y <= 1 ? 1 : 0;
    }
    return found;
  }
}
