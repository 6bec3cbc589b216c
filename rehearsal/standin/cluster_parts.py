"""Smaller parts of the stand-in's cluster component: a role, the network add-on's options, the kubeconfig."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

AWS_VERSION: Final = "7.25.0"
"""Version of the AWS provider that pulumi-eks 4.x asks for on behalf of its children."""

Inputs = Mapping[str, Any]


class Child(pulumi.CustomResource):
    """A resource of any type, as a component in another language registers it.

    Args:
        token: its type.
        name: its name.
        inputs: its arguments, in camelCase.
        opts: its options.
        outputs: names of outputs that are read from it.
    """

    def __init__(
        self,
        token: str,
        name: str,
        inputs: Inputs,
        opts: pulumi.ResourceOptions,
        outputs: Sequence[str] = (),
    ) -> None:
        awaited = {key: None for key in outputs if key not in inputs}
        super().__init__(token, name, {**inputs, **awaited}, opts)

    def output(self, name: str) -> pulumi.Output[Any]:
        """One of its outputs.

        Args:
            name: the output's.
        """
        found: pulumi.Output[Any] = self.__dict__[name]
        return found


class ServiceRole(pulumi.ComponentResource):
    """A role that an AWS service assumes, with managed policies."""

    def __init__(
        self, name: str, service: str, policies: Sequence[str], tags: Any, opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__("eks:index:ServiceRole", name, {}, opts)
        own = pulumi.ResourceOptions(parent=self, version=AWS_VERSION)
        statement = {
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Effect": "Allow",
            "Principal": {"Service": [service]},
        }
        self.role = Child(
            "aws:iam/role:Role",
            f"{name}-role",
            {
                "assumeRolePolicy": json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
                "tags": tags,
            },
            own,
            ["arn", "name"],
        )
        self.attachments = [
            Child(
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                f"{name}-{hashlib.sha1(arn.encode(), usedforsecurity=False).hexdigest()[:8]}",
                {"policyArn": arn, "role": self.role.output("name")},
                own,
            )
            for arn in policies
        ]
        self.register_outputs({})


_CNI_ENVIRONMENT: Final = {
    "customNetworkConfig": "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
    "enablePrefixDelegation": "ENABLE_PREFIX_DELEGATION",
    "externalSnat": "AWS_VPC_K8S_CNI_EXTERNALSNAT",
    "warmEniTarget": "WARM_ENI_TARGET",
    "warmIpTarget": "WARM_IP_TARGET",
    "warmPrefixTarget": "WARM_PREFIX_TARGET",
}
"""Options of the add-on, and the environment variables that they become."""


def cni_options(options: Inputs) -> dict[str, Any]:
    """The add-on's options, with those that are environment variables of its pods put there.

    Args:
        options: what the component was given for the network plugin.
    """

    def text(value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else f"{value:g}"

    env = {"WARM_ENI_TARGET": "1"} | {
        variable: pulumi.Output.from_input(options[key]).apply(text)
        for key, variable in _CNI_ENVIRONMENT.items()
        if options.get(key) is not None
    }
    configuration = dict(options.get("configurationValues") or {})
    configuration["env"] = {**env, **configuration.get("env", {})}
    if options.get("enableNetworkPolicy") is not None:
        policy = pulumi.Output.from_input(options["enableNetworkPolicy"]).apply(text)
        configuration.setdefault("enableNetworkPolicy", policy)
    return {**options, "configurationValues": configuration}


def kubeconfig(name: str, endpoint: str, authority: str, arn: str, options: Inputs) -> dict[str, Any]:
    """The kubeconfig that the component gives: credentials come from `aws eks get-token`.

    Args:
        name: the cluster's.
        endpoint: URL of its API server.
        authority: its certificate, in base64.
        arn: of the cluster, which names its region.
        options: with `roleArn`, if a role is to be taken.
    """
    role = options.get("roleArn")
    region = arn.split(":")[3]
    arguments = ["--region", region, "eks", "get-token", "--cluster-name", name, "--output", "json"]
    command = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": [*arguments, *(["--role", role] if role else [])],
        "env": [
            {
                "name": "KUBERNETES_EXEC_INFO",
                "value": '{"apiVersion": "client.authentication.k8s.io/v1beta1"}',
            }
        ],
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "cluster": {"server": endpoint, "certificate-authority-data": authority},
                "name": "kubernetes",
            }
        ],
        "contexts": [{"context": {"cluster": "kubernetes", "user": "aws"}, "name": "aws"}],
        "current-context": "aws",
        "users": [{"name": "aws", "user": {"exec": command}}],
    }
