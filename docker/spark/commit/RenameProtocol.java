package sparkoneks.commit;

import java.io.IOException;
import java.io.UncheckedIOException;

import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.OutputCommitter;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol;

/**
 * Spark's own commit protocol, which is the default before 4.1, where some committers ask no factory: Parquet's is
 * made directly. So it looks by itself whether all pods see what is written.
 */
public class RenameProtocol extends SQLHadoopMapReduceCommitProtocol {
    private static final long serialVersionUID = 1;

    private final String output;

    /**
     * As FileCommitProtocol.instantiate calls it.
     *
     * @param jobId of the write
     * @param path where its output lies
     * @param dynamicPartitionOverwrite whether it overwrites those partitions alone that it has rows for
     */
    public RenameProtocol(String jobId, String path, boolean dynamicPartitionOverwrite) {
        super(jobId, path, dynamicPartitionOverwrite);
        output = path;
    }

    @Override
    public OutputCommitter setupCommitter(TaskAttemptContext context) {
        try {
            SharedDisksOnly.check(new Path(output), context.getConfiguration());
        } catch (IOException refused) {
            throw new UncheckedIOException(refused.getMessage(), refused);
        }
        return super.setupCommitter(context);
    }
}
