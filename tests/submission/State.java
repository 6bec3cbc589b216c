import java.lang.reflect.Field;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;

/** What one submission could leave changed in a JVM for the next one. */
final class State {
  /** Static fields of the classes on a submission's way that keep something: class, then field. */
  private static final String[][] KEPT = {
    {"org.apache.hadoop.fs.FileSystem", "CACHE", "map"},
    {"org.apache.hadoop.conf.Configuration", "defaultResources"},
    {"org.apache.hadoop.net.NetUtils", "hostToResolved"},
    {"org.apache.spark.util.ShutdownHookManager$", "shutdownDeletePaths"},
    {"java.net.URL", "factory"},
    {"java.lang.ApplicationShutdownHooks", "hooks"},
  };

  private State() {}

  static List<String> now() {
    Map<String, String> found = new TreeMap<>();
    System.getProperties().forEach((name, value) -> found.put("property " + name, String.valueOf(value)));
    found.put("locale", Locale.getDefault().toString());
    found.put("time zone", TimeZone.getDefault().getID());
    found.put("handler", String.valueOf(Thread.getDefaultUncaughtExceptionHandler()));
    found.put("secured", String.valueOf(UserGroupInformation.isSecurityEnabled()));
    found.put("user", user());
    LoggerContext logs = (LoggerContext) LogManager.getContext(false);
    logs.getConfiguration().getLoggers().forEach((name, logger) -> found.put("log " + name, logger.getLevel() + ""));
    for (String[] path : KEPT) {
      found.put("static " + String.join(" ", path), kept(path));
    }
    return found.entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()).collect(Collectors.toList());
  }

  private static String user() {
    try {
      return UserGroupInformation.getLoginUser().toString();
    } catch (java.io.IOException failure) {
      return failure.toString();
    }
  }

  /** How much a collection holds, or what another field is. */
  private static String kept(String[] path) {
    try {
      Class<?> owner = Class.forName(path[0]);
      Object value = owner.getName().endsWith("$") ? owner.getField("MODULE$").get(null) : null;
      for (int step = 1; step < path.length; step++) {
        Field field = field(value == null ? owner : value.getClass(), path[step]);
        field.setAccessible(true);
        value = field.get(value);
      }
      if (value instanceof Collection) {
        return String.valueOf(((Collection<?>) value).size());
      }
      if (value instanceof Map) {
        return String.valueOf(((Map<?, ?>) value).size());
      }
      return value instanceof scala.collection.Iterable
          ? String.valueOf(((scala.collection.Iterable<?>) value).size())
          : String.valueOf(value);
    } catch (ReflectiveOperationException failure) {
      throw new IllegalStateException(String.join(" ", path), failure);
    }
  }

  private static Field field(Class<?> owner, String name) throws NoSuchFieldException {
    for (Field each : owner.getDeclaredFields()) {
      if (each.getName().endsWith(name)) {
        return each;
      }
    }
    throw new NoSuchFieldException(owner.getName() + "." + name);
  }
}
