"""Make the reference data of this folder: what Spark, Hadoop and the operator's chart themselves know.

    python tests/data/generate.py spark 4.1.2 DISTRIBUTION/jars hadoop-aws-3.4.2.jar
    python tests/data/generate.py known-properties DISTRIBUTION/jars OLDER/jars
    python tests/data/generate.py operator-chart charts/.upstream/spark-operator-chart
    python tests/data/generate.py prometheus-stack kube-prometheus-stack
    python tests/data/generate.py pod-template openapi-v1.json

The first two need a JDK (17 for Spark 4, 8 to 17 for 3.5) and the jars of that Spark release, as they lie in
the pyspark source distribution (`deps/jars`) or in an installed Spark (`jars`); the first also the hadoop-aws
of its Hadoop, the second the jars of the newest release and of the others. A new pin in
components/versions.py means one run of each and one reviewed difference.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

FOLDER = Path(__file__).resolve().parent
TEMPLATE_SCHEMA = (
    FOLDER.parents[1] / "components" / "services" / "spark_operator" / "pod_template_schema.json"
)
KNOWN_PROPERTIES = FOLDER.parents[1] / "components" / "spark" / "known_properties.txt"
S3A = "fs.s3a."
S3A_CLASSES = ("org.apache.hadoop.fs.s3a.Constants", "org.apache.hadoop.fs.s3a.commit.CommitConstants")
"""Where S3A declares its keys; core-default.xml leaves some out, such as fs.s3a.endpoint.region."""

COMPUTED = {
    "spark.sql.session.timeZone": "<this machine's time zone>",
    "spark.driver.host": "<this machine's address>",
    "spark.history.fs.numReplayThreads": "<a quarter of this machine's cores>",
}
"""Defaults that Spark computes from the machine: the data must not depend on where it was made."""


def spark(version: str, jars: Path, hadoop_aws: Path) -> Path:
    """Write `spark-config-keys-VERSION.json`: Spark's registry and S3A's keys, each with its default.

    Args:
        version: the release that the jars are of.
        jars: folder of the distribution's jars.
        hadoop_aws: the hadoop-aws jar of the Hadoop release that this Spark contains.

    Raises:
        FileNotFoundError: the folder holds no Spark core of that version, or no Hadoop client.
        subprocess.CalledProcessError: the JVM failed; its message is on stderr.
    """
    _only(jars, f"spark-core_*-{version}.jar")
    # Some defaults are paths below the working folder: "/" keeps this machine's out of the data.
    printed = _printed("java", "-cp", f"{jars.resolve()}/*", str(FOLDER / "SparkConfigKeys.java"))
    pairs = [line.split("\t", 1) for line in printed.splitlines()]
    target = FOLDER / f"spark-config-keys-{version}.json"
    _write(
        target,
        {
            "spark": version,
            "keys": {key: default for key, default in pairs if key.startswith("spark.")} | COMPUTED,
            "prefixes": sorted(value for key, value in pairs if key == "prefix"),
            "s3a": _s3a_declared(hadoop_aws.resolve())
            | _s3a_defaults(_only(jars, "hadoop-client-api-*.jar")),
        },
    )
    return target


def known_properties(jars: Path, *others: Path) -> Path:
    """Write `known_properties.txt`: what Spark reads as the value of each of its properties.

    A job names its release, or brings a Spark of its own: what one release takes is refused to none.

    Args:
        jars: folder of the newest release's jars.
        others: those of the other releases.

    Raises:
        subprocess.CalledProcessError: the JVM failed; its message is on stderr.
    """
    kinds = _kinds(jars)
    for each in others:
        kinds |= {key: _wider(kinds.get(key), kind) for key, kind in _kinds(each).items()}
    for file in sorted(FOLDER.glob("spark-config-keys-*.json")):
        read = json.loads(file.read_text(encoding="utf-8"))
        switches = {
            f"spark.hadoop.{key}": "boolean" if default in {"true", "false"} else "text"
            for key, default in read["s3a"].items()
        }
        kinds = dict.fromkeys(read["keys"], "text") | kinds | switches
    lines = "".join(f"{key} {kind}\n" for key, kind in sorted(kinds.items()))
    KNOWN_PROPERTIES.write_text(lines, encoding="utf-8")
    return KNOWN_PROPERTIES


def _kinds(jars: Path) -> dict[str, str]:
    """The kind of each property of a release."""
    source = (FOLDER / "SparkConfigKeys.java").read_text(encoding="utf-8")
    declaring = re.findall(r'"(org\.apache\.spark\.[A-Za-z0-9.]+)",', source)
    program = str(FOLDER / "SparkConfigKinds.java")
    printed = _printed("java", "-cp", f"{jars.resolve()}/*", program, *declaring)
    return dict(line.split(" ", 1) for line in printed.splitlines())


def _wider(newest: str | None, other: str) -> str:
    """A kind that takes what either release takes; where an older one looks later alone, the newest's."""
    if newest is None or " of " not in newest or " of " not in other:
        return newest or other
    manner, _, words = newest.partition(" of ")
    folded = manner == "any case"
    known = {each.lower() if folded else each for each in words.split(" ")}
    more = [
        each
        for each in other.partition(" of ")[2].split(" ")
        if (each.lower() if folded else each) not in known
    ]
    return f"{manner} of {' '.join(sorted([*words.split(' '), *more]))}"


