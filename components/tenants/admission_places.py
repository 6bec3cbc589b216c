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


OF_ONE_POD: Final = (
    "emptyDir",
    "configMap",
    "secret",
    "projected",
    "downwardAPI",
    "ephemeral",
    "csi",
    "image",
)
"""Volumes that each pod has for itself, or can't write to; what is neither, a claim or NFS, all can share."""

_HAS_ITS_OWN: Final = " || ".join(f"has(each.{kind})" for kind in OF_ONE_POD)

CLAIMS: Final = (
    r"^spark[.]kubernetes[.]executor[.]volumes[.]persistentVolumeClaim[.][^.]+[.]options[.]claimName$"
)
"""Properties that mount a claim; by the name OnDemand each pod gets its own."""

NFS: Final = r"^spark[.]kubernetes[.]executor[.]volumes[.]nfs[.]"

STORES: Final = "^(s3[an]?|hdfs)://[^/]"
"""Addresses that mean the same in every pod: a bucket, or an HDFS by its name node."""


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
        "volumes": (
            "variables.job.?volumes.orValue([]) + "
            "variables.job.?executor.?template.?spec.?volumes.orValue([])"
        ),
        "shared": (
            f"variables.volumes.exists(each, !({_HAS_ITS_OWN})) || "
            f"variables.conf.exists(key, key.matches('{CLAIMS}') && variables.conf[key] != 'OnDemand') || "
            f"variables.conf.exists(key, key.matches('{NFS}'))"
        ),
        "committers": _hadoop(COMMITTER),
    },
    checks=(
        Check(
            f"variables.warehouse == '' || variables.warehouse.matches('{STORES}') || "
            "(variables.shared && variables.warehouse.matches('^(file:)?/'))",
            f"'spec.sparkConf: {WAREHOUSE} must be an s3a:// address, not ' + variables.warehouse + ': the "
            "pods of a job share no disk, and no HDFS is theirs. Remove it; tables then lie in the folder "
            "warehouse of the namespace'",
            "each executor writes its rows to its own disk, and the table is empty",
        ),
        Check(
            f"!variables.committers.exists(each, each in {list(STAGED)}) || variables.shared || "
            f"{_hadoop(STAGING)}.exists(each, each.matches('{STORES}'))",
            f"'spec: {COMMITTER} can not be ' + variables.committers.join(', ') + ': it keeps what waits for "
            "the commit on a disk that all pods share, and they share none. Write magic, or remove it'",
            "the driver finds nothing to commit, and the output is empty",
        ),
    ),
)
"""The rules."""
