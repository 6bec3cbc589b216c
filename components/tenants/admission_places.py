"""Where a job's rows may not go: a disk of one pod, which ends as a success without them. Pure.

Spark writes to whatever its properties name, each pod to its own disk, and the driver commits what it sees.
"""

from __future__ import annotations

import re
from typing import Final

from components.records.rights import JOBS, SPARK_GROUP
from components.tenants.admission_policy import JOB, Check, Policy, quoted

WAREHOUSE: Final = "spark.sql.warehouse.dir"
COMMITTER: Final = "fs.s3a.committer.name"
STAGING: Final = "fs.s3a.committer.staging.tmp.path"
DEFAULT_FS: Final = "fs.defaultFS"
"""Hadoop's default file system, to which every path without a scheme belongs; the pod's own disk if unset."""

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

_SCHEME: Final = "^[A-Za-z][A-Za-z0-9+.-]*:"

STORES: Final = "^(s3[an]?|hdfs)://[^/]"
"""Addresses that mean the same in every pod: a bucket, or an HDFS by its name node."""


def _hadoop(key: str) -> str:
    """What a job says of one of Hadoop's properties, in either section; as a list in CEL."""
    return (
        f"((has(variables.job.hadoopConf) && '{key}' in variables.job.hadoopConf ? "
        f"[variables.job.hadoopConf['{key}']] : []) + "
        f"('spark.hadoop.{key}' in variables.conf ? [variables.conf['spark.hadoop.{key}']] : []))"
    )


_VARIABLES: Final = {
    "job": JOB,
    "conf": "has(variables.job.sparkConf) ? variables.job.sparkConf : {}",
    "warehouse": f"'{WAREHOUSE}' in variables.conf ? variables.conf['{WAREHOUSE}'] : ''",
    "volumes": (
        "variables.job.?volumes.orValue([]) + variables.job.?executor.?template.?spec.?volumes.orValue([])"
    ),
    "shared": (
        f"variables.volumes.exists(each, !({_HAS_ITS_OWN})) || "
        f"variables.conf.exists(key, key.matches('{CLAIMS}') && variables.conf[key] != 'OnDemand') || "
        f"variables.conf.exists(key, key.matches('{NFS}'))"
    ),
    "committers": _hadoop(COMMITTER),
    "staging": _hadoop(STAGING),
    "own": _hadoop(DEFAULT_FS),
}

_CHECKS: Final = (
    Check(
        f"variables.warehouse == '' || variables.warehouse.matches('{STORES}') || "
        "(variables.shared && variables.warehouse.matches('^(file:)?/')) || "
        f"(variables.based && !variables.warehouse.matches('{_SCHEME}'))",
        f"'spec.sparkConf: {WAREHOUSE} must be an s3a:// address, not ' + variables.warehouse + ': the "
        "pods of a job share no disk, and no HDFS is theirs. Remove it; tables then lie in the folder "
        "warehouse of the namespace'",
        "each executor writes its rows to its own disk, and the table is empty",
    ),
    Check(
        f"!variables.committers.exists(each, each in {list(STAGED)}) || variables.shared || "
        # A place outside of the default file system ends the job ("Wrong FS").
        "(variables.based && variables.staging.all(each, "
        f"!each.matches('{_SCHEME}') || variables.bases.exists(base, each.startsWith(base))))",
        f"'spec: {COMMITTER} can not be ' + variables.committers.join(', ') + ': it keeps what waits for "
        "the commit on a disk that all pods share, and they share none; a place in a store counts if "
        f"{DEFAULT_FS} is that store. Write magic, or remove it'",
        "the driver finds nothing to commit, and the output is empty",
    ),
)


def places_policy(*, default_fs: str) -> Policy:
    """Make the rules for where rows may go.

    Args:
        default_fs: Hadoop's default file system of a job that names none; what is no store is the pod's disk.
    """
    stacks = quoted([default_fs] if re.fullmatch(f"{STORES}[^']*", default_fs) else [])
    return Policy(
        subject="places",
        kinds={SPARK_GROUP: JOBS},
        of_spec=True,
        variables={
            **_VARIABLES,
            "bases": f"variables.own.size() == 0 ? {stacks} : variables.own",
            "based": f"variables.bases.size() > 0 && variables.bases.all(each, each.matches('{STORES}'))",
        },
        checks=_CHECKS,
    )
