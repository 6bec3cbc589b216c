"""Where staying on EMR is the better answer. Pure.

News of EMR that this goes by, read 2026-11-25: S3A is its default file system since 7.10; EMR Serverless 7.12
and later charge no storage for shuffle (AWS's own TPC-DS of 3 TB: 24.28 against 33.10 USD).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from emr.model.job import Cluster, Form
from emr.model.ledger import Level
from emr.translate import instances
from emr.translate.kit import FileResult

_NOT_SPARK: Final = {"NO_SPARK", "HADOOP_JAR", "HIVE"}
_S3A_SINCE: Final = (7, 10)


def sentences(results: Sequence[FileResult]) -> list[str]:
    """Reasons to stay, or to expect an easy move, each once.

    Args:
        results: what became of the files.
    """
    return list(dict.fromkeys(_reasons(results)))


def _reasons(results: Sequence[FileResult]) -> Iterator[str]:
    lost = [
        each
        for result in results
        for each in result.ledger.findings
        if each.level is Level.LOST and each.code in _NOT_SPARK
    ]
    if lost:
        places = ", ".join(sorted({each.value for each in lost if each.value})[:6])
        yield (
            f"Stay with what is not Spark ({places}): nothing here runs it, and a rewrite is a "
            f"project of its "
            f"own."
        )
    jobs = [each for result in results for each in result.applications]
    if results and not jobs:
        yield "Stay, or look elsewhere: no job of Spark was found."
    elif jobs and all(each.manifest is None for each in jobs):
        yield "Stay for now: every job is blocked; the questions below say by what."
    for result in results:
        for work in result.works:
            yield from _of_cluster(work.cluster)


def _of_cluster(cluster: Cluster) -> Iterator[str]:
    if cluster.form is Form.SERVERLESS:
        yield (
            "EMR Serverless costs nothing between runs, and from release 7.12 on its storage for "
            "shuffle is free: for few and "
            "short runs stay, unless the platform is there for others anyway. `spark-on-eks emr cost` "
            "compares."
        )
    elif cluster.form is Form.EKS:
        yield (
            "EMR on EKS already runs as pods: the nodes, roles and network stay; what goes is its fee "
            "and AWS's own "
            "Spark."
        )
    if cluster.label is not None and _reads_by_s3a(cluster.label.text):
        yield (
            f"{cluster.label.text} reads S3 by S3A, as this platform does: paths and commits "
            f"behave alike, the move is "
            f"easier."
        )
    workers = instances.workers(cluster)
    if cluster.form is Form.JOB_FLOW and 0 < workers <= 1:
        yield (
            "One worker node: this is too small for Spark. One process (DuckDB, Polars) on one "
            "machine may be all that it "
            "takes."
        )
    elif cluster.form is Form.JOB_FLOW and workers:
        yield (
            f"{workers} worker nodes that live only for their steps are cheap on EMR if they run few hours: "
            "`spark-on-eks emr cost --hours ... --runs ...` says from how many hours on the move pays."
        )


def _reads_by_s3a(label: str) -> bool:
    version = re.match(r"emr-(\d+)\.(\d+)", label)
    return version is not None and (int(version[1]), int(version[2])) >= _S3A_SINCE
