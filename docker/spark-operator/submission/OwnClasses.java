package sparkoneks.submission;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;

/**
 * Loads anew what keeps one submission's words in static fields; everything else is the parent's.
 *
 * <p>The whole jar can't be loaded anew: Spark registers its settings once in a JVM.
 */
final class OwnClasses extends URLClassLoader {
  private static final String PACKAGE = "org.apache.spark.deploy.k8s.submit.";
  private static final List<String> OWN = List.of("Client", "KubernetesClientApplication", "KubernetesClientUtils");

  OwnClasses(ClassLoader parent, List<URL> sources) {
    super("submission", sources.toArray(new URL[0]), parent);
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (OWN.stream().noneMatch(each -> name.startsWith(PACKAGE + each))) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : findClass(name);
    }
  }
}
