"""`eks:index:Cluster` as a remote component: the children that the real one makes, in a reduced form.

Modelled on what pulumi-eks 4.x registers (read in its source): the same child names and types, the same
arguments where they matter, and the pinned version of its own AWS provider. Reduced: no default node group,
no Fargate, no Auto Mode, no storage classes, no aws-auth ConfigMap, no wait for the endpoint, no look-up of
the `aws` command. What is left out is refused, never ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from rehearsal.standin.cluster_parts import AWS_VERSION, Child, ServiceRole, cni_options, kubeconfig

Inputs = Mapping[str, Any]


class Cluster(pulumi.ComponentResource):
    """The component; its outputs are in `state`."""

    def __init__(self, name: str, inputs: Inputs, opts: pulumi.ResourceOptions | None) -> None:
        super().__init__("eks:index:Cluster", name, {}, opts)
        self._name, self._inputs = name, inputs
        self._own = pulumi.ResourceOptions(parent=self, version=AWS_VERSION)
        role = self._role()
        cluster_group = self._cluster_group()
        self.cluster = self._control_plane(role, cluster_group)
        node_group = self._node_group_rules(cluster_group) if cluster_group else None
        kubeconfig = self._kubeconfig()
        k8s = pulumi.ProviderResource(
            "kubernetes",
            f"{name}-eks-k8s",
            {"kubeconfig": pulumi.Output.json_dumps(kubeconfig)},
            pulumi.ResourceOptions(parent=self),
        )
        entries = self._access_entries()
        self._addons(entries, k8s)
        self.state = self._state(kubeconfig, cluster_group, node_group)
        self.register_outputs(self.state)

    def _get(self, key: str, default: Any = None) -> Any:
        return self._inputs.get(key, default)

    def _child(self, token: str, suffix: str, inputs: Inputs, *outputs: str, **options: Any) -> Child:
        given = {key: value for key, value in inputs.items() if value is not None}
        opts = pulumi.ResourceOptions.merge(self._own, pulumi.ResourceOptions(**options))
        return Child(token, f"{self._name}-{suffix}", given, opts, outputs)

    def _role(self) -> ServiceRole | None:
        if self._get("serviceRole") is not None:
            return None
        return ServiceRole(
            f"{self._name}-eksRole",
            "eks.amazonaws.com",
            ["arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"],
            self._get("tags"),
            pulumi.ResourceOptions(parent=self),
        )

    def _cluster_group(self) -> Child | None:
        if self._get("skipDefaultSecurityGroups"):
            return None
        group = self._child(
            "aws:ec2/securityGroup:SecurityGroup",
            "eksClusterSecurityGroup",
            {
                "vpcId": self._get("vpcId"),
                "revokeRulesOnDelete": True,
                "tags": self._tags("eksClusterSecurityGroup", "clusterSecurityGroupTags"),
            },
        )
        self._rule("eksClusterInternetEgressRule", group, type="egress", protocol="-1")
        return group

    def _control_plane(self, role: ServiceRole | None, group: Child | None) -> Child:
        arn = role.role.output("arn") if role else self._get("serviceRole")
        key = self._get("encryptionConfigKeyArn")
        mode = self._get("authenticationMode")
        service_range, family = self._get("kubernetesServiceIpAddressRange"), self._get("ipFamily")
        network = {"serviceIpv4Cidr": service_range, "ipFamily": family or "ipv4"}
        return self._child(
            "aws:eks/cluster:Cluster",
            "eksCluster",
            {
                "name": self._get("name"),
                "roleArn": arn,
                "bootstrapSelfManagedAddons": self._get("bootstrapSelfManagedAddons", True),
                "vpcConfig": {
                    "securityGroupIds": [group.id] if group else None,
                    "subnetIds": self._subnets(),
                    "endpointPrivateAccess": self._get("endpointPrivateAccess"),
                    "endpointPublicAccess": self._get("endpointPublicAccess"),
                    "publicAccessCidrs": self._get("publicAccessCidrs"),
                },
                "version": self._get("version"),
                "enabledClusterLogTypes": self._get("enabledClusterLogTypes"),
                "tags": self._tags("eksCluster", "clusterTags"),
                "encryptionConfig": {"provider": {"keyArn": key}, "resources": ["secrets"]} if key else None,
                "kubernetesNetworkConfig": network if service_range or family else None,
                "accessConfig": {
                    "authenticationMode": mode,
                    "bootstrapClusterCreatorAdminPermissions": True,
                }
                if mode
                else None,
                "upgradePolicy": self._get("upgradePolicy"),
                "deletionProtection": self._get("deletionProtection"),
            },
            *("arn", "endpoint", "certificateAuthority", "identities", "name", "version", "vpcConfig"),
            ignore_changes=[
                "accessConfig.bootstrapClusterCreatorAdminPermissions",
                "bootstrapSelfManagedAddons",
            ],
            depends_on=[role.role, *role.attachments] if role else None,
        )

    def _subnets(self) -> Any:
        if self._get("subnetIds") is not None:
            return self._get("subnetIds")
        return pulumi.Output.all(
            self._get("publicSubnetIds") or [], self._get("privateSubnetIds") or []
        ).apply(lambda parts: [*parts[0], *parts[1]])

    def _node_group_rules(self, cluster_group: Child) -> Child:
        owned = self.cluster.output("name").apply(lambda name: {f"kubernetes.io/cluster/{name}": "owned"})
        group = self._child(
            "aws:ec2/securityGroup:SecurityGroup",
            "nodeSecurityGroup",
            {
                "vpcId": self._get("vpcId"),
                "revokeRulesOnDelete": True,
                "tags": self._tags("nodeSecurityGroup", "nodeSecurityGroupTags", owned),
            },
        )
        self._rule("eksNodeIngressRule", group, source=group, protocol="-1")
        self._rule("eksNodeClusterIngressRule", group, source=cluster_group, ports=(1025, 65535))
        self._rule("eksExtApiServerClusterIngressRule", group, source=cluster_group, ports=(443, 443))
        self._rule("eksNodeInternetEgressRule", group, type="egress", protocol="-1")
        self.ingress = self._rule("eksClusterIngressRule", cluster_group, source=group, ports=(443, 443))
        return group

    def _rule(
        self,
        suffix: str,
        group: Child,
        *,
        source: Child | None = None,
        ports: tuple[int, int] = (0, 0),
        **given: Any,
    ) -> Child:
        inputs = {
            "type": "ingress",
            "protocol": "tcp",
            "fromPort": ports[0],
            "toPort": ports[1],
            "securityGroupId": group.id,
            "sourceSecurityGroupId": source.id if source and source is not group else None,
            "self": True if source is group else None,
            **given,
        }
        if inputs["type"] == "egress":
            inputs["cidrBlocks"] = ["0.0.0.0/0"]
        return self._child(
            "aws:ec2/securityGroupRule:SecurityGroupRule", suffix, inputs, "securityGroupRuleId"
        )

    def _access_entries(self) -> list[Child]:
        entries = []
        for key, entry in (self._get("accessEntries") or {}).items():
            made = self._child(
                "aws:eks/accessEntry:AccessEntry",
                key,
                {
                    "clusterName": self.cluster.output("name"),
                    "principalArn": entry["principalArn"],
                    "type": entry.get("type"),
                    "kubernetesGroups": entry.get("kubernetesGroups"),
                    "userName": entry.get("username"),
                    "tags": entry.get("tags"),
                },
                depends_on=[self.cluster],
            )
            entries.append(made)
            for policy, association in (entry.get("accessPolicies") or {}).items():
                self._child(
                    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
                    f"{key}-{policy}",
                    {
                        "clusterName": self.cluster.output("name"),
                        "principalArn": entry["principalArn"],
                        "policyArn": association["policyArn"],
                        "accessScope": association["accessScope"],
                    },
                    parent=made,
                    depends_on=[made],
                )
        return entries

    def _addons(self, entries: list[Child], k8s: pulumi.ProviderResource) -> None:
        if not self._get("useDefaultVpcCni"):
            VpcCni(f"{self._name}-vpc-cni", self, self._get("vpcCniOptions") or {}, entries, k8s)
        proxy = self._get("kubeProxyAddonOptions") or {}
        if proxy.get("enabled", True):
            self.addon("kube-proxy", proxy)
        dns = self._get("corednsAddonOptions") or {}
        if dns.get("enabled") is True or dns.get("configurationValues"):
            self.addon("coredns", dns)

    def addon(self, addon: str, options: Inputs) -> Child:
        """An EKS add-on; without a version the most recent one is looked up, at every run.

        Args:
            addon: its name at AWS.
            options: what the component was given for it.
        """
        return self._child(
            "aws:eks/addon:Addon", addon, self.addon_inputs(addon, options, options.get("version"))
        )

    def addon_inputs(self, addon: str, options: Inputs, version: Any) -> dict[str, Any]:
        """Arguments of an add-on.

        Args:
            addon: its name at AWS.
            options: what the component was given for it.
            version: its release; None for the most recent.
        """
        configuration = options.get("configurationValues")
        return {
            "clusterName": self.cluster.output("name"),
            "addonName": addon,
            "preserve": True,
            "addonVersion": version if version is not None else self._newest(addon),
            "resolveConflictsOnCreate": options.get("resolveConflictsOnCreate", "OVERWRITE"),
            "resolveConflictsOnUpdate": options.get("resolveConflictsOnUpdate", "OVERWRITE"),
            "configurationValues": pulumi.Output.json_dumps(configuration, sort_keys=True)
            if configuration is not None
            else None,
            "tags": self._get("tags"),
        }

    def _newest(self, addon: str) -> pulumi.Output[str]:
        def look_up(version: str) -> str:
            found = pulumi.runtime.invoke(
                "aws:eks/getAddonVersion:getAddonVersion",
                {"addonName": addon, "kubernetesVersion": version, "mostRecent": True},
                pulumi.InvokeOptions(parent=self, version=AWS_VERSION),
            )
            newest: str = found.value["version"]
            return newest

        return self.cluster.output("version").apply(look_up)

    def _tags(self, suffix: str, key: str, more: Any = None) -> pulumi.Output[dict[str, str]]:
        name = f"{self._name}-{suffix}"
        parts = pulumi.Output.all(self._get(key) or {}, self._get("tags") or {}, more or {})
        return parts.apply(lambda found: {"Name": name, **found[2], **found[0], **found[1]})

    def _kubeconfig(self) -> pulumi.Output[dict[str, Any]]:
        options = self._get("providerCredentialOpts") or {}
        return pulumi.Output.all(
            self.cluster.output("name"),
            self.cluster.output("endpoint"),
            self.cluster.output("certificateAuthority"),
            self.cluster.output("arn"),
            options,
        ).apply(lambda parts: kubeconfig(parts[0], parts[1], parts[2]["data"], parts[3], parts[4]))

    def _state(self, config: Any, cluster_group: Child | None, node_group: Child | None) -> dict[str, Any]:
        issuer = self.cluster.output("identities").apply(
            lambda found: found[0]["oidcs"][0]["issuer"] if found else ""
        )
        own_group = self.cluster.output("vpcConfig").apply(lambda found: found["clusterSecurityGroupId"])
        return {
            "kubeconfig": config,
            "kubeconfigJson": pulumi.Output.json_dumps(config),
            "eksCluster": self.cluster,
            "clusterSecurityGroup": cluster_group,
            "nodeSecurityGroup": node_group,
            "eksClusterIngressRule": self.ingress if node_group else None,
            "instanceRoles": [],
            "core": {
                "cluster": self.cluster,
                "vpcId": self._get("vpcId"),
                "subnetIds": self._subnets(),
                "endpoint": self.cluster.output("endpoint"),
                "kubeconfig": config,
            },
            "clusterSecurityGroupId": cluster_group.id if cluster_group else own_group,
            "nodeSecurityGroupId": node_group.id if node_group else own_group,
            "clusterIngressRuleId": self.ingress.output("securityGroupRuleId") if node_group else "",
            "defaultNodeGroupAsgName": "",
            "fargateProfileId": "",
            "fargateProfileStatus": "",
            "oidcProviderArn": "",
            "oidcProviderUrl": issuer,
            "oidcIssuer": issuer.apply(lambda url: url.removeprefix("https://")),
            "autoModeNodeRoleName": "",
        }


class VpcCni(pulumi.ComponentResource):
    """The network add-on, with its options as environment variables of the add-on's configuration."""

    def __init__(
        self,
        name: str,
        cluster: Cluster,
        options: Inputs,
        entries: list[Child],
        k8s: pulumi.ProviderResource,
    ) -> None:
        opts = pulumi.ResourceOptions(parent=cluster, depends_on=entries, providers={"kubernetes": k8s})
        super().__init__("eks:index:VpcCniAddon", name, {}, opts)
        inputs = cluster.addon_inputs("vpc-cni", cni_options(options), options.get("addonVersion"))
        given = {key: value for key, value in inputs.items() if value is not None}
        if role := options.get("serviceAccountRoleArn"):
            given["serviceAccountRoleArn"] = role
        Child("aws:eks/addon:Addon", name, given, pulumi.ResourceOptions(parent=self, version=AWS_VERSION))
        self.register_outputs({})
