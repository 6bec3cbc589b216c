import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.FilePermission;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.net.InetSocketAddress;
import java.net.SocketPermission;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.Permission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import scala.jdk.javaapi.CollectionConverters;
import sparkoneks.submission.Submission;

/**
 * Submits jobs as the operator's JVM that stays does, and tells what each did to the machine it ran on.
 *
 * A line of input is one command line: its arguments, with blanks between. A line of output is what happened,
 * fields with tabs between, lists with blanks: failure, deploy mode, master, requests to the API server (method
 * and path), their bodies, what it touched. Each text is a dot and the text in base64.
 *
 * The API server is this program's own, on loopback: it takes what it is sent, and lets a pod whose name begins with
 * `once-` be made once. What is touched is a file read,
 * written or deleted outside of the folders given as arguments, a program started, a connection elsewhere, and the
 * class Canary, once somebody loads it from the first of those folders.
 */
public final class Submitter {
  private static final Set<String> touched = new ConcurrentSkipListSet<>();
  private static final List<String> requests = new CopyOnWriteArrayList<>();
  private static final List<String> bodies = new CopyOnWriteArrayList<>();
  private static final Map<String, byte[]> pods = new ConcurrentHashMap<>();
  private static final Pattern ONCE = Pattern.compile("(once-[a-z0-9]+-driver)\\b");
  private static final byte[] CONFLICT =
      ("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"AlreadyExists\",\"code\":409,"
              + "\"message\":\"pods already exists\"}")
          .getBytes(StandardCharsets.UTF_8);
  private static volatile boolean watching;

  public static void main(String[] arguments) throws Exception {
    URL[] own = {Path.of(arguments[0]).toUri().toURL()};
    String[] folders = Arrays.copyOfRange(arguments, 1, arguments.length);
    PrintStream output = System.out;
    System.setOut(System.err);
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", Submitter::answer);
    server.setExecutor(Executors.newCachedThreadPool(task -> daemon(task)));
    server.start();
    String master = "k8s://http://127.0.0.1:" + server.getAddress().getPort();
    System.setSecurityManager(new Watch(folders, server.getAddress().getPort()));
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      List<String> words = new ArrayList<>();
      for (String word : line.split(" ")) {
        words.add(new String(Base64.getDecoder().decode(word.substring(1)), StandardCharsets.UTF_8));
      }
      // A class says once that it is loaded: each job gets a Canary of its own.
      Thread.currentThread().setContextClassLoader(new URLClassLoader(own, Submitter.class.getClassLoader()));
      output.println(submit(words, master));
      output.flush();
    }
  }

  private static String submit(List<String> arguments, String master) {
    touched.clear();
    requests.clear();
    bodies.clear();
    String failure = "";
    String mode = "";
    String parsedMaster = "";
    watching = true;
    try {
      Object parsed = parse(arguments);
      mode = text(parsed, "deployMode");
      parsedMaster = text(parsed, "master");
      int at = arguments.indexOf("--master");
      arguments.set(at + 1, master);
      ByteArrayOutputStream errors = new ByteArrayOutputStream();
      int status = Submission.run(arguments.toArray(new String[0]), new PrintStream(errors, true));
      failure = status == 0 ? "" : "exit status " + status + ": " + errors;
    } catch (Throwable thrown) {
      failure = thrown.toString();
    } finally {
      watching = false;
    }
    return String.join(
        "\t", encode(failure), encode(mode), encode(parsedMaster), encode(requests), encode(bodies), encode(touched),
        encode(State.now()));
  }

  /** What Spark's own parser makes of a command line. */
  private static Object parse(List<String> arguments) throws Exception {
    Constructor<?> made =
        Class.forName("org.apache.spark.deploy.SparkSubmitArguments").getConstructors()[0];
    made.setAccessible(true);
    return made.newInstance(
        CollectionConverters.asScala(arguments).toSeq(),
        scala.collection.immutable.Map.from(CollectionConverters.asScala(System.getenv())));
  }

  private static String text(Object parsed, String field) throws Exception {
    return String.valueOf(parsed.getClass().getMethod(field).invoke(parsed));
  }

  private static void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
    bodies.add(new String(body, StandardCharsets.UTF_8));
    boolean sent = body.length > 0;
    String path = exchange.getRequestURI().getPath();
    Matcher once = ONCE.matcher(sent && path.endsWith("/pods") ? new String(body, StandardCharsets.UTF_8) : path);
    if (once.find()) {
      byte[] before = sent ? pods.putIfAbsent(once.group(1), body) : pods.get(once.group(1));
      if (sent) {
        reply(exchange, before == null ? 201 : 409, before == null ? body : CONFLICT);
      } else {
        reply(exchange, 200, before);
      }
    } else {
      reply(exchange, sent ? 201 : 404, body);
    }
  }

  private static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    return thread;
  }

  private static String encode(Collection<String> texts) {
    List<String> encoded = new ArrayList<>();
    for (String text : texts) {
      encoded.add(encode(text));
    }
    return String.join(" ", encoded);
  }

  private static String encode(String text) {
    return "." + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** For Canary: somebody loaded a class that only a job's settings name. */
  public static void sing() {
    touched.add("class Canary");
  }

  /** Notes what is asked for, and allows it. */
  private static final class Watch extends SecurityManager {
    private final String[] folders;
    private final int port;

    Watch(String[] folders, int port) {
      this.folders = folders;
      this.port = port;
    }

    @Override
    public void checkPermission(Permission permission) {
      if (!watching || permission.getName() == null) {
        return;
      }
      String name = permission.getName();
      if (permission instanceof FilePermission && !known(name)) {
        touched.add(permission.getActions() + " " + name);
      } else if (permission instanceof SocketPermission
          && permission.getActions().contains("connect")
          && !name.endsWith(":" + port)) {
        touched.add("connect " + name);
      }
    }

    @Override
    public void checkPermission(Permission permission, Object context) {
      checkPermission(permission);
    }

    private boolean known(String path) {
      for (String folder : folders) {
        if (path.equals(folder) || path.startsWith(folder + "/")) {
          return true;
        }
      }
      return false;
    }
  }
}
