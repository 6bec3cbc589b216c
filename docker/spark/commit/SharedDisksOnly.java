package sparkoneks.commit;

import java.io.IOException;
import java.util.Set;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathIOException;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitter;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitterFactory;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/**
 * Makes committers for disks that all pods of a job share, and refuses a write to any other before a task runs.
 *
 * <p>Each executor writes to the disk of its own pod, and the driver commits what it finds on its own: without this the
 * job ends as a success, and its rows are gone with the pods. In local mode there is one process, so nothing is refused.
 *
 * <p>Properties of Hadoop: {@code sparkoneks.shared.disks}, folders with commas between, at which driver and executors
 * have mounted the same claim or NFS.
 */
public final class SharedDisksOnly extends PathOutputCommitterFactory {
    private static final String SHARED = "sparkoneks.shared.disks";

    /** By another value a job says that it knows better. */
    private static final Set<String> REFUSING =
        Set.of(SharedDisksOnly.class.getName(), "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory");

    @Override
    public PathOutputCommitter createOutputCommitter(Path output, TaskAttemptContext context) throws IOException {
        check(output, context.getConfiguration());
        return createFileOutputCommitter(output, context);
    }

    /**
     * Refuses an output that not all pods of the job would see.
     *
     * @param output where it lies; null for what is written to no file system
     * @param conf of the write
     * @throws PathIOException if it is refused; the message says what to write instead
     */
    static void check(Path output, Configuration conf) throws IOException {
        if (output == null || isOneProcess()) {
            return;
        }
        Path place = output.getFileSystem(conf).makeQualified(output);
        String scheme = place.toUri().getScheme();
        String factory = conf.getTrimmed(String.format(COMMITTER_FACTORY_SCHEME_PATTERN, scheme), "");
        if (!"file".equals(scheme) || !REFUSING.contains(factory)) {
            return;
        }
        String path = place.toUri().getPath();
        for (String folder : conf.getTrimmedStrings(SHARED)) {
            if (path.equals(folder) || path.startsWith(folder + "/")) {
                return;
            }
        }
        throw new PathIOException(place.toString(), "the pods of this job share no disk there, and what they write to "
            + "their own is gone with them. Write " + prefix() + path.substring(1)
            + ", or mount one claim or NFS there in the driver and the executors");
    }

    /** Whether driver and executor are one process; those of a local cluster are as many as a real one's. */
    private static boolean isOneProcess() {
        SparkEnv env = SparkEnv.get();
        return env == null || env.conf().get("spark.master", "").matches("local(\\[.*])?");
    }

    /** The address of the tenant's folder in the store, as far as the place of its tables says it. */
    private static String prefix() {
        SparkConf conf = SparkEnv.get().conf();
        String namespace = conf.get("spark.kubernetes.namespace", "<namespace>");
        String tables = conf.get("spark.sql.warehouse.dir", "").replace("${spark.kubernetes.namespace}", namespace);
        int at = tables.startsWith("s3a://") ? tables.indexOf("/" + namespace + "/") : -1;
        return at < 0 ? "s3a://<bucket>/" + namespace + "/" : tables.substring(0, at) + "/" + namespace + "/";
    }
}
