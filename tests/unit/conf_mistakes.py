"""Properties of Spark in a stack file that no job could run with: what is written, its key, the remedy."""

from __future__ import annotations

from typing import Final

CONF_CASES: Final = {
    "a property that is none": ("spark: {conf: {ansi: true}}", "spark.conf.ansi", "starts with spark."),
    "an event log folder of one's own": (
        "spark: {conf: {spark.eventLog.dir: s3a://data/history}}",
        'spark.conf["spark.eventLog.dir"]',
        "objectStorage.buckets.events",
    ),
    "jars to download": (
        "spark: {conf: {spark.jars.packages: 'io.delta:delta-spark_2.13:4.0.0'}}",
        'spark.conf["spark.jars.packages"]',
        "put them into the artifacts bucket",
    ),
    "no event log": (
        "spark: {conf: {spark.eventLog.enabled: false}}",
        'spark.conf["spark.eventLog.enabled"] = "false"',
        "without an event log the history server shows no job",
    ),
    "a namespace for all": (
        "spark: {conf: {spark.kubernetes.namespace: default}}",
        'spark.conf["spark.kubernetes.namespace"]',
        "acts in the operator and not in the jobs",
    ),
    "one driver for all": (
        "spark: {conf: {spark.kubernetes.driver.pod.name: driver}}",
        'spark.conf["spark.kubernetes.driver.pod.name"]',
        "every job would have the same driver",
    ),
    "a master": ("spark: {conf: {spark.master: yarn}}", 'spark.conf["spark.master"]', "remove it"),
    "files of a pod": (
        "spark: {conf: {spark.files: 's3a://a/b,/etc/hosts'}}",
        'spark.conf["spark.files"]',
        "must name files as local://, s3a:// or https://",
    ),
    "a floor above the ceiling": (
        "spark: {maxExecutors: 2, conf: {spark.dynamicAllocation.minExecutors: 5}}",
        'spark.conf["spark.dynamicAllocation.minExecutors"] = "5"',
        "is over spark.maxExecutors, 2",
    ),
    "a property that has a setting": (
        "spark: {conf: {spark.executor.memory: 4g}}",
        'spark.conf["spark.executor.memory"]',
        "write spark.executor.memory",
    ),
    "a property over two lines": (
        'spark: {conf: {spark.a: "1\\nspark.b 2"}}',
        'spark.conf["spark.a"]',
        "must be one line",
    ),
    "a floor that is no number": (
        "spark: {conf: {spark.dynamicAllocation.minExecutors: few}}",
        'spark.conf["spark.dynamicAllocation.minExecutors"] = "few"',
        "must be a whole number",
    ),
    "a number at the start above the ceiling": (
        "spark: {maxExecutors: 2, conf: {spark.dynamicAllocation.initialExecutors: 5}}",
        'spark.conf["spark.dynamicAllocation.initialExecutors"] = "5"',
        "is over spark.maxExecutors, 2",
    ),
    "executors above the ceiling": (
        "spark: {maxExecutors: 2, conf: {spark.executor.instances: 5}}",
        'spark.conf["spark.executor.instances"] = "5"',
        "is over spark.maxExecutors, 2",
    ),
    "YARN's shuffle service": (
        "spark: {conf: {spark.shuffle.service.enabled: true}}",
        'spark.conf["spark.shuffle.service.enabled"] = "true"',
        "must be false: Kubernetes has no such service",
    ),
    "a switch that is none": (
        "spark: {conf: {spark.speculation.enabled: 'often'}}",
        'spark.conf["spark.speculation.enabled"] = "often"',
        "must be true or false",
    ),
    "a heap among Java's options": (
        "spark: {conf: {spark.executor.extraJavaOptions: -Xss2m -Xmx4g}}",
        'spark.conf["spark.executor.extraJavaOptions"]',
        "write spark.executor.memory",
    ),
    "the driver's heap among Java's options": (
        "spark: {conf: {spark.driver.defaultJavaOptions: -Xmx4g}}",
        'spark.conf["spark.driver.defaultJavaOptions"]',
        "write spark.driver.memory",
    ),
    "an overhead in Kubernetes' units": (
        "spark: {conf: {spark.executor.memoryOverhead: 512Mi}}",
        'spark.conf["spark.executor.memoryOverhead"] = "512Mi"',
        "must be a size in whole units such as 64k, 128m or 4g",
    ),
    "an overhead over what a container may have": (
        "spark: {conf: {spark.driver.memoryOverhead: 4000g}}",
        'spark.conf["spark.driver.memoryOverhead"] = "4000g"',
        "and a container of tenants[0] may have",
    ),
    "a limit of cores below their request": (
        "spark: {conf: {spark.kubernetes.executor.limit.cores: 1m}}",
        'spark.conf["spark.kubernetes.executor.limit.cores"] = "1m"',
        "is less than spark.executor.cpuRequest",
    ),
    "a limit of cores that is no quantity": (
        "spark: {conf: {spark.kubernetes.driver.limit.cores: some}}",
        'spark.conf["spark.kubernetes.driver.limit.cores"] = "some"',
        "is not a CPU quantity",
    ),
    "a folder of the node": (
        "spark: {conf: {spark.kubernetes.executor.volumes.hostPath.d.mount.path: /a}}",
        'spark.conf["spark.kubernetes.executor.volumes.hostPath.d.mount.path"]',
        "Pod Security refuses such volumes",
    ),
    "another scheduler": (
        "spark: {conf: {spark.kubernetes.scheduler.name: volcano}}",
        'spark.conf["spark.kubernetes.scheduler.name"] = "volcano"',
        "must be default-scheduler",
    ),
    "EMR's file system": (
        "spark: {conf: {spark.hadoop.fs.s3.impl: com.amazon.ws.emr.hadoop.fs.EmrFileSystem}}",
        'spark.conf["spark.hadoop.fs.s3.impl"]',
        "the only one in the images",
    ),
    "credentials of the older SDK": (
        "spark: {conf: {spark.hadoop.fs.s3a.aws.credentials.provider: com.amazonaws.auth.A}}",
        'spark.conf["spark.hadoop.fs.s3a.aws.credentials.provider"]',
        "a class of the AWS SDK 1",
    ),
    "tables in HDFS": (
        "spark: {conf: {spark.sql.warehouse.dir: 'hdfs:///user/hive/warehouse'}}",
        'spark.conf["spark.sql.warehouse.dir"] = "hdfs:///user/hive/warehouse"',
        "must be a folder as s3a://",
    ),
    "tables on the disk of each pod": (
        "spark: {conf: {spark.sql.warehouse.dir: 'file:/tables'}}",
        'spark.conf["spark.sql.warehouse.dir"] = "file:/tables"',
        "each executor would write its rows to its own disk",
    ),
    "tables in a folder of the default file system, which is the disk of each pod": (
        "spark: {conf: {spark.sql.warehouse.dir: /tables, spark.hadoop.fs.defaultFS: 'file:///'}}",
        'spark.conf["spark.sql.warehouse.dir"] = "/tables"',
        "each executor would write its rows to its own disk",
    ),
    "tables on the disk of each pod, beside a store for all else": (
        "spark: {conf: {spark.sql.warehouse.dir: 'file:/tables', spark.hadoop.fs.defaultFS: 's3a://data'}}",
        'spark.conf["spark.sql.warehouse.dir"] = "file:/tables"',
        "each executor would write its rows to its own disk",
    ),
    "a committer that needs a place of all pods": (
        "spark: {conf: {spark.hadoop.fs.s3a.committer.name: directory}}",
        'spark.conf["spark.hadoop.fs.s3a.committer.name"] = "directory"',
        "outputs would be empty, or refused by the store; write magic, or remove it",
    ),
    "the same for one bucket, although there is a place": (
        "spark: {conf: {spark.hadoop.fs.defaultFS: 's3a://data', "
        "spark.hadoop.fs.s3a.bucket.data.committer.name: ' partitioned', "
        "spark.hadoop.fs.s3a.committer.staging.tmp.path: /staging}}",
        'spark.conf["spark.hadoop.fs.s3a.bucket.data.committer.name"]',
        "which no stack can name for all tenants",
    ),
    "the same by its class": (
        "spark: {conf: {spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a: "
        "org.apache.hadoop.fs.s3a.commit.staging.DirectoryStagingCommitterFactory}}",
        'spark.conf["spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a"]',
        "keeps what waits for the commit in a place that all pods of a job share",
    ),
    "another commit protocol": (
        "spark: {conf: {spark.sql.sources.commitProtocolClass: "
        "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol}}",
        'spark.conf["spark.sql.sources.commitProtocolClass"]',
        "an overwrite of single partitions appends (3.5), or is refused (4.1)",
    ),
    "options of Java 8": (
        "spark: {conf: {spark.executor.defaultJavaOptions: "
        "'-verbose:gc -XX:+PrintGCDetails -XX:+PrintGCDateStamps -XX:CMSInitiatingOccupancyFraction=70'}}",
        'spark.conf["spark.executor.defaultJavaOptions"]',
        "has -XX:+PrintGCDateStamps -XX:CMSInitiatingOccupancyFraction=70, with which Java 17 does not start",
    ),
    "EMR's committer": (
        "spark: {conf: {spark.sql.parquet.output.committer.class: "
        "com.amazon.emr.committer.EmrOptimizedSparkSqlParquetOutputCommitter}}",
        'spark.conf["spark.sql.parquet.output.committer.class"]',
        "names a class of EMR, which the images do not have",
    ),
    "another port for pages": (
        "spark: {conf: {spark.ui.port: 4041}}",
        'spark.conf["spark.ui.port"] = "4041"',
        "network policies",
    ),
    "no pages": (
        "spark: {conf: {spark.ui.enabled: false}}",
        'spark.conf["spark.ui.enabled"] = "false"',
        "no live view",
    ),
    "partitions in words": (
        "spark: {conf: {spark.sql.shuffle.partitions: many}}",
        'spark.conf["spark.sql.shuffle.partitions"] = "many"',
        "must be a whole number",
    ),
    "a letter too many": (
        "spark: {conf: {spark.executor.memmory: 4g}}",
        'spark.conf["spark.executor.memmory"]',
        "did you mean spark.executor.memory?",
    ),
    "two letters exchanged": (
        "spark: {conf: {spark.sql.shuffle.partitoins: 10}}",
        'spark.conf["spark.sql.shuffle.partitoins"]',
        "did you mean spark.sql.shuffle.partitions?",
    ),
    "capitals": (
        "spark: {conf: {spark.SQL.ansi.enabled: true}}",
        'spark.conf["spark.SQL.ansi.enabled"]',
        "did you mean spark.sql.ansi.enabled?",
    ),
    "a time in words": (
        "spark: {conf: {spark.network.timeout: 2 minutes}}",
        'spark.conf["spark.network.timeout"] = "2 minutes"',
        "must be a time in whole units such as 500ms, 120s, 2min",
    ),
    "a size in Kubernetes' units": (
        "spark: {conf: {spark.sql.files.maxPartitionBytes: 128Mi}}",
        'spark.conf["spark.sql.files.maxPartitionBytes"] = "128Mi"',
        "must be a size in whole units such as 64k, 128m",
    ),
    "a word that is none of the choices": (
        "spark: {conf: {spark.sql.sources.partitionOverwriteMode: partial}}",
        'spark.conf["spark.sql.sources.partitionOverwriteMode"] = "partial"',
        "must be one of DYNAMIC, STATIC",
    ),
    "no partitions": (
        "spark: {conf: {spark.sql.shuffle.partitions: 0}}",
        'spark.conf["spark.sql.shuffle.partitions"] = "0"',
        "must be a whole number, 1 or more",
    ),
    "a level that no log has": (
        "spark: {conf: {spark.log.level: loud}}",
        'spark.conf["spark.log.level"] = "loud"',
        "must be one of ALL, DEBUG, ERROR",
    ),
    "a factor in percent": (
        "spark: {conf: {spark.executor.memoryOverheadFactor: 50%}}",
        'spark.conf["spark.executor.memoryOverheadFactor"] = "50%"',
        "must be a number such as 0.5, over 0",
    ),
    "a factor over what a container may have": (
        "spark: {conf: {spark.driver.memoryOverheadFactor: 900}}",
        'spark.conf["spark.driver.memoryOverheadFactor"] = "900"',
        "and a container of tenants[0] may have",
    ),
    "memory for Python over what a container may have": (
        "spark: {conf: {spark.executor.pyspark.memory: 4000g}}",
        'spark.conf["spark.executor.pyspark.memory"] = "4000g"',
        "with spark.executor.memory, and a container of tenants[0] may have",
    ),
    "memory outside of the heap over what a container may have": (
        "spark: {conf: {spark.memory.offHeap.enabled: true, spark.memory.offHeap.size: 4000g}}",
        'spark.conf["spark.memory.offHeap.size"] = "4000g"',
        "and a container of tenants[0] may have",
    ),
    "memory outside of the heap without a size": (
        "spark: {conf: {spark.memory.offHeap.enabled: true}}",
        'spark.conf["spark.memory.offHeap.enabled"] = "true"',
        "write spark.memory.offHeap.size as well",
    ),
    "a task of more cores than an executor has": (
        "spark: {executor: {cores: 1, cpuRequest: 1}, conf: {spark.task.cpus: 2}}",
        'spark.conf["spark.task.cpus"] = "2"',
        "is over spark.executor.cores, 1",
    ),
    "properties among the executors' options of Java": (
        "spark: {conf: {spark.executor.extraJavaOptions: -Dspark.sql.ansi.enabled=true}}",
        'spark.conf["spark.executor.extraJavaOptions"]',
        "write the property itself into spark.conf",
    ),
    "a label that is none": (
        "spark: {conf: {spark.kubernetes.executor.label.owner: Data Team}}",
        'spark.conf["spark.kubernetes.executor.label.owner"] = "Data Team"',
        "is no value of a label",
    ),
    "a label of nodes that is none": (
        "spark: {conf: {spark.kubernetes.driver.node.selector.pool: 'a,b'}}",
        'spark.conf["spark.kubernetes.driver.node.selector.pool"] = "a,b"',
        "is no value of a label",
    ),
    "a label of Spark's own": (
        "spark: {conf: {spark.kubernetes.driver.label.spark-role: main}}",
        'spark.conf["spark.kubernetes.driver.label.spark-role"] = "main"',
        "is a label that Spark sets itself",
    ),
    "a codec that is none": (
        "spark: {conf: {spark.eventLog.compression.codec: gz}}",
        'spark.conf["spark.eventLog.compression.codec"] = "gz"',
        "must be one of lz4, lzf, snappy, zstd",
    ),
    "a committer that S3A does not have": (
        "spark: {conf: {spark.hadoop.fs.s3a.committer.name: emr}}",
        'spark.conf["spark.hadoop.fs.s3a.committer.name"] = "emr"',
        "must be magic, or file for commits by renames",
    ),
    "another store than the cluster's own": (
        "spark: {conf: {spark.hadoop.fs.s3a.endpoint: 'https://s3.example.org'}}",
        'spark.conf["spark.hadoop.fs.s3a.endpoint"]',
        "the store of foundation.objectStore",
    ),
    "the history server's folder": (
        "spark: {conf: {spark.history.fs.logDirectory: 's3a://data/history'}}",
        'spark.conf["spark.history.fs.logDirectory"]',
        "is the history server's, and no job reads it",
    ),
}
