import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import scala.Function1;

/**
 * Prints what Spark itself takes as the value of each of its properties: `key kind`, sorted by key.
 *
 * Each entry of the registry is asked to read a few texts, as a driver asks it, and what it says of `@@` tells
 * the kind: `text` (it takes anything), `boolean`, `time`, `size`, `whole` or `number`, or `one of` or `any case of`
 * with its choices. A number that may not be -1 has 0, 1 or `over 0` beside it, and `to` with its greatest value. Run by generate.py as a single
 * source file, with a Spark distribution's jars on the class path; the registry is filled by loading objects.
 */
public final class SparkConfigKinds {
  private static final Pattern TYPE =
      Pattern.compile("should be (?:a/an ')?(int|long|double|boolean|time|bytes)|(Time|Size) must be specified");
  private static final Pattern CHOICES =
      Pattern.compile("(?:should be one of|Valid values are):? *([^.]+?)(, but was|[.]? *(SQLSTATE.*)?$)");
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_-]+");

  public static void main(String[] declaring) throws Exception {
    for (String name : declaring) {
      Class.forName(name + "$");
    }
    Object registry = Class.forName("org.apache.spark.internal.config.ConfigEntry$").getField("MODULE$").get(null);
    Map<?, ?> entries = (Map<?, ?>) registry.getClass().getMethod("knownConfigs").invoke(registry);
    for (Map.Entry<?, ?> each : new TreeMap<Object, Object>(entries).entrySet()) {
      System.out.println(each.getKey() + " " + kind(each.getValue()));
    }
  }

  @SuppressWarnings("unchecked")
  private static String kind(Object entry) throws Exception {
    Method getter = entry.getClass().getMethod("valueConverter");
    Function1<Object, Object> converter = (Function1<Object, Object>) getter.invoke(entry);
    String refusal = refusal(converter, "@@");
    if (refusal == null) {
      return "text";
    }
    Matcher type = TYPE.matcher(refusal);
    if (type.find()) {
      switch (type.group(1) == null ? type.group(2) : type.group(1)) {
        case "int":
        case "long":
          return least("whole", converter) + most(converter);
        case "double":
          return least("number", converter) + (takes(converter, "1") && !takes(converter, "1.01") ? " to 1" : "");
        case "bytes":
        case "Size":
          return "size";
        case "Time":
          return "time";
        default:
          return type.group(1);
      }
    }
    return choices(refusal, converter);
  }

  private static String choices(String refusal, Function1<Object, Object> converter) {
    List<String> found = new ArrayList<>();
    Matcher list = CHOICES.matcher(refusal);
    Matcher word = WORD.matcher(list.find() ? list.group(1) : "");
    while (word.find()) {
      if (refusal(converter, word.group()) == null) {
        found.add(word.group());
      }
    }
    // Twice the same is a list of combinations, such as `IPv4,IPv6`.
    if (found.isEmpty() || new HashSet<>(found).size() < found.size()) {
      return "text";
    }
    found.sort(null);
    boolean anyCase = true;
    for (String each : found) {
      anyCase &= refusal(converter, each.toLowerCase(Locale.ROOT)) == null;
      anyCase &= refusal(converter, each.toUpperCase(Locale.ROOT)) == null;
    }
    return (anyCase ? "any case of " : "one of ") + String.join(" ", found);
  }

  private static String least(String kind, Function1<Object, Object> converter) {
    if (refusal(converter, "-1") == null) {
      return kind;
    }
    if (refusal(converter, "0") == null) {
      return kind + " 0";
    }
    if (kind.equals("number")) {
      return kind + (refusal(converter, "0.01") == null ? " over 0" : "");
    }
    return kind + (refusal(converter, "1") == null ? " 1" : "");
  }

  /** The greatest number, which Java's own is for most; empty for a long. */
  private static String most(Function1<Object, Object> converter) {
    long taken = 1;
    long refused = 1L << 31;
    if (takes(converter, String.valueOf(refused)) || !takes(converter, "1")) {
      return "";
    }
    while (refused - taken > 1) {
      long between = (taken + refused) / 2;
      if (takes(converter, String.valueOf(between))) {
        taken = between;
      } else {
        refused = between;
      }
    }
    return " to " + taken;
  }

  private static boolean takes(Function1<Object, Object> converter, String text) {
    return refusal(converter, text) == null;
  }

  private static String refusal(Function1<Object, Object> converter, String text) {
    try {
      converter.apply(text);
      return null;
    } catch (Exception refused) {
      return String.valueOf(refused.getMessage()).replace("\n", " ");
    }
  }
}
