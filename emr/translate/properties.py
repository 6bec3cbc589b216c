"""Which properties a job has today, and what each is called here: the table `keys.yaml`. Pure."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from components.spark.submission import KUBERNETES_PATTERN, RESERVED_PATTERN
from emr.model.job import Property
from emr.model.ledger import Finding, Level
from emr.model.tree import Leaf
from emr.tables import hive_keys, spark_keys, table
from emr.translate import paths
from emr.translate.draft import Draft
from emr.translate.secrets import inside, masked, named
from emr.translate.secrets import key as key_of

OF_OPTION: Final = {
    "--driver-memory": "spark.driver.memory",
    "--driver-cores": "spark.driver.cores",
    "--executor-memory": "spark.executor.memory",
    "--executor-cores": "spark.executor.cores",
    "--num-executors": "spark.executor.instances",
    "--jars": "spark.jars",
    "--files": "spark.files",
    "--archives": "spark.archives",
    "--py-files": "spark.submit.pyFiles",
    "--packages": "spark.jars.packages",
    "--exclude-packages": "spark.jars.excludes",
    "--repositories": "spark.jars.repositories",
    "--driver-class-path": "spark.driver.extraClassPath",
    "--driver-default-class-path": "spark.driver.defaultExtraClassPath",
    "--driver-library-path": "spark.driver.extraLibraryPath",
    "--driver-java-options": "spark.driver.extraJavaOptions",
    "--queue": "spark.yarn.queue",
    "--keytab": "spark.kerberos.keytab",
    "--principal": "spark.kerberos.principal",
    "--deploy-mode": "spark.submit.deployMode",
    "--master": "spark.master",
    "--name": "spark.app.name",
    "--remote": "spark.remote",
}
"""Option -> the property that it sets and beats (SparkSubmitArguments of 3.5.8)."""

FREE: Final = (
    "spark.hadoop.",
    "spark.sql.catalog.",
    "spark.metrics.conf.",
    "spark.hive.",
    "spark.executor.resource.",
    "spark.driver.resource.",
    "spark.task.resource.",
    "spark.kubernetes.driver.",
    "spark.kubernetes.executor.",
)
"""Beginnings of properties that Spark hands on, whatever follows."""

_EMR_CLASSES: Final = re.compile(
    r"com\.amazon\.(ws\.)?emr|com\.amazonaws\.emr|Emr(Optimized|FileSystem)|EMRFS|SQLEmr|s3\.EmrFileSystem"
)


def effective(draft: Draft) -> dict[str, Property]:
    """The properties that count: an option beats `--conf`, and that beats a classification.

    Args:
        draft: of the job; what is beaten is noted.
    """
    found: dict[str, Property] = {}
    layers: list[Property] = list(draft.work.cluster.properties)
    options: list[Property] = []
    for option in draft.job.submission.options:
        if option.name == "--conf" and option.value is not None:
            key, equals, value = option.value.text.partition("=")
            if not equals:
                draft.note(
                    option.value,
                    Level.BLOCKED,
                    "CONF",
                    "--conf without `=`: Spark refuses it",
                    "write key=value",
                )
                continue
            layers.append(Property(key=key.strip(), value=option.value.with_text(value), source="--conf"))
            draft.ledger.use(option.word)
        elif option.name in OF_OPTION and option.value is not None:
            options.append(Property(key=OF_OPTION[option.name], value=option.value, source=option.name))
            draft.ledger.use(option.word)
    for each in [*layers, *options]:
        if (beaten := found.get(each.key)) is not None and beaten.value.text != each.value.text:
            draft.note(
                beaten.value,
                Level.EXACT,
                "OVERRIDDEN",
                f"{each.key} is set again by {each.source}, which counts",
                name=each.key,
            )
        elif beaten is not None:
            draft.ledger.use(beaten.value)
        found[each.key] = each
    return found


def place(draft: Draft, found: dict[str, Property]) -> None:
    """Put each property where it belongs here.

    Args:
        draft: of the job; what goes is noted.
        found: key -> the property that counts.
    """
    for each in found.values():
        _place(draft, each)


def _place(draft: Draft, found: Property) -> None:
    key, value = found.key, found.value
    if not key.startswith("spark."):
        draft.note(
            value,
            Level.EXACT,
            "NO_SPARK_KEY",
            f"{key} does not begin with spark.: Spark ignores it",
            name=key,
        )
        return
    row, match = _row(key)
    if row is None or row["to"] == "keep":
        keep(draft, key, value)
        return
    to = match.expand(str(row["to"])) if match else str(row["to"])
    level, why = Level(row["level"]), f"{key}: {row['why']}"
    if to == "drop":
        _drop(draft, found, row, level, why)
    elif to in ("driver env", "executor env"):
        _variable(draft, to.partition(" ")[0], match[1] if match else "", value)
    elif to == "retries":
        draft.retries = max(draft.retries, int(value.text) - 1) if value.text.isdigit() else draft.retries
        draft.note(value, level, row["code"], why)
    else:
        if level is not Level.EXACT:
            draft.note(value, level, row["code"], why, row.get("do", ""), name=key)
        keep(draft, to, value)


def _drop(draft: Draft, found: Property, row: dict[str, Any], level: Level, why: str) -> None:
    value = found.value
    if (row["code"] == "MODE" and found.key != "spark.remote" and value.text in ("client", "local")) or (
        row["code"] == "MODE" and value.text.startswith("local[")
    ):
        level = Level.CHANGED
        why = (
            f"{found.key}: the driver ran where the command was called, with that machine's files; "
            f"here it has a "
            f"pod"
        )
    if row["code"] == "KEYS":
        draft.ledger.note(_finding_masked(draft, found, level, row, why))
        return
    draft.note(value, level, row["code"], why, row.get("do", ""), name=found.key)


def _finding_masked(draft: Draft, found: Property, level: Level, row: dict[str, Any], why: str) -> Finding:
    return Finding(
        at=found.value.at,
        level=level,
        code=row["code"],
        why=why,
        todo=row.get("do", ""),
        value="***",
        job=draft.job.name,
        job_at=draft.job.at,
    )


@cache
def _rules() -> tuple[tuple[re.Pattern[str] | None, frozenset[str], dict[str, Any]], ...]:
    return tuple(
        (re.compile(row["match"]) if "match" in row else None, frozenset(row.get("keys", ())), row)
        for row in table("keys.yaml")
    )


def _row(key: str) -> tuple[dict[str, Any] | None, re.Match[str] | None]:
    for pattern, keys, row in _rules():
        if key in keys:
            return row, None
        if pattern is not None and (match := pattern.fullmatch(key)):
            return row, match
    return None, None


def keep(draft: Draft, key: str, value: Leaf) -> None:
    """Keep a property, if it may be kept and its value is no secret.

    Args:
        draft: of the job.
        key: what it is called here.
        value: its value.
    """
    if re.search(RESERVED_PATTERN, key) and key != "spark.jars.packages":
        draft.note(
            value,
            Level.CHANGED,
            "PLATFORM",
            f"{key} acts where a job is submitted: the platform sets it",
            name=key,
        )
        return
    if key.startswith("spark.kubernetes.") and not re.search(KUBERNETES_PATTERN, key):
        draft.note(
            value,
            Level.CHANGED,
            "PLATFORM",
            f"{key} acts where a job is submitted: the platform sets it",
            name=key,
        )
        return
    if _EMR_CLASSES.search(value.text):
        draft.note(
            value,
            Level.CHANGED,
            "EMR_OWN",
            f"{key} names a class of AWS's own Spark, which is in no image here",
        )
        return
    if named(key, value.text) or inside(f"{key}={value.text}"):
        draft.note(
            value,
            Level.BY_HAND,
            "SECRET",
            f"{key} is a secret in clear",
            f"change it; put it into the Secret {draft.secret_name}, and have the program read it from its "
            "environment",
            name=f"{key} password",
        )
        return
    known = key in spark_keys(draft.target) | hive_keys(draft.target) or key.startswith(FREE)
    if not known:
        draft.note(
            value,
            Level.BY_HAND,
            "UNKNOWN_KEY",
            f"Spark {draft.target} does not know {key}: it is kept for whoever reads it",
            "see whether a library of the job reads it; a slip of the pen has no effect",
            name=key,
        )
    draft.ledger.use(value)
    draft.conf[key] = value


def _variable(draft: Draft, role: str, name: str, value: Leaf) -> None:
    """A variable of a role; a secret becomes a reference."""
    if name == "JAVA_HOME" or (name.startswith("PYSPARK") and value.text.startswith("/")):
        draft.note(
            value, Level.CHANGED, "IMAGE_PATH", f"{name} is a path on EMR's nodes: the image has its own"
        )
        return
    if name in ("SPARK_HOME", "HADOOP_HOME", "HADOOP_CONF_DIR", "YARN_CONF_DIR", "LD_LIBRARY_PATH"):
        draft.note(
            value, Level.CHANGED, "IMAGE_PATH", f"{name} is a path on EMR's nodes: the image has its own"
        )
        return
    if named(name, value.text) or inside(f"{name}={value.text}"):
        reference(draft, role, name, value)
        return
    known = draft.known(value)
    draft.ledger.use(known)
    if known.text.startswith(("hdfs:", "viewfs:")):
        text, missing = paths.mapped(known.text, "", draft.answers.path)
        known = known.with_text(text)
        for path in missing:
            draft.note(
                known,
                Level.BLOCKED,
                "PATH",
                f"{name}: {path} is in HDFS, which no pod has",
                f'write where it is in S3 among the answers: paths: {{"{path}": s3a://...}}',
            )
    elif known.text.startswith(("/", "file:")):
        draft.note(
            known,
            Level.BY_HAND,
            "PATH_IN_ENVIRONMENT",
            f"{name} is a path on EMR's nodes",
            "see whether the image has it; data must lie in S3",
        )
    draft.environment[role][name] = known.text


def reference(draft: Draft, role: str, name: str, value: Leaf) -> str:
    """Have a secret come from the job's Secret; gives the variable's name.

    Args:
        draft: of the job.
        role: whose variable it is.
        name: of the variable.
        value: the secret.
    """
    draft.secrets[role][name] = key_of(name)
    draft.note(
        value,
        Level.BY_HAND,
        "SECRET",
        f"{masked(name)} is a secret in clear: it comes from the Secret {draft.secret_name}, key "
        f"{key_of(name)}",
        "change it, and make that Secret in the job's namespace before its first run",
        name=f"{name} password",
    )
    return name


def environment(draft: Draft) -> None:
    """Variables of `spark-env` and of the command itself: both roles get the first, the driver the second.

    Args:
        draft: which gets the variables.
    """
    for each in draft.work.cluster.environment:
        value = draft.known(each.value)
        _variable(draft, "driver", each.key, value)
        if each.source == "spark-env":
            _variable(draft, "executor", each.key, value)
