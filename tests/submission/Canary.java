/** A class that no submission has a reason to load: its name stands in settings of jobs alone. */
public final class Canary extends org.apache.hadoop.fs.RawLocalFileSystem {
  static {
    Submitter.sing();
  }
}