def operator_chart(chart: Path) -> Path:
    """Write `spark-operator-values-VERSION.json`: every key of the chart's values.yaml, as dotted paths.

    Args:
        chart: folder of the unpacked upstream chart.
    """
    version = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))["version"]
    values = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
    target = FOLDER / f"spark-operator-values-{version}.json"
    _write(target, {"chart": version, "values": value_kinds(values)})
    return target


def prometheus_stack(chart: Path) -> Path:
    """Write `kube-prometheus-stack-VERSION.json`: keys of the chart and its parts, and the alerts it brings.

    Args:
        chart: folder of the unpacked upstream chart, with the charts that it depends on in its `charts`.
    """
    version = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))["version"]
    kinds = value_kinds(yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8")))
    for part in ("grafana", "kube-state-metrics", "prometheus-node-exporter"):
        own = yaml.safe_load((chart / "charts" / part / "values.yaml").read_text(encoding="utf-8"))
        kinds = value_kinds(own, part) | kinds
    texts = [path.read_text(encoding="utf-8") for path in (chart / "templates").rglob("*.yaml")]
    alerts = {name for text in texts for name in re.findall(r"- alert: (\w+)", text)}
    target = FOLDER / f"kube-prometheus-stack-{version}.json"
    _write(target, {"chart": version, "values": kinds, "alerts": sorted(alerts)})
    return target


def pod_template(openapi: Path) -> Path:
    """Write the operator's `pod_template_schema.json`: what fits into a PodTemplateSpec, as a CRD can say it.

    Args:
        openapi: a cluster's answer to `kubectl get --raw /openapi/v3/api/v1`.
    """
    document = json.loads(openapi.read_text(encoding="utf-8"))
    target = TEMPLATE_SCHEMA
    _write(target, template_schema(document))
    return target


def template_schema(document: dict[str, Any]) -> dict[str, Any]:
    """Make the structural schema of a PodTemplateSpec.

    Descriptions, defaults and hints for merging are left out: they would be most of it, and decide nothing.

    Args:
        document: Kubernetes' OpenAPI document of the core group.
    """
    return _structural(document["components"]["schemas"], {"$ref": f"#/{_CORE}.PodTemplateSpec"})


_CORE = "io.k8s.api.core.v1"
_META = "io.k8s.apimachinery.pkg"
_NUMBER_OR_TEXT = {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}
_TEXT = {"type": "string"}
_TEXTS = {"type": "object", "additionalProperties": _TEXT}
_SPECIAL: dict[str, dict[str, Any]] = {
    # Any pattern will do here: components/services/spark_operator/crds.py puts the right one there.
    f"{_META}.api.resource.Quantity": {**_NUMBER_OR_TEXT, "pattern": ""},
    f"{_META}.util.intstr.IntOrString": _NUMBER_OR_TEXT,
    # What a template can use of the metadata; the rest is an object's own.
    f"{_META}.apis.meta.v1.ObjectMeta": {
        "type": "object",
        "properties": {
            "annotations": _TEXTS,
            # Programs that write templates leave it there as null, and nothing else fits: with
            # `format: date-time` the API server takes a list as well, which the operator can't decode.
            "creationTimestamp": {"type": "string", "nullable": True, "minLength": 1, "maxLength": 0},
            "finalizers": {"type": "array", "items": _TEXT},
            "generateName": _TEXT,
            "labels": _TEXTS,
            "name": _TEXT,
            "namespace": _TEXT,
        },
    },
}


def _structural(schemas: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Resolve references, and keep what says which values fit."""
    (schema,) = schema.get("allOf", [schema])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {**_SPECIAL[name]} if name in _SPECIAL else _structural(schemas, schemas[name])
    kept: dict[str, Any] = {
        key: schema[key] for key in ("type", "format", "required", "nullable") if key in schema
    }
    if "properties" in schema:
        parts = sorted(schema["properties"].items())
        kept["properties"] = {name: _structural(schemas, part) for name, part in parts}
    below = {key: schema[key] for key in ("items", "additionalProperties") if key in schema}
    return kept | {key: _structural(schemas, part) for key, part in below.items()}


def value_kinds(values: Any, path: str = "") -> dict[str, str]:
    """Flatten a chart's values: dotted path to what may stand there.

    Returns:
        `any` for an empty map or null (free-form), else the YAML type: map, list, string, number or boolean.
    """
    if isinstance(values, dict) and values:
        found = {path: "map"} if path else {}
        for key, value in values.items():
            found |= value_kinds(value, f"{path}.{key}" if path else str(key))
        return found
    return {path: _kind(values)}


def _kind(value: Any) -> str:
    if value is None or value == {}:
        return "any"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "list" if isinstance(value, list) else "string"


def _printed(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd="/").stdout


def _s3a_declared(hadoop_aws: Path) -> dict[str, str]:
    """S3A's keys out of its classes, which do not tell the defaults."""
    declared = _printed("javap", "-constants", "-cp", str(hadoop_aws), *S3A_CLASSES)
    keys = re.findall(rf'= "({re.escape(S3A)}[a-z0-9.-]*[a-z0-9])";', declared)
    return dict.fromkeys(keys, "<not in core-default.xml>")


def _s3a_defaults(client_jar: Path) -> dict[str, str]:
    """S3A's keys and defaults out of Hadoop's core-default.xml."""
    with zipfile.ZipFile(client_jar) as archive:
        root = ElementTree.fromstring(archive.read("core-default.xml"))  # noqa: S314 - Hadoop's own file
    found = {
        (item.findtext("name") or "").strip(): " ".join((item.findtext("value") or "").split())
        for item in root.iter("property")
    }
    return {key: value for key, value in sorted(found.items()) if key.startswith(S3A)}


def _only(folder: Path, pattern: str) -> Path:
    matches = sorted(folder.glob(pattern))
    if len(matches) != 1:
        raise FileNotFoundError(
            f"{folder}: {len(matches)} files match {pattern}, one is needed; give the jars of that release"
        )
    return matches[0]


def _write(target: Path, data: dict[str, Any]) -> None:
    target.write_text(json.dumps(data, indent=0, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run one of the commands; the module's text says how."""
    match arguments:
        case ["spark", version, jars, hadoop_aws]:
            target = spark(version, Path(jars), Path(hadoop_aws))
        case ["known-properties", jars, *others]:
            target = known_properties(Path(jars), *map(Path, others))
        case ["operator-chart", chart]:
            target = operator_chart(Path(chart))
        case ["prometheus-stack", chart]:
            target = prometheus_stack(Path(chart))
        case ["pod-template", openapi]:
            target = pod_template(Path(openapi))
        case _:
            sys.stderr.write(str(__doc__))
            return 2
    sys.stdout.write(f"{target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
