"""Classifications of EMR: which properties they set, and what becomes of the others. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from typing import Final

from emr.model.job import Property
from emr.model.ledger import End, Finding, Ledger, Level
from emr.model.tree import Leaf, Node, items, leaf, shown
from emr.tables import table
from emr.translate.secrets import masked

_GLUE: Final = "AWSGlueDataCatalogHiveClientFactory"
_EMRFS: Final = {
    "fs.s3.maxConnections": "spark.hadoop.fs.s3a.connection.maximum",
    "fs.s3.maxRetries": "spark.hadoop.fs.s3a.attempts.maximum",
    "fs.s3.enableServerSideEncryption": "",
    "fs.s3.serverSideEncryption.kms.keyId": "spark.hadoop.fs.s3a.encryption.key",
    "fs.s3.canned.acl": "spark.hadoop.fs.s3a.acl.default",
    "fs.s3.multipart.th.fraction.parts.completed": "",
    "fs.s3n.multipart.uploads.split.size": "spark.hadoop.fs.s3a.multipart.size",
}
_KEPT_OF_HADOOP: Final = re.compile(
    r"io\.compression\..*|mapreduce\.(input|output)\.fileinputformat\.(?!output).*"
)
_KEPT_OF_HIVE: Final = re.compile(
    r"hive\.metastore\.(uris|client\.socket\.timeout|warehouse\.dir)|hive\.exec\.(dynamic\.partition.*|max\.dynamic.*)"
)


@dataclass(kw_only=True)
class Settings:
    """What classifications say.

    Args:
        properties: of Spark.
        environment: variables of driver and executors.
        maximize: whether one executor has a node for itself.
        glue: where the Glue catalog is named; None if it is not.
    """

    properties: list[Property] = field(default_factory=list)
    environment: list[Property] = field(default_factory=list)
    maximize: bool = False
    glue: Leaf | None = None


def read(configurations: list[Node], ledger: Ledger) -> Settings:
    """Read a list of classifications.

    Args:
        configurations: each with `Classification`, `Properties` and `Configurations` in any writing.
        ledger: where the account is kept.
    """
    settings = Settings()
    for each in configurations:
        _one(_named(each), settings, ledger, "")
    return settings


def _named(node: Node) -> dict[str, Node]:
    return {key[:1].upper() + key[1:]: part for key, part in node.items()} if isinstance(node, dict) else {}


def _one(tree: dict[str, Node], settings: Settings, ledger: Ledger, outer: str) -> None:
    name_leaf = leaf(tree, "Classification")
    name = name_leaf.text if name_leaf else ""
    if name_leaf is not None:
        ledger.use(name_leaf)
    properties = tree.get("Properties")
    for key, value in properties.items() if isinstance(properties, dict) else ():
        if isinstance(value, Leaf):
            _property(outer or name, key, value, settings, ledger)
    for inner in items(tree, "Configurations"):
        _one(_named(inner), settings, ledger, outer or name)


def _property(name: str, key: str, value: Leaf, settings: Settings, ledger: Ledger) -> None:
    note = partial(_note, ledger, value, name, key)
    if name == "spark-defaults":
        settings.properties.append(Property(key=key, value=value, source=name))
    elif name == "spark" and key == "maximizeResourceAllocation":
        settings.maximize = value.text.lower() == "true"
        ledger.use(value)
    elif name == "spark-env":
        settings.environment.append(Property(key=key, value=value, source=name))
    elif name in {"spark-hive-site", "hive-site"}:
        _hive(name, key, value, settings, ledger)
    elif name == "emrfs-site":
        _emrfs(name, key, value, settings, ledger)
    elif name in {"core-site", "mapred-site", "hdfs-site"} and _KEPT_OF_HADOOP.fullmatch(key):
        settings.properties.append(Property(key=f"spark.hadoop.{key}", value=value, source=name))
    elif name == "yarn-site" and key.endswith(("pmem-check-enabled", "vmem-check-enabled")):
        note(
            Level.BY_HAND,
            "MEMORY_CHECK",
            "YARN lets a job outgrow its memory there; the kernel ends a pod that does",
            "raise memoryOverhead, or find what the job really takes (docs/signals.md)",
        )
    else:
        _by_table(name, key, value, ledger)


def _hive(name: str, key: str, value: Leaf, settings: Settings, ledger: Ledger) -> None:
    note = partial(_note, ledger, value, name, key)
    if _GLUE in value.text:
        settings.glue = value
        ledger.use(value)
    elif key.startswith("javax.jdo.option"):
        note(
            Level.BY_HAND,
            "METASTORE_DATABASE",
            "a metastore in the job itself, with the database's password in the input",
            "run a Hive metastore as a service, and answer `catalog: thrift://...`; change the password",
        )
    elif _KEPT_OF_HIVE.fullmatch(key):
        settings.properties.append(Property(key=f"spark.hadoop.{key}", value=value, source=name))
    elif "glue" in key:
        note(
            Level.CHANGED,
            "GLUE",
            "a setting of the Glue catalog's client for Hive",
            "",
        )
    else:
        note(
            Level.CHANGED,
            "HIVE_SITE",
            "a setting of Hive that Spark does not read",
            "",
        )


def _emrfs(name: str, key: str, value: Leaf, settings: Settings, ledger: Ledger) -> None:
    note = partial(_note, ledger, value, name, key)
    target = _EMRFS.get(key)
    if target:
        settings.properties.append(Property(key=target, value=value, source=name))
    elif key == "fs.s3.enableServerSideEncryption" and value.text.lower() == "true":
        note(
            Level.CHANGED,
            "ENCRYPTION",
            "the bucket encrypts what is written to it",
            "set the bucket's default encryption; a key of your own: spark.hadoop.fs.s3a.encryption.key",
        )
    elif ".cse." in key:
        note(
            Level.BLOCKED,
            "CLIENT_SIDE_ENCRYPTION",
            "objects that EMRFS has encrypted can't be read here, and new ones would lie there in clear",
            "re-encrypt them with SSE-KMS before the move",
        )
    elif "CredentialsProvider" in key:
        note(
            Level.BY_HAND,
            "CREDENTIALS_PROVIDER",
            "a class of the AWS SDK 1",
            "a job's rights are those of its namespace; a role of another account: ask for one",
        )
    else:
        note(
            Level.CHANGED,
            "EMRFS",
            "a setting of EMRFS, in whose place S3A is here",
            "",
        )


def _by_table(name: str, key: str, value: Leaf, ledger: Ledger) -> None:
    note = partial(_note, ledger, value, name, key)
    for row in table("classifications.yaml"):
        if any(fnmatchcase(name, pattern) for pattern in row["names"]):
            note(Level(row["level"]), row["code"], row["why"], row.get("do", ""))
            return
    note(
        Level.BY_HAND,
        "UNKNOWN_CLASSIFICATION",
        f"{name or 'a classification without a name'} is none that this kit knows",
        "find out whether a job needs it",
    )


def _note(
    ledger: Ledger, value: Leaf, name: str, key: str, level: Level, code: str, why: str, todo: str
) -> None:
    ledger.note(
        Finding(
            at=value.at,
            level=level,
            code=code,
            why=f"{name} {key}: {why}",
            todo=todo,
            value=masked(shown(value.text), key),
            end=End.DROPPED if level is Level.EXACT else End.REPORTED,
        )
    )
