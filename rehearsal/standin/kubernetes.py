"""The plugin `pulumi-resource-kubernetes`: an API server that is a folder, and charts rendered by Helm.

It refuses what an API server refuses and a test should notice: an object in a namespace that is not there, a
custom resource before its definition or against its schema, a second object of the same name. What disappears
with a namespace, a definition or a cluster is in the log as `cascade`, so that a test can ask for none.
"""

# ruff: noqa: N802 - the protocol names its methods so

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import pulumi
import yaml
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.provider import ConstructResult, Provider
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2

from rehearsal.standin import charts, kubernetes_rules, values
from rehearsal.standin.behaviour import Behaviour
from rehearsal.standin.check import Failure, check
from rehearsal.standin.cloud import UNRENDERED, Cloud, Operation, Resource
from rehearsal.standin.provider import Standin, failures, read_inputs, type_of
from rehearsal.standin.sdk import Sdk, UnknownTypeError
from rehearsal.standin.values import UNKNOWN, Properties, from_struct, to_struct

DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
NAMESPACE = "kubernetes:core/v1:Namespace"
_NAME = "metadata.name"


@cache
def _server(kubeconfig: str) -> str:
    document = yaml.safe_load(kubeconfig)
    return str(document["clusters"][0]["cluster"]["server"]) if isinstance(document, dict) else ""


