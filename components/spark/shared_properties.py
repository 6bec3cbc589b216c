"""Properties that neither a job nor a stack file may set so that no job runs, by their names. Pure.

The API server asks a job's definition (`components.tenants.admission_fields`), and the program its stack file
(`components.settings.conf_value_rules`).
"""

from __future__ import annotations

from typing import Final

SCHEDULERS: Final = r"spark\.kubernetes\.((driver|executor)\.)?scheduler(\.n|N)ame"
"""Pattern of those that name the pods' scheduler."""

JAVA_OPTIONS: Final = r"spark\.(driver|executor)\.(extra|default)JavaOptions"
"""Pattern of those that have options of Java, in which there may be no heap."""

SHUFFLE_SERVICE: Final = "spark.shuffle.service.enabled"
"""Asks for a service beside the executors that Kubernetes does not have."""

COMMITTER: Final = r"fs\.s3a\.(bucket\.[^=]+\.)?committer\.name"
"""Pattern of Hadoop's properties that choose S3A's committer, of all buckets or one (S3ACommitterFactory)."""

STAGED: Final = ("directory", "partitioned", "staging")
"""S3A's committers that keep what waits for the commit in the default file system (StagingCommitter)."""

FACTORIES: Final = r"mapreduce\.outputcommitter\.factory\.(class|scheme\.[^.=]+)"
"""Pattern of Hadoop's properties that choose the kind of committer (PathOutputCommitterFactory)."""

STAGING_FACTORY: Final = r"(Directory|Partitioned|)StagingCommitterFactory"
"""Pattern of the end of the classes of such committers (org.apache.hadoop.fs.s3a.commit.staging)."""

OLD_SDK_KNOWN: Final = tuple(
    f"com.amazonaws.auth.{each}"
    for each in (
        "AnonymousAWSCredentials",
        "EC2ContainerCredentialsProviderWrapper",
        "EnvironmentVariableCredentialsProvider",
        "InstanceProfileCredentialsProvider",
        "profile.ProfileCredentialsProvider",
    )
)
"""Names of the SDK 1 that S3A of Hadoop 3.4 reads as those of the SDK 2 (V1_V2_CREDENTIAL_PROVIDER_MAP)."""

EMR_CLASS: Final = r"(^|,)[ ]*com\.amazon(aws)?\.(emr|ws\.emr|glue\.catalog)\."
"""Pattern of values that name a class which EMR's images have, and no other."""

EMR_KEY: Final = r"spark\.(sql\.)?emr\."
"""Pattern of the beginning of properties that EMR's Spark alone reads: what they name is loaded by nobody."""

JARS: Final = ("spark.jars", "spark.driver.extraClassPath", "spark.executor.extraClassPath")
"""Properties by which classes come to a job that its image does not have."""

OLD_JAVA: Final = (
    r"^-XX:[+-]?(PrintGC(DateStamps|TimeStamps|Cause|Application(Stopped|Concurrent)Time)|PrintTenuringDistribution"
    r"|PrintHeapAtGC|PrintAdaptiveSizePolicy|PrintReferenceGC|PrintPromotionFailure|PrintSafepointStatistics"
    r"|PrintStringDeduplicationStatistics|UseGCLogFileRotation|NumberOfGCLogFiles|GCLogFileSize"
    r"|UseConcMarkSweepGC|UseParNewGC|UseParallelOldGC|CMS[A-Za-z]+|UseCMS[A-Za-z]+|(Max)?PermSize"
    r"|AggressiveOpts|UseCGroupMemoryLimitForHeap|TraceClassLoading|UnlockCommercialFeatures"
    r"|G1SummarizeConcMark|UseCompressedStrings|UseFastAccessorMethods|UseSplitVerifier)(=.*)?$"
)
"""Pattern of options of Java 8 and 11 with which Java 17 does not start ("Unrecognized VM option")."""

STAGING: Final = "fs.s3a.committer.staging.tmp.path"
"""Hadoop's property that says where they keep it."""
