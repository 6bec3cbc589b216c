"""What an API server and pulumi-kubernetes know of kinds: scopes, and what can't be changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import jsonschema

CLUSTER_SCOPED: Final = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "FlowSchema",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)
"""Built-in kinds without a namespace."""

NAMESPACES: Final = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})
"""Namespaces that every cluster has."""

IMMUTABLE: Final[Mapping[str, tuple[str, ...]]] = {
    "CSIDriver": ("spec",),
    "ClusterRoleBinding": ("roleRef",),
    "ConfigMap": ("data", "binaryData", "immutable"),
    "DaemonSet": ("spec.selector",),
    "Deployment": ("spec.selector",),
    "Job": ("spec.selector", "spec.template", "spec.completionMode"),
    "PersistentVolumeClaim": (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeMode",
        "spec.volumeName",
    ),
    "PriorityClass": ("value", "preemptionPolicy"),
    "RoleBinding": ("roleRef",),
    "Secret": ("data", "stringData", "type", "immutable"),
    "Service": ("spec.clusterIP",),
    "StatefulSet": (
        "spec.podManagementPolicy",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    "StorageClass": (
        "parameters",
        "provisioner",
        "reclaimPolicy",
        "volumeBindingMode",
    ),
}
"""Fields by kind whose change makes a new object: what the API refuses to change, and ConfigMaps and Secrets,
which pulumi-kubernetes replaces unless `enableConfigMapMutable` or `enableSecretMutable` is set."""


def type_token(api_version: str, kind: str) -> str:
    """The type token that pulumi-kubernetes gives an object.

    Args:
        api_version: with its group, if it has one ("apps/v1").
        kind: such as "Deployment".
    """
    group = api_version if "/" in api_version else f"core/{api_version}"
    return f"kubernetes:{group}:{kind}"


def cluster_scoped(kind: str, definition: Mapping[str, Any] | None) -> bool:
    """True if objects of a kind live in no namespace.

    Args:
        kind: such as NodePool.
        definition: the CustomResourceDefinition of the kind, if it has one.
    """
    if definition is not None:
        return bool(definition["spec"]["scope"] == "Cluster")
    return kind in CLUSTER_SCOPED


def defines(definition: Mapping[str, Any], api_version: str, kind: str) -> bool:
    """Say whether a CustomResourceDefinition serves an API version of a kind.

    Args:
        definition: the CustomResourceDefinition.
        api_version: with its group.
        kind: such as "SparkApplication".
    """
    group, _, version = api_version.partition("/")
    spec = definition["spec"]
    served = {entry["name"] for entry in spec["versions"] if entry.get("served", True)}
    return bool(spec["group"] == group and spec["names"]["kind"] == kind and version in served)


def custom_resource_problems(
    custom: Mapping[str, Any], definition: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """What a definition's schema finds wrong with an object: path and reason.

    A field that the schema does not have is an error here; an API server would drop it.

    Args:
        custom: the object.
        definition: the CustomResourceDefinition of its kind, which serves its version.
    """
    version = str(custom["apiVersion"]).partition("/")[2]
    entry = next(entry for entry in definition["spec"]["versions"] if entry["name"] == version)
    schema = entry.get("schema", {}).get("openAPIV3Schema", {})
    body = {key: value for key, value in custom.items() if key not in {"apiVersion", "kind", "metadata"}}
    closed = _closed({**schema, "required": [k for k in schema.get("required", []) if k in {"spec"}]})
    return [
        (".".join(map(str, error.absolute_path)), error.message)
        for error in jsonschema.Draft202012Validator(closed).iter_errors(body)
    ]


def _closed(schema: Any) -> Any:
    """The schema with unknown fields refused, and Kubernetes' own words turned into JSON Schema's."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    closed = {key: _inner(key, value) for key, value in schema.items() if not key.startswith("x-")}
    closed.pop("format", None)
    if closed.pop("nullable", False) and isinstance(closed.get("type"), str):
        closed["type"] = [closed["type"], "null"]
    preserved = schema.get("x-kubernetes-preserve-unknown-fields", False)
    if "properties" in closed and not preserved and "additionalProperties" not in closed:
        closed["additionalProperties"] = False
    return closed


def _inner(key: str, value: Any) -> Any:
    """Names below `properties` are names, not words of the schema language."""
    if key in {"properties", "patternProperties"} and isinstance(value, dict):
        return {name: _closed(item) for name, item in value.items()}
    return value if key in {"enum", "default", "example", "required"} else _closed(value)
