"""`helm.v4.Chart` and `yaml.v2.*` as remote components: charts are rendered by the real `helm template`.

As in pulumi-kubernetes: hooks are dropped, each object becomes a child named `<prefix>:<namespace>/<name>`,
and with arguments that are not known yet a preview shows no children.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
import yaml

from rehearsal.standin import values
from rehearsal.standin.kubernetes_rules import CLUSTER_SCOPED, type_token

CHARTS: Final = "SPARK_STANDIN_CHARTS"
"""Environment variable: JSON of local folders by the place on the network that a chart is named by."""

TYPES: Final = frozenset(
    {"kubernetes:helm.sh/v4:Chart", "kubernetes:yaml/v2:ConfigGroup", "kubernetes:yaml/v2:ConfigFile"}
)
"""Components that the stand-in builds."""

_DEFINITION: Final = "CustomResourceDefinition"
_FIRST: Final = (_DEFINITION, "Namespace", "PriorityClass", "ServiceAccount")
"""Kinds that others in the same chart wait for."""

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same as `safe_load`, in C where there is libyaml: the operator's definitions are a megabyte."""

Manifest = dict[str, Any]


class NotAtHandError(LookupError):
    """The chart is somewhere on the network, and no local folder was named for it."""


class KubernetesObject(pulumi.CustomResource):
    """One object of a chart."""

    def __init__(self, name: str, manifest: Manifest, opts: pulumi.ResourceOptions) -> None:
        super().__init__(type_token(manifest["apiVersion"], manifest["kind"]), name, manifest, opts)


class Objects(pulumi.ComponentResource):
    """A component whose children are Kubernetes objects.

    Args:
        token: its type.
        name: its name.
        manifests: the objects; none in a preview that does not know them yet.
        prefix: beginning of the children's names.
        opts: its options.
    """

    def __init__(
        self,
        token: str,
        name: str,
        manifests: Iterable[Manifest],
        prefix: str,
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        super().__init__(token, name, {}, opts)
        first: list[pulumi.Resource] = []
        made: list[pulumi.Resource] = []
        for manifest in sorted(manifests, key=_order):
            waits = first if manifest["kind"] not in _FIRST else []
            child = KubernetesObject(
                child_name(prefix, manifest),
                _with_secrets(manifest),
                pulumi.ResourceOptions(parent=self, depends_on=list(waits), retain_on_delete=_kept(manifest)),
            )
            made.append(child)
            if manifest["kind"] in _FIRST:
                first.append(child)
        self.state = {"resources": made}
        self.register_outputs(self.state)


def child_name(prefix: str, manifest: Manifest) -> str:
    """Name of the child for an object.

    Args:
        prefix: the component's name.
        manifest: the object.
    """
    metadata = manifest["metadata"]
    namespace = metadata.get("namespace")
    return f"{prefix}:{namespace}/{metadata['name']}" if namespace else f"{prefix}:{metadata['name']}"


def render(name: str, given: Mapping[str, Any], *, kube_version: str, project: Path) -> list[Manifest]:
    """Render a chart with the real Helm.

    Args:
        name: name of the component; the release is called so unless it has a name of its own.
        given: the component's arguments, all known.
        kube_version: the cluster's version, for `.Capabilities`.
        project: folder that relative paths start from.

    Raises:
        NotAtHandError: the chart is on the network.
        RuntimeError: Helm refused; with what it said.
    """
    namespace = given.get("namespace") or "default"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "values.json"
        file.write_text(json.dumps(values.reveal(given.get("values") or {})))
        command = [
            *("helm", "template", given.get("name") or name, str(_chart(given, project))),
            *("--namespace", namespace, "--values", str(file), "--kube-version", kube_version, "--no-hooks"),
            *([] if given.get("skipCrds") else ["--include-crds"]),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"`helm template` of {given['chart']}: {done.stderr.strip()}")
    return read_manifests(done.stdout, namespace)


def read_manifests(text: str, namespace: str) -> list[Manifest]:
    """Objects of YAML documents; lists are taken apart, and the namespace is filled in where one belongs.

    Args:
        text: one document or more.
        namespace: of objects that name none.
    """
    found: list[Manifest] = []
    for document in yaml.load_all(text, Loader=_LOADER):
        found += _items(document)
    # Two thirds of the operator's definitions, and nothing here depends on them.
    found = [_without_descriptions(each) if each["kind"] == _DEFINITION else each for each in found]
    for manifest in found:
        if manifest["kind"] not in CLUSTER_SCOPED:
            manifest["metadata"].setdefault("namespace", namespace)
    return found


def manifests_of(token: str, name: str, given: Mapping[str, Any], *, kube_version: str) -> list[Manifest]:
    """All objects of one of `TYPES`.

    Args:
        token: the component's type.
        name: the component's, which a chart's release has as well.
        given: its arguments.
        kube_version: of the cluster, which charts may ask for.
    """
    project = Path.cwd()
    if token.endswith(":Chart"):
        return render(name, given, kube_version=kube_version, project=project)
    texts = [given["yaml"]] if given.get("yaml") else []
    files = given.get("files") or ([given["file"]] if given.get("file") else [])
    texts += [(project / path).read_text() for path in files]
    found = [manifest for text in texts for manifest in read_manifests(text, "default")]
    return found + [item for item in given.get("objs") or [] if item]


def _chart(given: Mapping[str, Any], project: Path) -> Path:
    chart = str(given["chart"])
    repository = str((given.get("repositoryOpts") or {}).get("repo") or "").rstrip("/")
    place = f"{repository}/{chart}" if repository else chart
    known: dict[str, str] = json.loads(os.environ.get(CHARTS) or "{}")
    if place in known:
        return Path(known[place])
    local = project / chart
    if not repository and "://" not in chart and local.exists():
        return local
    raise NotAtHandError(f"{place} {given.get('version', '')}".strip())


def _items(document: Any) -> list[Manifest]:
    if not isinstance(document, dict) or "kind" not in document:
        return []
    if document["kind"] == "List":
        return [item for entry in document.get("items") or [] for item in _items(entry)]
    return [document]


def _without_descriptions(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_descriptions(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    # A property may be called so as well, and is a schema then.
    texts = {key for key, value in schema.items() if key == "description" and isinstance(value, str)}
    return {key: _without_descriptions(value) for key, value in schema.items() if key not in texts}


def _order(manifest: Manifest) -> tuple[int, str]:
    kind = manifest["kind"]
    return (_FIRST.index(kind) if kind in _FIRST else len(_FIRST), kind)


def _kept(manifest: Manifest) -> bool | None:
    annotations = manifest["metadata"].get("annotations") or {}
    return True if annotations.get("helm.sh/resource-policy") == "keep" else None


def _with_secrets(manifest: Manifest) -> Manifest:
    if manifest["kind"] != "Secret" or manifest["apiVersion"] != "v1":
        return manifest
    hidden: dict[str, Any] = {
        key: pulumi.Output.secret(manifest[key]) for key in ("data", "stringData") if key in manifest
    }
    return {**manifest, **hidden}
