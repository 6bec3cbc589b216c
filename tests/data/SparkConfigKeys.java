import java.lang.reflect.Method;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Prints what Spark itself knows about configuration: one line per entry of its registry, one per key prefix.
 *
 * Run by generate.py as a single source file, with a Spark distribution's jars on the class path. Lines are
 * `key TAB default` and `prefix TAB`, sorted; the registry is filled by loading the objects that declare keys.
 */
public final class SparkConfigKeys {
  private static final String[] DECLARING = {
    "org.apache.spark.internal.config.package",
    "org.apache.spark.internal.config.Deploy",
    "org.apache.spark.internal.config.History",
    "org.apache.spark.internal.config.Kryo",
    "org.apache.spark.internal.config.Network",
    "org.apache.spark.internal.config.Python",
    "org.apache.spark.internal.config.R",
    "org.apache.spark.internal.config.Status",
    "org.apache.spark.internal.config.Streaming",
    "org.apache.spark.internal.config.UI",
    "org.apache.spark.internal.config.Worker",
    "org.apache.spark.deploy.k8s.Config",
    "org.apache.spark.sql.internal.SQLConf",
    "org.apache.spark.sql.internal.StaticSQLConf",
  };

  public static void main(String[] arguments) throws Exception {
    for (String name : DECLARING) {
      Class.forName(name + "$");
    }
    Object registry = module("org.apache.spark.internal.config.ConfigEntry$");
    Map<?, ?> entries = (Map<?, ?>) registry.getClass().getMethod("knownConfigs").invoke(registry);
    for (Object key : new TreeSet<>(entries.keySet())) {
      Object entry = entries.get(key);
      System.out.println(key + "\t" + entry.getClass().getMethod("defaultValueString").invoke(entry));
    }
    for (String prefix : prefixes(module("org.apache.spark.deploy.k8s.Config$")).values()) {
      System.out.println("prefix\t" + prefix);
    }
  }

  private static Object module(String name) throws Exception {
    return Class.forName(name).getField("MODULE$").get(null);
  }

  /** Prefixes under which any key is allowed, such as `spark.kubernetes.driver.secretKeyRef.`. */
  private static Map<String, String> prefixes(Object config) throws Exception {
    Map<String, String> found = new TreeMap<>();
    for (Method method : config.getClass().getMethods()) {
      if (method.getName().endsWith("_PREFIX") && method.getReturnType() == String.class) {
        String prefix = (String) method.invoke(config);
        found.put(prefix, prefix);
      }
    }
    return found;
  }
}
