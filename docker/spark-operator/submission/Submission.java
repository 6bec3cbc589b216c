package sparkoneks.submission;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.deploy.SparkSubmit$;
import org.apache.spark.util.ShutdownHookManager;
import scala.Option;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/**
 * One run of Spark's SparkSubmit in a JVM that stays; nothing of it is left for the next one.
 *
 * <p>What of it is static in Spark 4.1.2 and Hadoop 3.4.2, and what becomes of it:
 *
 * <ul>
 *   <li>KubernetesClientUtils keeps the name of the driver's ConfigMap: the class is loaded anew each time.
 *   <li>System properties, which SparkConf reads: put back as they were.
 *   <li>The loader of a job's jars: that of the thread, which ends with the run.
 *   <li>FileSystem keeps what it has opened, with the settings of whoever came first: closed.
 *   <li>ShutdownHookManager keeps the names of temporary folders: forgotten, and the folders removed.
 *   <li>SparkSubmit ends the JVM: told to end the thread.
 *   <li>The login of UserGroupInformation, and the level of the log: a job's settings don't reach them.
 * </ul>
 */
public final class Submission {
  private Submission() {}

  /** Run it; only one at a time can. Returns what spark-submit would exit with. */
  public static int run(String[] arguments, PrintStream errors) throws IOException, InterruptedException {
    Properties before = System.getProperties();
    Properties own = (Properties) before.clone();
    Path temporary = Files.createTempDirectory("submission");
    own.setProperty("java.io.tmpdir", temporary.toString());
    int[] status = {1};
    Thread thread = new Thread(() -> status[0] = submit(arguments, errors), "main");
    System.setProperties(own);
    try {
      thread.setContextClassLoader(new OwnClasses(Thread.currentThread().getContextClassLoader(), sources()));
      thread.start();
      thread.join();
    } finally {
      System.setProperties(before);
      FileSystem.closeAll();
      remove(temporary);
    }
    return status[0];
  }

  private static int submit(String[] arguments, PrintStream errors) {
    SparkSubmit$ spark = SparkSubmit$.MODULE$;
    spark.printStream_$eq(errors);
    spark.exitFn_$eq(new Exit(errors));
    try {
      spark.main(arguments);
      return 0;
    } catch (Ended ended) {
      return ended.status;
    } catch (Throwable failure) {
      // As Java does for the thread that a program begins with.
      errors.print("Exception in thread \"main\" ");
      failure.printStackTrace(errors);
      return 1;
    }
  }

  private static List<URL> sources() {
    return List.of(
        Submission.class.getProtectionDomain().getCodeSource().getLocation(),
        org.apache.spark.deploy.k8s.Config.class.getProtectionDomain().getCodeSource().getLocation());
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> found = Files.walk(folder)) {
      for (Path path : (Iterable<Path>) found.sorted(Comparator.reverseOrder())::iterator) {
        File file = path.toFile();
        ShutdownHookManager.removeShutdownDeleteDir(file);
        Files.delete(path);
      }
    }
  }

  /** In the place of the end of the JVM. */
  private static final class Exit extends AbstractFunction2<Object, Option<Throwable>, BoxedUnit> {
    private final PrintStream errors;

    Exit(PrintStream errors) {
      this.errors = errors;
    }

    @Override
    public BoxedUnit apply(Object status, Option<Throwable> cause) {
      if (cause.isDefined()) {
        cause.get().printStackTrace(errors);
      }
      throw new Ended((Integer) status);
    }
  }

  /** Not caught by what catches all that is not fatal. */
  private static final class Ended extends ThreadDeath {
    private static final long serialVersionUID = 1;
    private final int status;

    Ended(int status) {
      this.status = status;
    }
  }
}
