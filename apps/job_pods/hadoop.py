"""The ConfigMap of Hadoop's files that a job names: what they say counts, or the job is not submitted.

The driver reads the files from a folder of its class path, and Spark's properties after them. So what the
platform sets for every job would hide the same words of a file, and a committer that needs a place of all
pods would be chosen past the rule for `sparkConf` and `hadoopConf`
(components/tenants/admission_committers.py): no rule of the API server can look into another object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote
from xml.etree import ElementTree

from .api import Api
from .sharing import shares_a_disk

Json = dict[str, Any]

FILE: Final = "-site.xml"
"""How the files end that Hadoop reads."""

BY_PROPERTY: Final = "spark.kubernetes.hadoop.configMapName"
"""Spark's own property for the same (HadoopConfDriverFeatureStep)."""

PREFIX: Final = "spark.hadoop."

COMMITTER: Final = r"fs\.s3a\.(bucket\.[^=]+\.)?committer\.name"
STAGED: Final = ("directory", "partitioned", "staging")
FACTORIES: Final = r"mapreduce\.outputcommitter\.factory\.(class|scheme\.[^.=]+)"
STAGING_FACTORY: Final = r"(Directory|Partitioned|)StagingCommitterFactory"
STAGING: Final = "fs.s3a.committer.staging.tmp.path"
"""As in components/spark/shared_properties.py; a test compares them."""

DEFAULT_FS: Final = "fs.defaultFS"
WAREHOUSE: Final = "spark.sql.warehouse.dir"
NAMESPACE: Final = "/${spark.kubernetes.namespace}/"

KEYS: Final[Mapping[str, str]] = {
    "fs.s3a.access.key": "AWS_ACCESS_KEY_ID",
    "fs.s3a.secret.key": "AWS_SECRET_ACCESS_KEY",
    "fs.s3a.session.token": "AWS_SESSION_TOKEN",
}
"""Hadoop's properties for which Spark takes the environment first, with the variable
(SparkHadoopUtil.appendS3CredentialsFromEnvironment)."""

_SECRET: Final = re.compile(r"secret|password|token|access[.]?key", re.IGNORECASE)
"""Names whose values no message repeats, as Spark's own spark.redaction.regex."""


def hadoop_fault(
    api: Api, application: Json, given: Mapping[str, str], defaults: Mapping[str, str]
) -> str | None:
    """Say what of a job's ConfigMap would not be as it is written; None if all is, or there is none.

    One that does not exist yet is none: its pods wait for it.

    Args:
        api: the API server.
        application: the SparkApplication.
        given: properties that the operator's options have, the job's own among them.
        defaults: the platform's, of the release that the job names.
    """
    name = application["spec"].get("hadoopConfigMap") or given.get(BY_PROPERTY)
    if not name:
        return None
    namespace = application["metadata"]["namespace"]
    answer = api.call(
        "GET", f"/api/v1/namespaces/{quote(namespace, safe='')}/configmaps/{quote(name, safe='')}"
    )
    if not answer.ok:
        return None
    words: dict[str, str] = {}
    for file, text in sorted((answer.body.get("data") or {}).items()):
        if file.endswith(FILE):
            try:
                words.update(_properties(text))
            except ElementTree.ParseError as error:
                return f"{file} in the ConfigMap {name} is no XML of Hadoop's: {error}; the driver would end"
    words = {key: value for key, value in words.items() if PREFIX + key not in given}
    return _hidden(name, words, given, defaults) or _staged(
        name, namespace, application, words, given, defaults
    )


def _properties(text: str) -> Iterator[tuple[str, str]]:
    """Read a file of Hadoop's: names and values, without blanks around them."""
    if "<!ENTITY" in text:
        raise ElementTree.ParseError("it declares entities")
    # No entities, so nothing grows; expat fetches nothing.
    for each in ElementTree.fromstring(text).iter("property"):  # noqa: S314
        yield (each.findtext("name") or "").strip(), (each.findtext("value") or "").strip()


def _hidden(
    name: str, words: Mapping[str, str], given: Mapping[str, str], defaults: Mapping[str, str]
) -> str | None:
    """What the platform's own properties, or keys, would take the place of."""
    variables = {
        key: variable
        for key, variable in KEYS.items()
        if key in words and f"spark.kubernetes.driver.secretKeyRef.{variable}" in {**defaults, **given}
    }
    if variables:
        return (
            f"{', '.join(variables)} in the ConfigMap {name} would not count: the pods have "
            f"{', '.join(variables.values())}, which Spark takes first. Write keys of your own into "
            "spec.driver.envSecretKeyRefs and spec.executor.envSecretKeyRefs, and remove them there"
        )
    hidden = {
        key: value for key, value in words.items() if defaults.get(PREFIX + key, value).strip() != value
    }
    if not hidden:
        return None
    said = ", ".join(key if _SECRET.search(key) else f"{key}: {value}" for key, value in hidden.items())
    return (
        f"{said} in the ConfigMap {name} would not count: the platform sets that for every job. Write it "
        "into spec.hadoopConf, which comes after, or remove it there"
    )


def _staged(
    name: str,
    namespace: str,
    application: Json,
    words: Mapping[str, str],
    given: Mapping[str, str],
    defaults: Mapping[str, str],
) -> str | None:
    """A committer that keeps what waits for the commit where not all pods of the job are."""
    chosen = [
        f"{key}: {value}"
        for key, value in words.items()
        if (re.fullmatch(COMMITTER, key) and value in STAGED)
        or (re.fullmatch(FACTORIES, key) and re.search(f"{STAGING_FACTORY}$", value))
    ]

    def says(key: str) -> str:
        return given.get(PREFIX + key, words.get(key, defaults.get(PREFIX + key, ""))).strip()

    if not chosen:
        return None
    store, place = re.match("((?:s3[an]?|hdfs)://[^/]+)", says(DEFAULT_FS)), says(STAGING)
    if store is None:
        shared = shares_a_disk(application, given) and re.match("(file:)?/", place) is not None
    else:
        address = store[1] + place if place.startswith("/") else place
        shared = address.startswith(f"{store[1]}/") and not _is_others(address, namespace, defaults)
    if shared:
        return None
    return (
        f"{', '.join(chosen)} in the ConfigMap {name} can not be used: such a committer keeps what waits for "
        f"the commit in a place that all pods share, and {STAGING} is {place or 'not there'}, in "
        f"{DEFAULT_FS} {store[1] if store else 'on the disk of each pod'}. Write magic there, or remove it"
    )


def _is_others(address: str, namespace: str, defaults: Mapping[str, str]) -> bool:
    """Whether it is in the bucket of the tenants' folders, and not in the namespace's own."""
    bucket, found, _ = defaults.get(WAREHOUSE, "").partition(NAMESPACE)
    mine, theirs = (re.sub("^s3[an]?:", "", each) for each in (f"{bucket}/{namespace}/", f"{bucket}/"))
    plain = re.sub("^s3[an]?:", "", address)
    return bool(found) and plain.startswith(theirs) and not plain.startswith(mine)
