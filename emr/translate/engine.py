"""Properties that mean something else here, or lose data if nobody acts. Pure."""

from __future__ import annotations

import re
import shlex
from typing import Final

from emr.model.ledger import Level
from emr.model.tree import Leaf
from emr.translate import paths, words
from emr.translate.answers import NO_CATALOG
from emr.translate.draft import ROLES, Draft

_SOURCES: Final = "org.apache.spark.sql.execution.datasources"
DYNAMIC_OVERWRITE: Final = {
    "spark.sql.sources.commitProtocolClass": f"{_SOURCES}.SQLHadoopMapReduceCommitProtocol",
    "spark.sql.parquet.output.committer.class": "org.apache.parquet.hadoop.ParquetOutputCommitter",
}
"""What has a dynamic partition overwrite replace partitions on both releases: a commit by renames. The magic
committer's protocol refuses it on 4.1, and appends on 3.5 where a committer is not magic (SPARK-56588)."""

_OVERWRITE: Final = "spark.sql.sources.partitionOverwriteMode"
_GLUE: Final = "AWSGlueDataCatalogHiveClientFactory"
_FACTORY: Final = re.compile(r"spark\.(hadoop\.)?hive\.metastore\.client\.factory\.class")
_IMPLEMENTATION: Final = "spark.sql.catalogImplementation"
_URIS: Final = "spark.hadoop.hive.metastore.uris"
_DATA_KEY: Final = re.compile(
    r"(?i)warehouse|checkpoint|(^|[._])(dir|directory|path|location|output|input)s?($|[._])"
)
_OF_PODS: Final = re.compile(r"spark\.(kubernetes\.(driver|executor)\.(annotation|label)|metrics\.conf|ui)\.")
_OLD_JVM: Final = re.compile(
    r"-XX:[+-]?(UseConcMarkSweepGC|UseParNewGC|CMS\w+|PrintGC\w*|PrintTenuringDistribution|PrintAdaptiveSizePolicy|PrintHeapAtGC|"
    r"PrintReferenceGC|PrintFlagsFinal|UseGCLogFileRotation|NumberOfGCLogFiles\S*|GCLogFileSize\S*|MaxPermSize\S*|PermSize\S*|"
    r"G1SummarizeConcMark|UseCompressedStrings|AggressiveOpts|CMSInitiatingOccupancyFraction\S*|OnOutOfMemoryError\S*)(=\S*)?|"
    r"-Xloggc:\S+|-Dlog4j\.configuration=\S+|-XX:MaxHeapFreeRatio=\S+"
)
_EMR_JARS: Final = re.compile(r"^(/usr/(lib|share)/|/etc/|/docker/|/home/hadoop/)|^:?$")


def settle(draft: Draft) -> None:
    """Settle all of it.

    Args:
        draft: of the job, its properties placed; what blocks it is noted.
    """
    catalog(draft)
    locations(draft)
    overwrite(draft)


def overwrite(draft: Draft) -> None:
    """Give a job that overwrites single partitions the committer with which that replaces them.

    Args:
        draft: whose properties are changed.
    """
    mode = draft.conf.get(_OVERWRITE)
    written = [
        each
        for each in draft.job.submission.arguments
        if re.search(r"(?i)partitionOverwriteMode\W+dynamic", each.text)
    ]
    dynamic = written[0] if written else mode if mode is not None and mode.text.lower() == "dynamic" else None
    if dynamic is None:
        _committer(draft)
        return
    for key, value in DYNAMIC_OVERWRITE.items():
        draft.conf[key] = dynamic.with_text(value)
    draft.note(
        dynamic,
        Level.CHANGED,
        "DYNAMIC_OVERWRITE",
        "this job replaces single partitions: with the committers for S3 it "
        "would fail or add rows to them; it commits by renames instead, which takes longer",
        "an Iceberg table does it without",
    )


def _committer(draft: Draft) -> None:
    """What a job says of committers: on 3.5 the protocol for S3 adds rows where a committer is not magic."""
    key = "spark.sql.sources.commitProtocolClass"
    found = draft.conf.get(key)
    if found is None or "PathOutputCommitProtocol" not in found.text or not draft.target.startswith("3."):
        return
    draft.note(
        found,
        Level.BY_HAND,
        "COMMITTER",
        "with this protocol a dynamic partition overwrite adds rows instead of "
        "replacing them (SPARK-56588); whether the program's code asks for one can't be seen here",
        "search the code for partitionOverwriteMode; if it is there, remove this property",
    )


