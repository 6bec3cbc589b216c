"""Rules about the EKS control plane and the machines below it. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any, Final

from components.rules.model import UNKNOWN, Rule, at, items

HOPS: Final = 1
"""Hops that an answer of the metadata service may take: one ends at the node, a pod is one further."""


def _secrets(part: Any) -> Iterator[str]:
    config = at(part, "encryptionConfig")
    resources = items(config, "resources")
    if at(config, "resources") is UNKNOWN or UNKNOWN in resources:
        return
    if "secrets" not in resources:
        yield "encryptionConfig does not cover secrets"
    elif not at(config, "provider", "keyArn"):
        yield "encryptionConfig names no key"


SECRETS_ENCRYPTION: Final = Rule(
    id="eks-secrets-encryption",
    reason="Secrets then lie in etcd under a key of our own, whose every use is in the audit log.",
    remedy="set encryptionConfig to resources [secrets] and a KMS key",
    check=_secrets,
)


def _endpoint(part: Any) -> Iterator[str]:
    # EKS' own default is an endpoint for everybody, so what is missing is public.
    public = at(part, "endpointPublicAccess")
    if public is UNKNOWN or public is False:
        return
    allowed = at(part, "publicAccessCidrs")
    if allowed is UNKNOWN:
        return
    if not allowed:
        yield "the API is reached from everywhere: publicAccessCidrs is empty"
    for block in items(allowed):
        if isinstance(block, str) and _is_everything(block):
            yield f"the API is reached from everywhere: publicAccessCidrs has {block}"


def _is_everything(block: str) -> bool:
    try:
        return ipaddress.ip_network(block, strict=False).prefixlen == 0
    except ValueError:
        return False


API_ENDPOINT: Final = Rule(
    id="eks-endpoint",
    reason="One stolen token or one fault of the API server is then enough to take the cluster.",
    remedy="set endpointPublicAccess to false, or list in publicAccessCidrs who reaches it",
    check=_endpoint,
)


def _metadata(part: Any) -> Iterator[str]:
    options = at(part, "metadataOptions")
    if options is UNKNOWN or at(options, "httpEndpoint") == "disabled":
        return
    tokens = at(options, "httpTokens")
    if tokens is not UNKNOWN and tokens != "required":
        yield f"metadataOptions.httpTokens is {tokens or 'missing'}"
    hops = at(options, "httpPutResponseHopLimit")
    if isinstance(hops, int | float) and hops > HOPS:
        yield f"metadataOptions.httpPutResponseHopLimit is {int(hops)}"


METADATA_SERVICE: Final = Rule(
    id="imdsv2",
    reason="Version 1 gives the node's credentials to whoever can make a server send one request.",
    remedy=f"set httpTokens to required and httpPutResponseHopLimit to {HOPS}",
    check=_metadata,
)


def same_as_eks(component: Any) -> dict[str, Any]:
    """Arguments of `pulumi_eks.Cluster` as those of the cluster that it makes, for the rules above.

    Args:
        component: the component's arguments, in camelCase; its own default, too, is a public endpoint.
    """
    key = at(component, "encryptionConfigKeyArn")
    return {
        "encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": key}} if key else None,
        "vpcConfig": {
            "endpointPublicAccess": at(component, "endpointPublicAccess"),
            "publicAccessCidrs": at(component, "publicAccessCidrs"),
        },
    }
