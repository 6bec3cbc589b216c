"""Where a job's rows may not go: a disk of one pod, which ends as a success without them. Pure.

Spark writes to whatever its properties name, each pod to its own disk, and the driver commits what it sees.
"""

from __future__ import annotations

from typing import Final

from components.records.rights import JOBS, SPARK_GROUP
from components.tenants import admission_committers
from components.tenants.admission_committers import SCHEME, STORES
from components.tenants.admission_policy import CONF, JOB, Check, Policy

WAREHOUSE: Final = "spark.sql.warehouse.dir"

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

_VARIABLES: Final = {
    "job": JOB,
    "conf": CONF,
    "warehouse": f"'{WAREHOUSE}' in variables.conf ? variables.conf['{WAREHOUSE}'] : ''",
    "volumes": (
        "variables.job.?volumes.orValue([]) + variables.job.?executor.?template.?spec.?volumes.orValue([])"
    ),
    "shared": (
        f"variables.volumes.exists(each, !({_HAS_ITS_OWN})) || "
        f"variables.conf.exists(key, key.matches('{CLAIMS}') && variables.conf[key] != 'OnDemand') || "
        f"variables.conf.exists(key, key.matches('{NFS}'))"
    ),
}

_CHECKS: Final = (
    Check(
        f"variables.warehouse == '' || variables.warehouse.matches('{STORES}') || "
        "(variables.shared && variables.warehouse.matches('^(file:)?/')) || "
        f"(variables.based && !variables.warehouse.matches('{SCHEME}'))",
        f"'spec.sparkConf: {WAREHOUSE} must be an s3a:// address, not ' + variables.warehouse + ': the "
        "pods of a job share no disk, and no HDFS is theirs. Remove it; tables then lie in the folder "
        "warehouse of the namespace'",
        "each executor writes its rows to its own disk, and the table is empty",
    ),
)


def places_policy(*, default_fs: str, warehouse: str) -> Policy:
    """Make the rules for where rows may go.

    Args:
        default_fs: Hadoop's default file system of a job that names none; what is no store is the pod's disk.
        warehouse: the stack's folder of tables, in the bucket in which each tenant has a folder.
    """
    return Policy(
        subject="places",
        kinds={SPARK_GROUP: JOBS},
        of_spec=True,
        variables={**_VARIABLES, **admission_committers.variables(default_fs, warehouse)},
        checks=(*_CHECKS, *admission_committers.CHECKS),
    )
