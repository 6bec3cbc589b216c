package sparkoneks.commit;

import java.io.IOException;
import java.io.UncheckedIOException;

import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.spark.sql.execution.streaming.ManifestFileCommitProtocol;

/** Spark's commit protocol of streams into files, which has no committer: it looks whether all pods see them. */
public class StreamProtocol extends ManifestFileCommitProtocol {
    private static final long serialVersionUID = 1;

    private final String output;

    /**
     * As FileCommitProtocol.instantiate calls it.
     *
     * @param jobId of the batch
     * @param path where the output of the stream lies
     */
    public StreamProtocol(String jobId, String path) {
        super(jobId, path);
        output = path;
    }

    @Override
    public void setupJob(JobContext context) {
        try {
            SharedDisksOnly.check(new Path(output), context.getConfiguration());
        } catch (IOException refused) {
            throw new UncheckedIOException(refused.getMessage(), refused);
        }
        super.setupJob(context);
    }
}
