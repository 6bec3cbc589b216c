"""Where a job's rows may not go: a disk of one pod, which ends as a success without them. Pure.

Spark writes to whatever its properties name, each pod to its own disk, and the driver commits what it sees.
"""

from __future__ import annotations

from typing import Final

from components.records.rights import JOBS, SPARK_GROUP
from components.tenants.admission_policy import JOB, Check, Policy

WAREHOUSE: Final = "spark.sql.warehouse.dir"
COMMITTER: Final = "fs.s3a.committer.name"
STAGING: Final = "fs.s3a.committer.staging.tmp.path"
STAGED: Final = ("directory", "partitioned")
"""S3A's committers that keep what waits for the commit in the default file system (StagingCommitter)."""


def _hadoop(key: str) -> str:
    """What a job says of one of Hadoop's properties, in either section; as a list in CEL."""
    return (
        f"((has(variables.job.hadoopConf) && '{key}' in variables.job.hadoopConf ? "
        f"[variables.job.hadoopConf['{key}']] : []) + "
        f"('spark.hadoop.{key}' in variables.conf ? [variables.conf['spark.hadoop.{key}']] : []))"
    )


PLACES: Final = Policy(
    subject="places",
    kinds={SPARK_GROUP: JOBS},
    of_spec=True,
    variables={
        "job": JOB,
        "conf": "has(variables.job.sparkConf) ? variables.job.sparkConf : {}",
        "warehouse": f"'{WAREHOUSE}' in variables.conf ? variables.conf['{WAREHOUSE}'] : ''",
        # A volume that all of a job's pods mount is a place for tables.
        "volumes": (
            "(has(variables.job.volumes) && variables.job.volumes.size() > 0) || "
            "variables.conf.exists(key, key.startsWith('spark.kubernetes.executor.volumes.'))"
        ),
        "committers": _hadoop(COMMITTER),
    },
    checks=(
        Check(
            "variables.warehouse == '' || variables.warehouse.matches('^s3[an]?://.') || "
            "(variables.volumes && variables.warehouse.matches('^(file:)?/'))",
            f"'spec.sparkConf: {WAREHOUSE} must be an s3a:// address, not ' + variables.warehouse + ': the "
            "pods of a job share no disk and no HDFS. Remove it; tables then lie in the folder warehouse of "
            "the namespace'",
            "each executor writes its rows to its own disk, and the table is empty",
        ),
        Check(
            f"!variables.committers.exists(each, each in {list(STAGED)}) || variables.volumes || "
            f"{_hadoop(STAGING)}.size() > 0",
            f"'spec: {COMMITTER} can not be ' + variables.committers.join(', ') + ': it keeps what waits for "
            "the commit on a disk that all pods share, and they share none. Write magic, or remove it'",
            "the driver finds nothing to commit, and the output is empty",
        ),
    ),
)
"""The rules."""
