import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;

/** A real ResourceManager and a real NodeManager in one JVM, until its standard input ends. */
public final class OneNode {
  private OneNode() {}

  /** Starts them, and writes the clients' configuration into the folder that the first argument names. */
  public static void main(String[] arguments) throws Exception {
    Configuration wanted = new YarnConfiguration();
    wanted.set("yarn.minicluster.yarn.nodemanager.resource.memory-mb", "6144");
    wanted.set("yarn.nodemanager.resource.cpu-vcores", "4");
    wanted.set("yarn.scheduler.minimum-allocation-mb", "128");
    // Memory is not bounded by cgroups here: a check every 3 s would only cost.
    wanted.set("yarn.nodemanager.pmem-check-enabled", "false");
    wanted.set("yarn.nodemanager.vmem-check-enabled", "false");
    wanted.set("yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "99");
    try (MiniYARNCluster cluster = new MiniYARNCluster("pairs", 1, 1, 1)) {
      cluster.init(wanted);
      cluster.start();
      try (OutputStream out = Files.newOutputStream(Path.of(arguments[0], "yarn-site.xml"))) {
        cluster.getConfig().writeXml(out);
      }
      System.out.println("YARN ready");
      while (System.in.read() >= 0) {
        // Whoever started this holds the other end.
      }
    }
  }
}