def catalog(draft: Draft) -> None:
    """Decide which catalog of tables a job has.

    Args:
        draft: whose properties are changed.
    """
    keys = [key for key, value in draft.conf.items() if _FACTORY.fullmatch(key) and _GLUE in value.text]
    found = draft.conf[keys[0]] if keys else draft.work.glue
    for key in keys:
        del draft.conf[key]
    code, what = "GLUE_CATALOG", "the Glue catalog through Hive's client, which open-source Spark lacks"
    if found is None:
        found = draft.conf.get(_IMPLEMENTATION)
        named = any(key.endswith("hive.metastore.uris") for key in draft.conf)
        if found is None or found.text != "hive" or named:
            return
        code, what = "HIVE_CATALOG", "Hive's metastore, which stood on the cluster: no address is named"
    answer = draft.answers.catalog
    if answer == NO_CATALOG:
        draft.note(
            found,
            Level.CHANGED,
            "CATALOG",
            "left out: the answers say that the job uses no table by its name",
        )
        draft.conf.pop(_IMPLEMENTATION, None)
    elif answer:
        draft.note(
            found, Level.CHANGED, "CATALOG", f"tables come from the metastore {answer}, as the answers say"
        )
        draft.conf[_URIS] = found.with_text(answer)
        draft.conf[_IMPLEMENTATION] = found.with_text("hive")
    else:
        draft.note(
            found,
            Level.BLOCKED,
            code,
            f"{what}: a table that the job writes by its name would lie in a catalog of the driver alone, "
            "and the one that people read would keep the old rows",
            "write among the answers `catalog: none` if the job names no table, or `catalog: "
            "thrift://...`; tables of Iceberg: "
            'docs/emr-migration.md, "Tables"',
        )


def locations(draft: Draft) -> None:
    """Lead the paths in properties to S3.

    Args:
        draft: whose properties are changed.
    """
    for key, value in list(draft.conf.items()):
        if _OF_PODS.match(key):
            continue
        filled_in = words.templated(draft, draft.known(value))
        text, missing = paths.mapped(filled_in.text, key if _DATA_KEY.search(key) else "", draft.answers.path)
        for path in missing:
            _missing(draft, key, value, path)
        draft.conf[key] = value.with_text(words.s3(draft, text))


def _missing(draft: Draft, key: str, value: Leaf, path: str) -> None:
    if re.match(r"\w+:/", path) or _DATA_KEY.search(key):
        draft.note(
            value,
            Level.BLOCKED,
            "PATH",
            f"{key}: {path} is in HDFS or on a node's disk: here it is the disk of one pod, "
            "and what is written there is lost",
            f'write where it is in S3 among the answers: paths: {{"{path}": s3a://...}}',
        )
    else:
        draft.note(
            value,
            Level.BY_HAND,
            "PATH_IN_CONF",
            f"{key}: {path} is a path on EMR's nodes",
            "see whether the image has it",
        )


def java_options(draft: Draft, role: str) -> str:
    """A role's options for the JVM, without those that Java 17 refuses.

    Args:
        draft: of the job.
        role: driver or executor.
    """
    texts = []
    for key in (f"spark.{role}.defaultJavaOptions", f"spark.{role}.extraJavaOptions"):
        found = draft.conf.pop(key, None)
        if found is None:
            continue
        kept, gone = _split(draft.known(found).text)
        if gone:
            draft.note(
                found,
                Level.CHANGED,
                "JAVA_OPTIONS",
                f"Java 17 refuses {' '.join(gone)}, or the platform has its own",
            )
        if kept:
            texts.append(" ".join(kept))
    return " ".join(texts)


def _split(text: str) -> tuple[list[str], list[str]]:
    try:
        every = [shlex.quote(each) if " " in each else each for each in shlex.split(text)]
    except ValueError:
        every = text.split()
    gone = [each for each in every if _OLD_JVM.fullmatch(each.strip("'\""))]
    return [each for each in every if each not in gone], gone


def class_paths(draft: Draft) -> None:
    """Take EMR's own folders off the class paths.

    Args:
        draft: whose properties are changed.
    """
    for role in ROLES:
        for kind in ("extraClassPath", "extraLibraryPath"):
            key = f"spark.{role}.{kind}"
            found = draft.conf.get(key)
            if found is None:
                continue
            parts = found.text.split(":")
            kept = [each for each in parts if not _EMR_JARS.search(each)]
            if len(kept) < len(parts):
                draft.note(
                    found,
                    Level.CHANGED,
                    "CLASS_PATH",
                    f"{key}: folders of EMR's nodes, which no pod has",
                    "name the jars that the job needs in spec.deps.jars",
                )
            if kept:
                draft.conf[key] = found.with_text(":".join(kept))
            else:
                del draft.conf[key]
