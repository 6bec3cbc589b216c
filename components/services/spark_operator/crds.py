"""The operator's CRDs as they land: with a type for all that it decodes, and a time to live. Pure.

The operator keeps a list of all jobs of all tenants. One object in it that does not decode into its Go types
fails the whole list: it hears of no job any more, and at its next start it does not come up at all
(kubeflow/spark-operator#2459). The API server refuses such an object only as far as the CRD says what fits,
and upstream's CRDs leave gaps, each tried against the API server and the operator's own decoder:

- `template` of drivers and executors takes anything (`containers: {name: x}`). Here it gets the schema of a
  PodTemplateSpec, from Kubernetes' own OpenAPI document.
- `format: int32` is not checked (`cores: 99999999999`), nor is the number in an int-or-string (a port).
- Where it says `format: date-time`, the API server takes a list (`creationTimestamp: []`); nothing that a
  tenant writes has that format here.
- The pattern of quantities takes `1e1.5`, which resource.ParseQuantity doesn't.

A default in the schema is the API server's to fill in, whoever makes the object and by whatever tool: so a
run that says nothing of its time to live has one, without a webhook and on every release of Kubernetes.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

TEMPLATE_SCHEMA: Final = Path(__file__).with_name("pod_template_schema.json")
"""Schema of a PodTemplateSpec; `python tests/data/generate.py pod-template` makes it."""

INT32: Final = (-(2**31), 2**31 - 1)
"""Least and greatest value of Go's int32."""

QUANTITY: Final = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,3})?$"
"""Texts that resource.ParseQuantity takes (k8s.io/apimachinery, pkg/api/resource/quantity.go)."""

LONGEST_QUANTITY: Final = 64
"""Characters of a quantity: no number of bytes or cores has more."""

APPLICATION: Final = "SparkApplication"
"""Kind of a run. A schedule's template gets no default: its runs get theirs when they are made."""

TIME_TO_LIVE: Final = "timeToLiveSeconds"
"""Its field: seconds from its end until the operator deletes it, and its pods with it."""

_INT_OR_STRING: Final = "x-kubernetes-int-or-string"
_ANYTHING: Final = "x-kubernetes-preserve-unknown-fields"
CRD: Final = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"

Schema = dict[str, Any]


@cache
def _template_schema() -> Schema:
    schema: Schema = json.loads(TEMPLATE_SCHEMA.read_text(encoding="utf-8"))
    return schema


def typed(schema: Mapping[str, Any]) -> Schema:
    """Close the gaps of one schema and of all below it.

    Args:
        schema: a structural schema (openAPIV3Schema), or a part of one.
    """
    closed = {key: _below(key, value) for key, value in schema.items()}
    if closed.get("format") == "int32":
        return {"minimum": INT32[0], "maximum": INT32[1], **closed}
    if not closed.get(_INT_OR_STRING):
        return closed
    if "pattern" in closed:
        return {**closed, "pattern": QUANTITY, "maxLength": LONGEST_QUANTITY}
    return {**closed, "minimum": INT32[0], "maximum": INT32[1]}


def _below(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: _property(name, part) for name, part in value.items()}
    if key in ("items", "additionalProperties") and isinstance(value, Mapping):
        return typed(value)
    return value


def _property(name: str, part: Mapping[str, Any]) -> Schema:
    if name == "template" and part.get(_ANYTHING) and "properties" not in part:
        kept = {key: value for key, value in part.items() if key not in (_ANYTHING, "type")}
        return typed({**kept, **_template_schema()})
    return typed(part)


def typed_definition(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Close the gaps in all versions of a CustomResourceDefinition.

    Args:
        spec: its spec.
    """
    versions = [
        {**version, "schema": {"openAPIV3Schema": typed(version["schema"]["openAPIV3Schema"])}}
        for version in spec["versions"]
    ]
    return {**spec, "versions": versions}


def with_time_to_live(spec: Mapping[str, Any], seconds: int) -> dict[str, Any]:
    """Give runs that say nothing of their time to live one, in all versions of a CustomResourceDefinition.

    Args:
        spec: its spec; only that of runs is changed.
        seconds: from a run's end until it is deleted.
    """
    if spec["names"]["kind"] != APPLICATION:
        return dict(spec)
    made: dict[str, Any] = copy.deepcopy(dict(spec))
    for version in made["versions"]:
        run = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
        run["properties"][TIME_TO_LIVE]["default"] = seconds
    return made
