"""The plugin `pulumi-resource-eks`: checks a cluster's arguments; `rehearsal.standin.cluster` builds it."""

# ruff: noqa: N802 - the protocol names its methods so

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult, Provider
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from rehearsal.standin import values
from rehearsal.standin.check import Failure, check
from rehearsal.standin.cluster import Cluster
from rehearsal.standin.sdk import Sdk

NOT_BUILT: Final = (
    "autoMode",
    "creationRoleProvider",
    "desiredCapacity",
    "fargate",
    "instanceRole",
    "instanceRoles",
    "instanceType",
    "nodeGroupOptions",
    "roleMappings",
    "storageClasses",
    "userMappings",
)
"""Arguments whose children the stand-in does not make."""


class _Components(Provider):
    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: Any,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        if resource_type != "eks:index:Cluster":
            raise ValueError(
                f"the stand-in builds eks:index:Cluster alone, not {resource_type}; "
                "add it to rehearsal/standin/cluster.py"
            )
        cluster = Cluster(name, inputs, options)
        return ConstructResult(cluster.urn, cluster.state)


class EksStandin(ProviderServicer):
    """The plugin's server.

    Args:
        sdk: the typed SDK of pulumi-eks.
        engine: address of the engine.
    """

    def __init__(self, sdk: Sdk, engine: str) -> None:
        super().__init__(_Components(sdk.version), [], engine)
        self._sdk = sdk

    async def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:
        """Say which version of the provider is played."""
        return plugin_pb2.PluginInfo(version=self._sdk.version)

    async def Construct(self, request: Any, context: Any) -> provider_pb2.ConstructResponse:
        """Check the arguments against the typed SDK, then build."""
        given = values.public(values.from_struct(request.inputs))
        found = [*check(given, self._sdk.describe(request.type)), *_rules(given)]
        if found:
            await self._refuse(found, context)
        return await super().Construct(request, context)

    async def _refuse(self, found: list[Failure], context: Any) -> None:
        text = "; ".join(f"{failure.path} {failure.reason}" for failure in found)
        error = InputPropertiesError(
            text, [{"property_path": failure.path, "reason": failure.reason} for failure in found]
        )
        status = self.create_grpc_invalid_properties_status(error.message, error.errors)
        await context.abort_with_status(status)


def _rules(given: Mapping[str, Any]) -> list[Failure]:
    """What the real component refuses, and what the stand-in does not build."""
    found = [
        Failure(key, "makes children that the stand-in does not build; see rehearsal/standin/cluster.py")
        for key in NOT_BUILT
        if given.get(key)
    ]
    if not given.get("skipDefaultNodeGroup"):
        found.append(Failure("skipDefaultNodeGroup", "is not set: the stand-in builds no default node group"))
    if given.get("createOidcProvider"):
        found.append(Failure("createOidcProvider", "needs a TLS connection to AWS at preview; not built"))
    if given.get("subnetIds") and (given.get("publicSubnetIds") or given.get("privateSubnetIds")):
        found.append(Failure("subnetIds", "and publicSubnetIds or privateSubnetIds exclude each other"))
    if given.get("accessEntries") and given.get("authenticationMode") not in ("API", "API_AND_CONFIG_MAP"):
        found.append(Failure("accessEntries", "needs authenticationMode API or API_AND_CONFIG_MAP"))
    if given.get("publicAccessCidrs") and given.get("endpointPublicAccess") is False:
        found.append(Failure("publicAccessCidrs", "can only be set when endpointPublicAccess is true"))
    if given.get("authenticationMode") in (None, "CONFIG_MAP"):
        found.append(Failure("authenticationMode", "is not API: the stand-in makes no aws-auth ConfigMap"))
    return found
