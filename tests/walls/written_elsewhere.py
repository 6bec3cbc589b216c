"""What definitions from EMR on EKS and from AWS' blueprints for data on EKS have, one thing at a time.

Read from their examples (awslabs/data-on-eks at a546a190, the guides of EMR on EKS), with the platform's
image, namespace and accounts in the place of theirs, in words of our own.
"""

from __future__ import annotations

from typing import Any, Final

from tests.walls.attack import job
from tests.walls.world import IMAGES
from tests.walls.written import Written

_LTS: Final = {"sparkVersion": "3.5.8", "image": IMAGES["3.5.8"]}
_JAR: Final = {"type": "Scala", "mainClass": "org.apache.spark.examples.SparkPi"}
_PROVIDER: Final = "fs.s3a.aws.credentials.provider"
_SDK: Final = "software.amazon.awssdk.auth.credentials"
_CLASS_PATH: Final = "/usr/lib/hadoop-lzo/lib/*:/usr/share/aws/aws-java-sdk/*:/usr/share/aws/emr/emrfs/lib/*"
_SINK: Final = "spark.metrics.conf.driver.sink.prometheusServlet"


def _job(**changes: Any) -> dict[str, Any]:
    return job(**{**_LTS, **changes})


ELSEWHERE: Final = (
    Written(
        what="the token of a service account, by a class of the AWS SDK 1",
        manifest=_job(hadoopConf={_PROVIDER: "com.amazonaws.auth.WebIdentityTokenCredentialsProvider"}),
        said="the platform's images have the AWS SDK 2, and no such class. Remove it",
    ),
    Written(
        what="the same, by the class of the AWS SDK 2",
        manifest=_job(
            sparkConf={f"spark.hadoop.{_PROVIDER}": f"{_SDK}.WebIdentityTokenFileCredentialsProvider"}
        ),
        said="the pods have their namespace's identity, which that does not find. Remove it",
    ),
    Written(
        what="the pod's identity, where jobs have it",
        manifest=_job(sparkConf={f"spark.hadoop.{_PROVIDER}": f"{_SDK}.ContainerCredentialsProvider"}),
    ),
    Written(
        what="EMR's committer, beside EMR's class path",
        manifest=_job(
            sparkConf={
                "spark.driver.extraClassPath": _CLASS_PATH,
                "spark.executor.extraClassPath": _CLASS_PATH,
                "spark.sql.parquet.output.committer.class": (
                    "com.amazon.emr.committer.EmrOptimizedSparkSqlParquetOutputCommitter"
                ),
                "spark.sql.emr.internal.extensions": "com.amazonaws.emr.spark.EmrSparkSessionExtensions",
            }
        ),
        said="that is a class of EMR, and the platform's images have none. Remove it, or bring it",
    ),
    Written(
        what="a program at its place in EMR's images",
        manifest=_job(**_JAR, mainApplicationFile="local:///usr/lib/spark/examples/jars/spark-examples.jar"),
        said="is a place of EMR's images; the platform's have Spark in /opt/spark",
    ),
    Written(
        what="EMR's options of Java",
        manifest=_job(
            sparkConf={
                "spark.executor.defaultJavaOptions": (
                    "-verbose:gc -XX:+PrintGCDetails -XX:+PrintGCDateStamps -XX:+UseParallelGC "
                    "-XX:OnOutOfMemoryError='kill -9 %p'"
                )
            }
        ),
        said="Java 17 does not know -XX:+PrintGCDateStamps of javaOptions or sparkConf, and would not start",
    ),
    Written(
        what="`JAVA_HOME` of another image",
        manifest=_job(executor={"cores": 1, "env": [{"name": "JAVA_HOME", "value": "/opt/java/openjdk"}]}),
        said="spec can not have JAVA_HOME: /opt/java/openjdk: the platform's images have Java in /opt/java",
    ),
    Written(
        what="S3A's directory committer, with a place for its lists",
        manifest=_job(
            sparkConf={
                "spark.hadoop.fs.s3a.committer.name": "directory",
                "spark.hadoop.fs.s3a.committer.staging.tmp.path": "/tmp/staging",
                "spark.hadoop.fs.s3a.committer.staging.conflict-mode": "append",
            }
        ),
        said="keeps what waits for the commit in a place that all pods share, and they share none",
    ),
    Written(
        what="the cloud's commit protocol beside dynamic partition overwrite, on 3.5",
        manifest=_job(
            sparkConf={
                "spark.hadoop.fs.s3a.committer.name": "magic",
                "spark.sql.sources.commitProtocolClass": (
                    "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol"
                ),
                "spark.sql.sources.partitionOverwriteMode": "dynamic",
            }
        ),
        said="which would add to a partition what should take its place (SPARK-56588)",
    ),
    Written(
        what="another port for the page",
        manifest=_job(sparkConf={"spark.ui.port": "4045"}),
        said="spark.ui.port must be 4040, not 4045: network policies and metrics know no other",
    ),
    Written(
        what="longer timeouts of the submission",
        manifest=_job(sparkConf={"spark.kubernetes.submission.connectionTimeout": "60000000"}),
        said="sparkConf must not set spark.kubernetes.submission.connectionTimeout: that acts in the",
    ),
    Written(
        what="local directories in memory, and names of executors",
        manifest=_job(
            sparkConf={
                "spark.kubernetes.local.dirs.tmpfs": "true",
                "spark.kubernetes.executor.podNamePrefix": "taxi-trip",
            }
        ),
    ),
    Written(
        what="a place of the driver's metrics",
        manifest=_job(sparkConf={f"{_SINK}.path": "/metrics/driver/prometheus/"}),
    ),
)
"""What they have, and what is said to it."""
