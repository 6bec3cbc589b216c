"""Settings of the foundation `aws`: network, EKS cluster, nodes, buckets and registry in one account."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from components import versions
from components.aws_plans.access import Level
from components.settings.aws_fields import (
    RETENTION,
    AccountId,
    AllowedCidr,
    AwsRegion,
    BoundaryArn,
    Cidr,
    ClusterName,
    KubernetesVersion,
    Principal,
    RoleArn,
    SubnetId,
    TagText,
    VpcId,
    ZoneName,
)
from components.settings.aws_login import AwsLoginSettings
from components.settings.aws_nodes import NodeSettings
from components.settings.fields import BucketName, DnsLabel, Flag, Group, Section, Text, why


class AdoptedZoneSettings(Section):
    """The subnets of one zone in a network that exists."""

    private: SubnetId = Field(
        description="Private subnet: for the control plane's interfaces.",
        json_schema_extra=why("EKS needs six free addresses in it, and more during an upgrade."),
    )
    pods: SubnetId = Field(
        description="Subnet of nodes and pods.",
        json_schema_extra=why("May be the private one; nodes in it must reach AWS and the registry."),
    )
    pod_cidr: Cidr = Field(
        description="Block of addresses of that subnet.",
        json_schema_extra=why("Checked against the largest cluster that the pools allow."),
    )


class AdoptedNetworkSettings(Section):
    """A network that exists, with its own routes, endpoints and flow logs."""

    vpc_id: VpcId = Field(
        description="Id of the VPC.",
        json_schema_extra=why("Its ways out are its owner's business; nothing in it is changed."),
    )
    zones: tuple[AdoptedZoneSettings, ...] = Field(
        min_length=2,
        max_length=6,
        description="Its subnets, zone by zone.",
        json_schema_extra=why("EKS wants two zones at least."),
    )


class NetworkSettings(Section):
    """The network that the cluster lives in."""

    zones: tuple[ZoneName, ...] = Field(
        (),
        max_length=4,
        description="Zones, two to four; add further ones at the end only.",
        json_schema_extra=why("Their order decides who has which addresses; asking AWS could reorder it."),
    )
    cidr: Cidr = Field(
        "10.0.0.0/16",
        description="Block of the VPC, /16 to /22: load balancers, endpoints, the control plane.",
        json_schema_extra=why("Must differ from every network that this one is to be connected with."),
    )
    pod_cidr: Cidr = Field(
        "100.64.0.0/14",
        description="Block of nodes and pods, /14 to /20 within 100.64.0.0/10; a quarter for each zone.",
        json_schema_extra=why("Shared address space: large, and may be the same in every cluster."),
    )
    service_cidr: Cidr = Field(
        "172.20.0.0/16",
        description="Range of the Services. It can't change later.",
        json_schema_extra=why("Exists in the cluster only, so it is EKS' own choice, written down."),
    )
    nat: Literal["zone", "single"] = Field(
        "zone",
        description="NAT gateways: one in each zone, or a single one.",
        json_schema_extra=why("With a single one, its zone takes all others down with it."),
    )
    private_endpoints: Flag = Field(
        True,
        description="Whether AWS' services are reached inside the network. S3 always is.",
        json_schema_extra=why("Costs by the hour and zone; without it that traffic pays NAT."),
    )
    foreign_buckets: tuple[BucketName, ...] = Field(
        (),
        max_length=50,
        description="Buckets of other accounts that are reached in S3 besides the account's own.",
        json_schema_extra=why("Whoever can write into a bucket of their own could carry data out."),
    )
    flow_logs: Literal["none", "rejected", "all"] = Field(
        "rejected",
        description="Traffic to record.",
        json_schema_extra=why("What was refused shows faults and attacks; all of a shuffle is expensive."),
    )
    flow_log_days: RETENTION = Field(
        30,
        description="Days that these records are kept.",
        json_schema_extra=why("Long enough to look into what somebody reports."),
    )
    routable: tuple[Cidr, ...] = Field(
        (),
        max_length=20,
        description="Networks beyond this one that nodes and pods reach by an address of `cidr`.",
        json_schema_extra=why("No company routes `podCidr` back; each gateway costs by the hour, as `nat`."),
    )
    adopt: AdoptedNetworkSettings | None = Field(
        None,
        description="A network that exists, instead of one that is made.",
        json_schema_extra=why("Companies often hand networks out; then only `serviceCidr` is ours."),
    )


class AccessSettings(Section):
    """Somebody who reaches the cluster."""

    name: DnsLabel = Field(
        description="What the entry is called.",
        json_schema_extra=why("A rename is a new entry, so it is chosen."),
    )
    principal: Principal = Field(
        description="Role or user in IAM.",
        json_schema_extra=why("Prefer roles: people come and go. Never the one that makes the cluster."),
    )
    level: Level = Field(
        Level.NONE,
        description="What it may do in the whole cluster.",
        json_schema_extra=why("Tenants' people need none: their group gives them their namespace."),
    )
    groups: tuple[Group, ...] = Field(
        (),
        description="Groups that the cluster sees its people in; tenants name them.",
        json_schema_extra=why("The link between people in IAM and `tenants[].groups`."),
    )


class ClusterSettings(Section):
    """The EKS control plane."""

    version: KubernetesVersion = Field(
        versions.KUBERNETES_EKS,
        description="Kubernetes version; raise it by one minor at a time.",
        json_schema_extra=why(
            "Add-ons and node images follow it, see components/aws_plans/addon_versions.py."
        ),
    )
    support: Literal["standard", "extended"] = Field(
        "standard",
        description="What follows the end of the version's standard support: EKS upgrades, or waits a year.",
        json_schema_extra=why("Waiting costs six times the control plane's price; it buys time, no safety."),
    )
    public_access: tuple[AllowedCidr, ...] = Field(
        (),
        description="Addresses that reach the API from the internet; none for inside the network only.",
        json_schema_extra=why("An API that is not reached can't be attacked; Pulumi then runs inside."),
    )
    zonal_shift: Flag = Field(
        False,
        description="Whether a zone can be left by zonal shift: no new pods and no new nodes there.",
        json_schema_extra=why("Costs nothing; Karpenter's part in it is alpha in 1.14, so it is off."),
    )
    tier: Literal["standard", "tier-xl", "tier-2xl", "tier-4xl", "tier-8xl"] = Field(
        "standard",
        description="Control plane that is there at all times; `standard` grows with the load.",
        json_schema_extra=why("From about 1,200 USD a month on: only where thousands of pods start at once."),
    )
    role_name: Literal["generated", "cluster"] = Field(
        "generated",
        description="Name of the control plane's role: made up, or `<cluster>-control-plane-<region>`.",
        json_schema_extra=why(
            "`cluster` keeps two stacks' deployers apart; a cluster that exists would be replaced for it."
        ),
    )
    log_types: tuple[Literal["api", "audit", "authenticator", "controllerManager", "scheduler"], ...] = Field(
        ("audit", "authenticator"),
        description="Logs of the control plane to keep.",
        json_schema_extra=why("Who did what, and who was let in; the others explain faults of EKS."),
    )
    log_days: RETENTION = Field(
        90,
        description="Days that they are kept.",
        json_schema_extra=why("A quarter; EKS alone would keep them for ever."),
    )
    access: tuple[AccessSettings, ...] = Field(
        (),
        max_length=100,
        description="Who reaches the cluster, besides whoever made it.",
        json_schema_extra=why("No one unless named."),
    )


class StorageSettings(Section):
    """What becomes of the buckets."""

    copy_region: AwsRegion | None = Field(
        None,
        description="Region that all buckets are copied to.",
        json_schema_extra=why("A lost region then loses no data; costs the storage twice, and transfer."),
    )


class RegistrySettings(Section):
    """The registry of the platform's images."""

    prefix: DnsLabel | None = Field(
        None,
        description="First part of the repositories' names; none means the cluster's. It can't change later.",
        json_schema_extra=why("Stacks of one account and region differ in it, as their clusters' names do."),
    )


