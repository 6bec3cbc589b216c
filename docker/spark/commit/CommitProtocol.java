package sparkoneks.commit;

import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitter;
import org.apache.spark.internal.io.cloud.PathOutputCommitProtocol;

/**
 * Spark's commit protocol for object stores, which also overwrites single partitions.
 *
 * <p>The magic committer cannot do that, and Spark's own protocol refuses such a write (PathOutputCommitProtocol,
 * UNSUPPORTED). Whether a job asks for it may stand in its code, for one write of many, so the committer is chosen
 * here, for each write: by renames for such a one, as the settings say for all others.
 */
public class CommitProtocol extends PathOutputCommitProtocol {
    private static final long serialVersionUID = 1;

    /** S3ACommitterFactory asks the task's configuration for it before the file system's. */
    private static final String COMMITTER = "fs.s3a.committer.name";

    private final boolean singlePartitions;

    /**
     * As FileCommitProtocol.instantiate calls it.
     *
     * @param jobId of the write
     * @param path where its output lies
     * @param dynamicPartitionOverwrite whether it overwrites those partitions alone that it has rows for
     */
    public CommitProtocol(String jobId, String path, boolean dynamicPartitionOverwrite) {
        super(jobId, path, dynamicPartitionOverwrite);
        singlePartitions = dynamicPartitionOverwrite;
    }

    @Override
    public PathOutputCommitter setupCommitter(TaskAttemptContext context) {
        if (singlePartitions) {
            context.getConfiguration().set(COMMITTER, "file");
        }
        return super.setupCommitter(context);
    }
}
