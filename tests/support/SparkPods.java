import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.BufferedReader;
import java.io.FileReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.Map;
import java.util.Properties;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.k8s.KubernetesConf;
import org.apache.spark.deploy.k8s.SparkPod;
import org.apache.spark.deploy.k8s.submit.KubernetesDriverBuilder;
import org.apache.spark.deploy.k8s.submit.PythonMainAppResource;
import org.apache.spark.resource.ResourceProfile$;
import org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBuilder;
import scala.Option;

/**
 * Makes pods as Spark does, without a cluster. A line of input is a role and the path of a file of properties; a line
 * of output is the pod as JSON, or `failed: ` and why.
 */
public final class SparkPods {
  public static void main(String[] arguments) throws Exception {
    PrintStream output = System.out;
    System.setOut(System.err);
    // Templates are read from their files: nobody is asked.
    KubernetesClient client =
        new KubernetesClientBuilder().withConfig(new ConfigBuilder().withMasterUrl("http://127.0.0.1:1").build()).build();
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ", 2);
      String answer;
      try {
        answer = Serialization.asJson(pod(words[0], conf(words[1]), client)).replace("\n", " ");
      } catch (Throwable thrown) {
        answer = "failed: " + thrown.toString().replace("\n", " ");
      }
      output.println(answer);
      output.flush();
    }
  }

  private static SparkConf conf(String path) throws Exception {
    Properties properties = new Properties();
    try (FileReader reader = new FileReader(path)) {
      properties.load(reader);
    }
    SparkConf conf = new SparkConf(false);
    for (Map.Entry<Object, Object> each : properties.entrySet()) {
      conf.set((String) each.getKey(), (String) each.getValue());
    }
    return conf.set("spark.app.name", "pods").set("spark.authenticate", "false");
  }

  private static Pod pod(String role, SparkConf conf, KubernetesClient client) {
    String id = "spark-" + "0".repeat(32);
    SparkPod made;
    if (role.equals("driver")) {
      made =
          new KubernetesDriverBuilder()
              .buildFromFeatures(
                  KubernetesConf.createDriverConf(
                      conf, id, new PythonMainAppResource("local:///a.py"), "a.B", new String[0], Option.empty()),
                  client)
              .pod();
    } else {
      conf.set("spark.kubernetes.resource.type", "python").set("spark.driver.host", "192.0.2.1");
      // Spark keeps the sizes of executors for the life of a JVM.
      ResourceProfile$.MODULE$.clearDefaultProfile();
      made =
          new KubernetesExecutorBuilder()
              .buildFromFeatures(
                  KubernetesConf.createExecutorConf(conf, "1", id, Option.empty(), 0),
                  new SecurityManager(conf, Option.empty(), null),
                  client,
                  ResourceProfile$.MODULE$.getOrCreateDefaultProfile(conf))
              .pod();
    }
    return new PodBuilder(made.pod()).editSpec().addToContainers(0, made.container()).endSpec().build();
  }
}
