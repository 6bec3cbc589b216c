"""Checks manifests against Kubernetes' own API, as its Python client's strict models describe it.

Kubernetes ignores a field that it doesn't know, so a misspelt one is a setting that is silently absent. This
needs no cluster; with one, `kubectl apply --dry-run=server` asks the API server itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubernetes.client import models
from pydantic import ValidationError


def problems(manifest: Mapping[str, Any]) -> list[str]:
    """Everything in a manifest that Kubernetes would ignore or refuse: unknown, missing or mistyped fields.

    Args:
        manifest: one object, with apiVersion and kind.
    """
    version = str(manifest["apiVersion"]).rpartition("/")[2]
    model = getattr(models, f"{version[0].upper()}{version[1:]}{manifest['kind']}")
    try:
        model.model_validate(dict(manifest))
    except ValidationError as error:
        where = f"{manifest['kind']} {manifest['metadata']['name']}"
        return [f"{where}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    return []
