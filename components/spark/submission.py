"""What of a job acts in the process that submits it, and so is the platform's alone to set. Pure.

The operator runs spark-submit with rights in every tenant's namespace and hands it the job's own words. Spark
tells the settings of a job from those of its submission only by their names. The names below are used twice:
in the rules that the API server checks (`components.tenants.submission_checks`), for a message at once, and
in the operator's spark-submit (spark_submit.sh), which protects: it sees what the operator made of the job.

Sources: SparkSubmit, SparkSubmitArguments, DependencyUtils, SparkSubmitCommandBuilder and the feature steps
of `org.apache.spark.deploy.k8s` of Spark 4.1.2. tests/submission runs them with every property they know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SUBMISSION_SECONDS: Final = 110
"""A submission is asked to end after that long, in seconds. It takes two to five; a worker that hangs on a
slow or silent address would serve no other tenant."""

SUBMISSION_GRACE_SECONDS: Final = 10
"""What it gets to end by itself, in seconds, before it is killed."""

SUBMISSION_TURN_SECONDS: Final = 5
"""How long a submission waits for those before it in the JVM that stays, in seconds. One takes a fifth of a
second there, and a JVM of its own needs these seconds as well."""

FILE_PATTERN: Final = (
    "^(local|s3a|s3n?|https?)://[A-Za-z0-9._/-]([A-Za-z0-9._~:/@!$&()+;=-]|%[0-9A-Fa-f][0-9A-Fa-f])*"
    "(#[A-Za-z0-9._-]+)?$"
)
"""Files that the driver can fetch by itself.

`s3://` and `s3n://` are `s3a://`, and spark_submit.sh writes them so. No wildcard, as that needs a look
into the store; and nothing that is no URI (RFC 3986): Spark takes such a text for a path in its own pod
(Utils.resolveURI), and `s3a:// /../../etc/passwd` is /etc/passwd then.
"""

FILE_LISTS: Final = ("spark.jars", "spark.files", "spark.archives", "spark.submit.pyFiles")
"""Properties that list files, separated by commas: the same as `spec.deps`."""

LAUNCHER_CLASSES: Final = (
    "org.apache.spark.repl.Main",
    "org.apache.spark.sql.application.ConnectRepl",
    "org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver",
    "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2",
    "org.apache.spark.sql.connect.service.SparkConnectServer",
)
"""Main classes for which Spark's launcher reads what follows the program as options of spark-submit
(SparkSubmitCommandBuilder.specialClasses). The operator's spark-submit goes round the launcher; a driver does
not, and none of them runs in cluster mode anyway."""

S3A_CLASS_KEY: Final = "fs.s3a.impl"
S3A_CLASS: Final = "org.apache.hadoop.fs.s3a.S3AFileSystem"
"""Hadoop's own class for s3a://, which many jobs spell out. It is the driver's default, and the operator's
submission takes another on purpose: it has no right to any tenant's files."""

RESERVED_PATTERN: Final = (
    r"^spark\.("
    # Where the job runs, and as whom.
    r"master|remote|submit\.deployMode"
    # Where the submission looks for its own configuration: its files go into the driver's ConfigMap.
    r"|home"
    # Jars that it would download, by a settings file of its own pod, and classes that it would load.
    r"|jars\..*|driver\.defaultExtraClassPath"
    # Keytabs and tokens that it would read.
    r"|kerberos\..*|yarn\..*"
    r")$"
)
"""Properties outside `spark.kubernetes.` that act in the submission."""

KUBERNETES_PATTERN: Final = (
    r"^spark\.kubernetes\.("
    r"(driver|executor)\.(annotation|label|node\.selector|secretKeyRef|secrets|volumes)\..*"
    r"|driver\.service\..*|driverEnv\..*|node\.selector\..*"
    r"|driver\.(annotateExitException|connectionTimeout|container\.image|limit\.cores|master"
    r"|ownPersistentVolumeClaim|podTemplateContainerName|request\.cores|requestTimeout"
    r"|reusePersistentVolumeClaim|scheduler\.name|schedulerName|waitToReusePersistentVolumeClaim)"
    # The driver alone makes executors; their pod template is the exception, as the submission reads it.
    r"|executor\.([a-oq-z].*|pod\..*|podNamePrefix|podTemplateContainerName)"
    r"|executorSnapshotsSubscribersShutdownGracePeriod"
    r"|authenticate\.(driver|executor)\.serviceAccountName"
    r"|allocation\..*|dynamicAllocation\..*|container\.image(\.pullPolicy|\.pullSecrets)?"
    r"|appKillPodDeletionGracePeriod|configMap\.maxSize|decommission\.script|jars\.avoidDownloadSchemes"
    r"|hadoop\.configMapName|legacy\.useReadWriteOnceAccessMode|local\.dirs\.tmpfs|memoryOverheadFactor"
    r"|pyspark\.pythonVersion|report\.interval|scheduler\.name"
    r")$"
)
"""The only properties of `spark.kubernetes.` that a job may set. The others name credentials, files, classes
and addresses of the submission, or are set by the operator itself; spark_submit.sh compares those values."""


def rules_file() -> str:
    """Write the rules as spark_submit.sh reads them: a name, a blank and a value in each line."""
    rules = {
        "seconds": str(SUBMISSION_SECONDS),
        "grace": str(SUBMISSION_GRACE_SECONDS),
        "turn": str(SUBMISSION_TURN_SECONDS),
        "file": FILE_PATTERN,
        "file-lists": _one_of(FILE_LISTS),
        "launcher-classes": _one_of(LAUNCHER_CLASSES),
        "reserved": RESERVED_PATTERN,
        "kubernetes": KUBERNETES_PATTERN,
        "s3a-class-key": f"spark.hadoop.{S3A_CLASS_KEY}",
        "s3a-class": S3A_CLASS,
    }
    return "".join(f"{name} {value}\n" for name, value in rules.items())


def _one_of(texts: Sequence[str]) -> str:
    return "^(" + "|".join(text.replace(".", r"\.") for text in texts) + ")$"
