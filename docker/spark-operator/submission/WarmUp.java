package sparkoneks.submission;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * A few submissions to nobody, so that the first job waits no longer than the others: they load Spark's classes.
 *
 * <p>The API server is this JVM's own, on loopback; it calls everything created.
 */
final class WarmUp {
  private static final int ROUNDS = 3;

  private WarmUp() {}

  static void run(PrintStream errors) throws IOException, InterruptedException {
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", WarmUp::create);
    server.start();
    String master = "k8s://http://127.0.0.1:" + server.getAddress().getPort();
    try {
      for (int round = 0; round < ROUNDS; round++) {
        Submission.run(arguments(master), errors);
      }
    } finally {
      server.stop(0);
    }
  }

  private static String[] arguments(String master) {
    List<String> words = List.of(
        "--master", master, "--deploy-mode", "cluster", "--load-spark-defaults", "--name", "warm-up",
        "--conf", "spark.kubernetes.namespace=warm-up",
        "--conf", "spark.kubernetes.driver.pod.name=warm-up-driver",
        "--conf", "spark.kubernetes.container.image=warm-up",
        "--conf", "spark.kubernetes.submission.waitAppCompletion=false",
        "s3a://warm-up/warm-up.py");
    return words.toArray(new String[0]);
  }

  private static void create(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(body.length == 0 ? 404 : 201, body.length == 0 ? -1 : body.length);
    try (OutputStream answer = exchange.getResponseBody()) {
      answer.write(body);
    }
  }
}