class KubernetesStandin(Standin, ProviderServicer):
    """One provider instance, and so one cluster.

    Args:
        cloud: where its objects are kept.
        sdk: the typed SDK of pulumi-kubernetes.
        engine: address of the engine.
    """

    def __init__(self, cloud: Cloud, sdk: Sdk, engine: str) -> None:
        Standin.__init__(self, "kubernetes", cloud, sdk)
        ProviderServicer.__init__(self, _Components(self, sdk.version), [], engine)
        self.given: dict[str, Properties] = {}

    @property
    def server(self) -> str:
        """Address of the cluster, from the provider's kubeconfig; it tells clusters apart."""
        text = self.config.get("kubeconfig")
        if not isinstance(text, str) or text == UNKNOWN:
            return ""
        if "\n" not in text and Path(text).is_file():
            text = Path(text).read_text()
        return _server(text)

    @property
    def kube_version(self) -> str:
        """Version of the cluster that this provider speaks to, if it is one of the stand-in's."""
        for cluster in self.cloud.of_type("aws:eks/cluster:Cluster"):
            if cluster.outputs.get("endpoint") == self.server:
                return str(cluster.outputs["version"])
        return "1.35"

    def Check(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        """Fill in the name, and check the object against the typed SDK or its definition."""
        token, news = type_of(request.urn), values.public(from_struct(request.news))
        named = self._with_name(news, from_struct(request.olds), request)
        found = self._check(token, values.reveal(named))
        return provider_pb2.CheckResponse(inputs=to_struct(named), failures=failures(found))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Compare the last object with the new one."""
        return self.compare(request, self._behaviour(type_of(request.urn)), with_tags=False)

    def Create(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        """Make an object."""
        token, inputs = type_of(request.urn), from_struct(request.properties)
        plain = values.reveal(values.public(inputs))
        id_ = self._id(plain)
        if request.preview:
            return provider_pb2.CreateResponse(id="", properties=request.properties)
        with self.cloud.locked():
            self._may_come(token, id_, plain, request.urn, context)
            outputs = self._live(token, request.urn, inputs)
            self._put(token, id_, request.urn, plain, values.reveal(outputs))
            self.cloud.record(Operation("create", token, id_, request.urn))
        return provider_pb2.CreateResponse(id=id_, properties=to_struct(outputs))

    def Update(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        """Change an object in place."""
        token, inputs = type_of(request.urn), from_struct(request.news)
        outputs = self._live(token, request.urn, inputs)
        if not request.preview:
            old, plain = from_struct(request.old_inputs), values.reveal(values.public(inputs))
            changed = sorted(
                k for k in old.keys() | plain.keys() if values.reveal(old.get(k)) != plain.get(k)
            )
            with self.cloud.locked():
                self._put(token, request.id, request.urn, plain, values.reveal(outputs))
                detail = ", ".join(key for key in changed if not key.startswith("__"))
                self.cloud.record(Operation("update", token, request.id, request.urn, detail))
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Remove an object and what lives in it."""
        token = type_of(request.urn)
        with self.cloud.locked():
            found = self.cloud.find(token, request.id, self.server)
            if found is not None:
                self.cloud.cascade(self._inside(found))
                self.cloud.remove(found)
            self.cloud.record(Operation("delete", token, request.id, request.urn))
        return empty_pb2.Empty()

    def Read(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        """What the cluster has now; no id if it has nothing."""
        found = self.cloud.find(type_of(request.urn), request.id, self.server)
        if found is None:
            return provider_pb2.ReadResponse(id="")
        return provider_pb2.ReadResponse(
            id=request.id, properties=to_struct(found.outputs), inputs=read_inputs(found, request)
        )

    async def Construct(self, request: Any, context: Any) -> provider_pb2.ConstructResponse:
        """Check a chart's arguments against the typed SDK, then build it."""
        given = values.public(from_struct(request.inputs))
        found = (
            check(given, self.sdk.describe(request.type))
            if request.type in charts.TYPES
            else [Failure(request.type, "is not built by the stand-in; see rehearsal/standin/charts.py")]
        )
        if found:
            text = "; ".join(f"{failure.path} {failure.reason}" for failure in found)
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
        self.given[request.name] = values.reveal(given)
        return await ProviderServicer.Construct(self, request, context)

    def manifests(self, token: str, name: str) -> list[charts.Manifest]:
        """Objects of a component; none if its arguments are not known, or the chart is on the network.

        Args:
            token: the component's type.
            name: the component's.
        """
        given = self.given.pop(name)
        if values.has_unknown(given):
            pulumi.log.warn(f"{name}: arguments are not known yet; the preview lacks its objects")
            return []
        try:
            return charts.manifests_of(token, name, given, kube_version=self.kube_version)
        except charts.NotAtHandError as error:
            pulumi.log.warn(f"{name}: {error} is on the network; the rehearsal lacks its objects")
            if not pulumi.runtime.is_dry_run():
                self._put(UNRENDERED, name, f"::{name}", {"place": str(error)}, {})
            return []

    def _behaviour(self, token: str) -> Behaviour:
        kind = token.rpartition(":")[2]
        always = ("apiVersion", "kind", "metadata.name", "metadata.namespace")
        mutable = {"ConfigMap": "enableConfigMapMutable", "Secret": "enableSecretMutable"}.get(kind)
        own = () if mutable and self.config.get(mutable) else kubernetes_rules.IMMUTABLE.get(kind, ())
        identity = ["metadata.name", "metadata.namespace"]
        return Behaviour(id="", autoname="metadata.name", identity=identity, replace=[*always, *own])

    def _with_name(self, news: Properties, olds: Properties, request: Any) -> Properties:
        metadata = news.get("metadata") or {}
        if not isinstance(metadata, dict) or values.signature(metadata) or "generateName" in metadata:
            return news
        if "name" in metadata:
            return news
        old = (olds.get("metadata") or {}).get("name") if _NAME in olds.get("__defaults", []) else None
        digits = (request.randomSeed or request.urn.encode()).hex()[:8]
        name = old or f"{request.urn.rpartition('::')[2]}-{digits}"
        return {**news, "metadata": {**metadata, "name": name}, "__defaults": [_NAME]}

    def _check(self, token: str, manifest: Properties) -> list[Failure]:
        if token == DEFINITION:
            # Definitions hold keys such as x-kubernetes-..., which SDKs spell otherwise.
            return []
        try:
            return check(manifest, self.sdk.describe(token))
        except UnknownTypeError:
            definition = self._definition(manifest)
        if definition is None or values.has_unknown(manifest):
            return []
        return [
            Failure(path, reason)
            for path, reason in kubernetes_rules.custom_resource_problems(manifest, definition)
        ]

    def _definition(self, manifest: Mapping[str, Any]) -> dict[str, Any] | None:
        for resource in self.cloud.of_type(DEFINITION):
            if resource.place == self.server and kubernetes_rules.defines(
                resource.inputs, str(manifest.get("apiVersion")), str(manifest.get("kind"))
            ):
                return resource.inputs
        return None

    def _may_come(
        self, token: str, id_: str, manifest: Properties, urn: str, context: grpc.ServicerContext
    ) -> None:
        if self.cloud.find(token, id_, self.server):
            self._refuse(context, urn, id_, f"{id_} exists already")
        definition = None
        if not self._built_in(token):
            definition = self._definition(manifest)
            unsure = any(chart.place == self.server for chart in self.cloud.of_type(UNRENDERED))
            if definition is None and not unsure:
                kind = f"{manifest['kind']} of {manifest['apiVersion']}"
                self._refuse(context, urn, id_, f"no matches for {kind}: its definition is not there yet")
        namespace = manifest.get("metadata", {}).get("namespace", "default")
        if kubernetes_rules.cluster_scoped(manifest["kind"], definition):
            return
        known = namespace in kubernetes_rules.NAMESPACES
        if not known and not self.cloud.find(NAMESPACE, namespace, self.server):
            self._refuse(context, urn, id_, f'namespaces "{namespace}" not found')

    def _built_in(self, token: str) -> bool:
        try:
            self.sdk.describe(token)
        except UnknownTypeError:
            return False
        return True

    def _inside(self, container: Resource) -> list[Resource]:
        here = [r for r in self.cloud.resources() if r.place == container.place]
        if container.type == NAMESPACE:
            name = container.inputs["metadata"]["name"]
            return [r for r in here if (r.inputs.get("metadata") or {}).get("namespace") == name]
        if container.type == DEFINITION:
            return [
                r
                for r in here
                if kubernetes_rules.defines(
                    container.inputs, str(r.inputs.get("apiVersion")), str(r.inputs.get("kind"))
                )
            ]
        return []

    def _live(self, token: str, urn: str, inputs: Properties) -> Properties:
        """The object as the API server gives it back."""
        uid = hashlib.sha256(urn.encode()).hexdigest()
        metadata = {
            "uid": f"{uid[:8]}-{uid[8:12]}-4{uid[13:16]}-8{uid[17:20]}-{uid[20:32]}",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "generation": 1,
            "resourceVersion": "1",
        }
        live = {**inputs, "metadata": {**(inputs.get("metadata") or {}), **metadata}}
        spec = values.reveal(inputs.get("spec") or {})
        if token.endswith(":Service") and spec.get("type") == "LoadBalancer":
            live["status"] = {"loadBalancer": {"ingress": [{"hostname": f"{uid[:16]}.elb.amazonaws.com"}]}}
        return {key: value for key, value in live.items() if not key.startswith("__")}

    def _put(self, token: str, id_: str, urn: str, inputs: Properties, outputs: Properties) -> None:
        self.cloud.put(
            Resource(id=id_, type=token, urn=urn, inputs=inputs, outputs=outputs, place=self.server)
        )

    @staticmethod
    def _id(manifest: Mapping[str, Any]) -> str:
        metadata = manifest["metadata"]
        namespace = metadata.get("namespace")
        return f"{namespace}/{metadata['name']}" if namespace else str(metadata["name"])


class _Components(Provider):
    def __init__(self, standin: KubernetesStandin, version: str) -> None:
        super().__init__(version)
        self._standin = standin

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: Any,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        prefix = self._standin.given[name].get("resourcePrefix") or name
        manifests = self._standin.manifests(resource_type, name)
        built = charts.Objects(resource_type, name, manifests, prefix, options)
        return ConstructResult(built.urn, built.state)
