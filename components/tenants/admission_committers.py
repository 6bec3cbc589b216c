"""Where a job keeps what waits for the commit: S3A's staging committers need a place of all pods. Pure.

Each task writes to its own disk, uploads, and leaves a list of its uploads in Hadoop's default file system,
in `fs.s3a.committer.staging.tmp.path`, whose default is `tmp/staging` below the user's home (Paths of
hadoop-aws 3.4.2). The driver completes what it finds listed there. Without a default file system that is each
pod's own disk: the driver finds nothing, and the job succeeds without a row. In a store it is outside of the
tenant's folder, unless the job says otherwise, and refused once the job has computed.
"""

from __future__ import annotations

import re
from typing import Final

from components.domain import JOB_NAMESPACE
from components.spark.shared_properties import COMMITTER, FACTORIES, STAGED, STAGING, STAGING_FACTORY
from components.tenants.admission_policy import HADOOP, Check, quoted

DEFAULT_FS: Final = "fs.defaultFS"
"""Hadoop's default file system, to which every path without a scheme belongs; the pod's own disk if unset."""

SCHEME: Final = "^[A-Za-z][A-Za-z0-9+.-]*:"

STORES: Final = "^(s3[an]?|hdfs)://[^/]"
"""Addresses that mean the same in every pod: a bucket, or an HDFS by its name node."""

_STAGED: Final = f"^({'|'.join(STAGED)})"

_SECTIONS: Final = (("variables.hadoop", ""), ("variables.conf", "spark.hadoop."))
"""Where a job says Hadoop's properties, and what stands before their names there."""


def _said(key: str) -> str:
    """What a job says of one of Hadoop's properties, in either section; as a list in CEL."""
    return " + ".join(
        f"('{before}{key}' in {section} ? [{section}['{before}{key}'].trim()] : [])"
        for section, before in _SECTIONS
    )


def _with(keys: str, values: str) -> str:
    """Properties of Hadoop whose names and values are of these patterns, as written; a list in CEL."""
    return " + ".join(
        f"{section}.filter(key, key.matches(r'^{re.escape(before)}{keys}$') && "
        f"{section}[key].trim().matches(r'{values}$')).map(key, key + ': ' + {section}[key])"
        for section, before in _SECTIONS
    )


def variables(default_fs: str, warehouse: str) -> dict[str, str]:
    """Make the parts that the rules share; they build on `job`, `conf` and `shared`.

    Args:
        default_fs: Hadoop's default file system of a job that names none; what is no store is the pod's disk.
        warehouse: the stack's folder of tables, in the bucket in which each tenant has a folder.
    """
    stacks = quoted([default_fs] if re.fullmatch(f"{STORES}[^']*", default_fs) else [])
    bucket = re.match(rf"s3a://([^/']+)/{re.escape(JOB_NAMESPACE)}/", warehouse)
    folders = f"^s3[an]?://{re.escape(bucket[1])}/" if bucket else "^$"
    return {
        "hadoop": HADOOP,
        "bases": f"({_said(DEFAULT_FS)}).size() == 0 ? {stacks} : {_said(DEFAULT_FS)}",
        "based": f"variables.bases.size() > 0 && variables.bases.all(each, each.matches('{STORES}'))",
        # Hadoop reads no more of it than scheme and host.
        "root": (
            "variables.based ? variables.bases[0].split('/')[0] + '//' + "
            "variables.bases[0].split('/')[2] : ''"
        ),
        "staged": f"{_with(COMMITTER, _STAGED)} + {_with(FACTORIES, STAGING_FACTORY)}",
        "places": _said(STAGING),
        # A path below the home of the user is in nobody's folder.
        "addresses": (
            f"variables.places.map(each, each.matches('{SCHEME}') ? each : "
            "(each.startsWith('/') ? variables.root + each : ''))"
        ),
        "outside": (
            f"variables.addresses.exists(each, each.matches(r'{folders}') && "
            f"!each.matches(r'{folders}' + request.namespace + '/[^/]'))"
        ),
    }


_ON_A_DISK: Final = (
    "variables.shared && !variables.based && variables.places.size() > 0 && "
    "variables.places.all(each, each.matches('^(file:)?/'))"
)
# A place outside of the default file system ends the job ("Wrong FS").
_IN_A_STORE: Final = (
    "variables.bases.size() == 1 && variables.based && variables.places.size() > 0 && !variables.outside && "
    "variables.addresses.all(each, each.startsWith(variables.root + '/'))"
)
_PLACE: Final = "(variables.places.size() == 0 ? 'and is not there' : 'not ' + variables.places.join(', '))"
_CURE: Final = (
    f"(variables.based ? '{STAGING} must be a folder of the namespace in {DEFAULT_FS}, ' + {_PLACE} + "
    "'. Write magic, or remove it; or write ' + variables.root + '/' + request.namespace + '/staging' : "
    f"(variables.shared ? '{STAGING} must be a folder on the volume that they share, as file:/, ' + {_PLACE} "
    "+ '. Write it, or magic' : 'they share none; a place in a store counts if "
    f"{DEFAULT_FS} is that store. Write magic, or remove it'))"
)

PROTOCOL: Final = "spark.sql.sources.commitProtocolClass"
OVERWRITE: Final = "spark.sql.sources.partitionOverwriteMode"

_STAGED_PLACE: Final = Check(
    f"variables.staged.size() == 0 || ({_ON_A_DISK}) || ({_IN_A_STORE})",
    "'spec can not have ' + variables.staged.join(', ') + ': such a committer keeps what waits for the "
    f"commit in a place that all pods share, and ' + {_CURE}",
    "the driver finds nothing to commit, and the output is empty; or the store refuses the place at the end",
)

_APPENDED: Final = Check(
    f"!variables.conf[?'{PROTOCOL}'].orValue('').trim().endsWith('.PathOutputCommitProtocol') || "
    f"variables.conf[?'{OVERWRITE}'].orValue('').trim().lowerAscii() != 'dynamic' || "
    "!variables.job.sparkVersion.matches('^(3[.]|4[.]0)')",
    f"'spec.sparkConf can not have {OVERWRITE}: dynamic beside {PROTOCOL}: PathOutputCommitProtocol in Spark "
    "' + variables.job.sparkVersion + ', which would add to a partition what should take its place "
    f"(SPARK-56588). Remove {PROTOCOL}, and what else names the committer'",
    "a partition that is overwritten keeps its rows, and the job succeeds",
)

CHECKS: Final = (_STAGED_PLACE, _APPENDED)
"""The rules."""
