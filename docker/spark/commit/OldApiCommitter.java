package sparkoneks.commit;

import java.io.IOException;

import org.apache.hadoop.mapred.FileOutputCommitter;
import org.apache.hadoop.mapred.FileOutputFormat;
import org.apache.hadoop.mapred.JobContext;

/**
 * The committer of Hadoop's older interface, by which an RDD is saved: it asks no factory, so it looks by itself
 * whether all pods see what is written.
 */
public final class OldApiCommitter extends FileOutputCommitter {
    @Override
    public void setupJob(JobContext context) throws IOException {
        SharedDisksOnly.check(FileOutputFormat.getOutputPath(context.getJobConf()), context.getConfiguration());
        super.setupJob(context);
    }
}