class AwsFoundationSettings(Section):
    """An EKS cluster with all that it needs, in one account and region."""

    kind: Literal["aws"] = Field(
        description="Which foundation this is.",
        json_schema_extra=why("It decides which other keys there are, so it is always written."),
    )
    name: ClusterName = Field(
        description="Name of the cluster, and first part of the names of its roles.",
        json_schema_extra=why("It can't change later, so it is never guessed."),
    )
    account_id: AccountId = Field(
        description="The account. Credentials of any other are refused.",
        json_schema_extra=why("Nobody brings up prod with the credentials of dev."),
    )
    region: AwsRegion = Field(
        description="The region.",
        json_schema_extra=why("Everything is made there, except copies of buckets."),
    )
    profile: Text | None = Field(
        None,
        description="Profile in the machine's AWS configuration; none means the environment's credentials.",
        json_schema_extra=why("CI has credentials in its environment; people have profiles."),
    )
    deploy_role: RoleArn | None = Field(
        None,
        description="Role that is taken to make everything.",
        json_schema_extra=why("Makes the cluster, and so is its administrator, whoever runs Pulumi."),
    )
    permissions_boundary: BoundaryArn | None = Field(
        None,
        description="Permissions boundary of every role.",
        json_schema_extra=why("Some companies refuse roles without theirs."),
    )
    protect: Flag = Field(
        True,
        description="Whether cluster, keys, buckets and tenants' namespaces refuse to be deleted.",
        json_schema_extra=why("Turning it off is a change of its own, which somebody reviews."),
    )
    keep_data: Flag = Field(
        True,
        description="Whether buckets, keys and images stay when the stack is destroyed.",
        json_schema_extra=why("A cluster is made again in half an hour, data isn't."),
    )
    tags: dict[TagText, TagText] = Field(
        default_factory=dict,
        max_length=40,
        description="Further tags of everything.",
        json_schema_extra=why("For the company's bills; AWS allows 50, some are the platform's."),
    )
    network: NetworkSettings = Field(description="The network that the cluster lives in.")
    cluster: ClusterSettings = Field(default_factory=ClusterSettings, description="The EKS control plane.")
    nodes: NodeSettings = Field(description="Which nodes there may be.")
    storage: StorageSettings = Field(
        default_factory=StorageSettings, description="What becomes of the buckets."
    )
    registry: RegistrySettings = Field(
        default_factory=RegistrySettings, description="The registry of the platform's images."
    )
    login: AwsLoginSettings | None = Field(
        None,
        description="The one address of all pages, with a login; none means by forwarded ports only.",
        json_schema_extra=why("Costs a load balancer, and needs a name, a certificate and a provider."),
    )

    @property
    def repositories(self) -> str:
        """First part of the names of the stack's repositories, which no other stack may have."""
        return self.registry.prefix or self.name
