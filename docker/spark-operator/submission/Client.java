package org.apache.spark.deploy.k8s.submit;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.deploy.k8s.Config;
import org.apache.spark.deploy.k8s.Constants;
import org.apache.spark.deploy.k8s.KubernetesDriverConf;
import org.apache.spark.deploy.k8s.KubernetesDriverSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.jdk.javaapi.CollectionConverters;
import sparkoneks.submission.Begin;

/**
 * Creates a driver, in the place of Spark's class of this name: the same objects, in another order.
 *
 * <p>Spark 4.1.2 creates the pod first and what it mounts afterwards. The kubelet then finds no ConfigMap, and looks
 * again after a second; and a submission that dies in between leaves a pod that waits for ever. Here the pod comes
 * last, so that it alone says whether there was a submission. The rest belongs to the pod's own owner, the
 * SparkApplication, until there is a pod that it can go with.
 *
 * <p>Whoever submits the same submission again, because nobody knows how the first try ended, finds its pod by the
 * operator's label, and has nothing left to do. The name of the pod is the operator's, so there is never a second.
 */
public class Client {
  private static final Logger log = LoggerFactory.getLogger(Client.class);
  private static final String SUBMISSION_LABEL = "sparkoperator.k8s.io/submission-id";

  private final KubernetesDriverConf conf;
  private final KubernetesDriverBuilder builder;
  private final KubernetesClient kubernetes;

  /** As Spark's KubernetesClientApplication calls it; nobody waits here for a driver's end. */
  public Client(
      KubernetesDriverConf conf,
      KubernetesDriverBuilder builder,
      KubernetesClient kubernetes,
      LoggingPodStatusWatcher watcher) {
    this.conf = conf;
    this.builder = builder;
    this.kubernetes = kubernetes;
  }

  /** Creates the driver and all that it needs, or nothing. */
  public void run() {
    KubernetesDriverSpec spec = builder.buildFromFeatures(conf, kubernetes);
    String mapName = KubernetesClientUtils.configMapNameDriver();
    Map<String, String> files =
        KubernetesClientUtils.buildSparkConfDirFilesMapJava(
            mapName, conf.sparkConf(), CollectionConverters.asJava(spec.systemProperties()));
    Pod pod = driver(spec, mapName, files);
    List<HasMetadata> others = new ArrayList<>(CollectionConverters.asJava(spec.driverPreKubernetesResources()));
    others.addAll(CollectionConverters.asJava(spec.driverKubernetesResources()));
    others.add(configMap(mapName, files));

    own(others, firstOwners(pod));
    Begin.announce();
    Pod created;
    try {
      apply(others);
      created = create(pod);
    } catch (RuntimeException failure) {
      log.error("Please check \"kubectl auth can-i create pod\" first. It should be yes.");
      remove(others);
      throw failure;
    }
    if (created == null) {
      remove(others);
      return;
    }
    own(others, List.of(owner(created)));
    apply(others);
    log.info(
        "Deployed Spark application {} with application ID {} and submission ID {}:{} into Kubernetes",
        conf.appName(), conf.appId(), conf.namespace(), created.getMetadata().getName());
  }

  private Pod driver(KubernetesDriverSpec spec, String mapName, Map<String, String> files) {
    ContainerBuilder container = new ContainerBuilder(spec.pod().container());
    container.addNewEnv()
        .withName(Constants.ENV_SPARK_CONF_DIR())
        .withValue(Constants.SPARK_CONF_DIR_INTERNAL())
        .endEnv();
    container.addNewVolumeMount()
        .withName(Constants.SPARK_CONF_VOLUME_DRIVER())
        .withMountPath(Constants.SPARK_CONF_DIR_INTERNAL())
        .endVolumeMount();
    return new PodBuilder(spec.pod().pod())
        .editSpec()
        .addToContainers(container.build())
        .addNewVolume()
        .withName(Constants.SPARK_CONF_VOLUME_DRIVER())
        .withNewConfigMap()
        .withItems(KubernetesClientUtils.buildKeyToPathObjectsJava(files))
        .withName(mapName)
        .endConfigMap()
        .endVolume()
        .endSpec()
        .build();
  }

  private ConfigMap configMap(String name, Map<String, String> files) {
    Map<String, String> content = new HashMap<>(files);
    content.put(Config.KUBERNETES_NAMESPACE().key(), conf.namespace());
    return KubernetesClientUtils.buildConfigMapJava(name, content, Map.of());
  }

  /** The pod; null if this very submission had created it already. */
  private Pod create(Pod pod) {
    try {
      return kubernetes.pods().inNamespace(conf.namespace()).resource(pod).create();
    } catch (KubernetesClientException failure) {
      if (failure.getCode() == HttpURLConnection.HTTP_CONFLICT && mine(pod)) {
        log.info("This submission has created pod {} before", pod.getMetadata().getName());
        return null;
      }
      throw failure;
    }
  }

  private boolean mine(Pod pod) {
    String name = pod.getMetadata().getName();
    Pod found = kubernetes.pods().inNamespace(conf.namespace()).withName(name).get();
    String submission = pod.getMetadata().getLabels().get(SUBMISSION_LABEL);
    return found != null
        && submission != null
        && submission.equals(found.getMetadata().getLabels().get(SUBMISSION_LABEL));
  }

  private void apply(List<HasMetadata> resources) {
    kubernetes.resourceList(resources.toArray(new HasMetadata[0])).forceConflicts().serverSideApply();
  }

  /**
   * Deletes what was written for nothing. ConfigMaps stay, as the operator may not delete any: they go with the job that
   * owns them. Why there is nothing to run has to be what the person reads, and not this.
   */
  private void remove(List<HasMetadata> resources) {
    for (HasMetadata each : resources) {
      try {
        kubernetes.resource(each).delete();
      } catch (KubernetesClientException refused) {
        log.info("{} {} stays until its owner goes", each.getKind(), each.getMetadata().getName());
      }
    }
  }

  private static List<OwnerReference> firstOwners(Pod pod) {
    List<OwnerReference> owners = new ArrayList<>();
    for (OwnerReference owner : pod.getMetadata().getOwnerReferences()) {
      owners.add(new OwnerReferenceBuilder(owner).withController(false).withBlockOwnerDeletion(false).build());
    }
    return owners;
  }

  private static OwnerReference owner(Pod pod) {
    return new OwnerReferenceBuilder()
        .withName(pod.getMetadata().getName())
        .withApiVersion(pod.getApiVersion())
        .withUid(pod.getMetadata().getUid())
        .withKind(pod.getKind())
        .withController(true)
        .build();
  }

  private static void own(List<HasMetadata> resources, List<OwnerReference> owners) {
    for (HasMetadata resource : resources) {
      resource.getMetadata().setOwnerReferences(new ArrayList<>(owners));
    }
  }
}
