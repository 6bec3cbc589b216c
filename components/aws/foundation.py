"""The foundation `aws`: network, EKS, nodes, identities, buckets and registry, in the order that they need.

It has two halves, because the second one needs a provider that is made from what the first one gives:

    AwsFoundation        all that AWS makes; gives the kubeconfig
    ClusterServices      StorageClass and Karpenter, in the cluster (in_cluster.py)

`AwsFoundation.outputs` then gives what every foundation gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.aws.addons import AddonsArgs, ClusterAddons, NodeAddons
from components.aws.adopted_network import AdoptedNetwork, AdoptedNetworkArgs
from components.aws.cluster import Cluster, ClusterArgs
from components.aws.database import DatabaseInstance, DatabaseInstanceArgs
from components.aws.foundation_args import AwsFoundationArgs
from components.aws.identity import DatabaseIdentities, Identities, IdentitiesArgs
from components.aws.in_cluster import STORAGE_CLASS, ClusterServicesArgs
from components.aws.karpenter import KarpenterArgs
from components.aws.load_balancer import LoadBalancer, LoadBalancerArgs, LoadBalancerChoice
from components.aws.network import Network, NetworkArgs, NetworkIds
from components.aws.nodes import KarpenterCloud, KarpenterCloudArgs, SystemNodes, SystemNodesArgs
from components.aws.registry import ImageRegistry, ImageRegistryArgs
from components.aws.storage import Storage, StorageArgs
from components.aws_plans.database_plan import DatabaseChoice
from components.aws_plans.disk_requests import disk_request
from components.aws_plans.images import made_of
from components.aws_plans.node_pools import DO_NOT_DISRUPT, Pool, placement
from components.aws_plans.rds_authorities import authorities
from components.domain import ObjectStorage
from components.foundation.outputs import Door, FoundationOutputs, ManagedDatabase
from components.kube.network_rules import ANY_ADDRESS, API_SERVER_PORT
from components.naming import type_token
from components.records.database import PORT
from components.records.login import HEALTH
from components.spark.zones import beside_driver


class AwsFoundation(pulumi.ComponentResource):
    """Everything that the platform stands on and AWS makes.

    Outputs:
        kubeconfig: how to reach the cluster, known once pods run in it: network, DNS and volumes are there.
        images: reference of each image by name.
        roles: ARN of each tenant's and the history server's role by namespace.
    """

    kubeconfig: pulumi.Output[str]
    images: Mapping[str, pulumi.Output[str]]
    roles: pulumi.Output[dict[str, str]]

    def __init__(
        self, name: str, args: AwsFoundationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("AwsFoundation"), name, {}, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._network = self._connect()
        self._cluster = self._start()
        ready = self._nodes()
        self._door = self._open(args.pages) if args.pages else None
        self._karpenter = KarpenterCloud(
            f"{name}-karpenter",
            KarpenterCloudArgs(
                owner=args.owner,
                cluster_name=self._cluster.cluster_name,
                repositories=args.repositories,
                make_spot_role=args.nodes.make_spot_role,
                disk_key=args.nodes.disk_key,
                zonal_shift=args.control_plane.zonal_shift,
            ),
            self._child,
        )
        self._storage = Storage(
            f"{name}-storage",
            StorageArgs(
                owner=args.owner,
                buckets=args.buckets,
                tenants=args.tenants,
                log_retention_days=args.log_retention_days,
                printed_log_days=args.printed_log_days,
                copy_region=args.copy_region,
                keep=args.keep_data,
                protect=args.protect,
            ),
            self._child,
        )
        registry = ImageRegistry(
            f"{name}-registry",
            ImageRegistryArgs(
                images=args.images,
                stack=args.stack,
                keep=args.keep_data,
            ),
            self._child,
        )
        self._database = self._keep(args.database) if args.database else None
        self._identities = Identities(
            f"{name}-identities",
            IdentitiesArgs(
                owner=args.owner,
                cluster_name=self._cluster.cluster_name,
                tenants=args.tenants,
                grants=args.grants,
                buckets=args.buckets,
                key_arn=self._storage.key_arn,
                metrics_workspace=args.metrics_workspace,
                jobs=args.jobs,
                database=self._database_identities(),
                alert_topics=args.alert_topics,
            ),
            self._child,
        )
        self.kubeconfig = pulumi.Output.all(self._cluster.kubeconfig, ready).apply(
            lambda known: str(known[0])
        )
        self.images = registry.images
        self.roles = self._identities.roles
        self.register_outputs(
            {"kubeconfig": self.kubeconfig, "images": dict(self.images), "roles": self.roles}
        )

    @property
    def services(self) -> ClusterServicesArgs:
        """Arguments of the second half, which is made with a provider for `kubeconfig`."""
        nodes = self._args.nodes
        return ClusterServicesArgs(
            karpenter=KarpenterArgs(
                cluster=self._args.owner.cluster,
                queue=self._karpenter.queue,
                node_role=self._karpenter.node_role,
                release=self._args.release,
                subnet_ids=self._network.pod_subnet_ids,
                security_group_id=self._cluster.security_group_id,
                **vars(nodes.pools),
                disk_key=nodes.disk_key,
                zonal_shift=self._args.control_plane.zonal_shift,
                tags=self._args.tags,
            ),
            disk_key=nodes.disk_key,
        )

    def outputs(self, services: pulumi.Resource) -> FoundationOutputs:
        """What every foundation gives.

        Args:
            services: the second half. Everything above waits for it, and is deleted before it.
        """
        args = self._args
        return FoundationOutputs(
            storage=ObjectStorage(
                endpoint=None,
                region=args.owner.account.region,
                path_style=False,
                data_bucket=args.buckets.data,
                events_bucket=args.buckets.events,
                artifacts_bucket=args.buckets.artifacts,
                static_credentials=False,
            ),
            credentials={},
            ready=(services, self._storage, self._identities),
            pages=self._door,
            deletes_old_logs=True,
            registry=args.registry,
            digests={image.reference: self.images[image.name] for image in args.images},
            images_made_of=made_of(args.nodes.pools.architectures),
            storage_class=STORAGE_CLASS,
            api_server_cidrs=self._api_server_cidrs(),
            api_server_port=API_SERVER_PORT,
            enforces_network_policy=True,
            policies_attach_late=True,
            cluster=args.owner.cluster,
            upstream_charts=True,
            driver_placement=placement(Pool.DRIVER, disk=disk_request(Pool.DRIVER, args.nodes.driver_cpu)),
            executor_placement=placement(
                Pool.EXECUTOR,
                disk=disk_request(Pool.EXECUTOR, args.nodes.executor_cpu),
                affinity=beside_driver() if args.nodes.one_zone_per_job else None,
            ),
            driver_annotations=DO_NOT_DISRUPT,
            database=self._managed_database(),
        )

    def _keep(self, chosen: DatabaseChoice) -> DatabaseInstance:
        """The database on RDS, under the key of the buckets: what is left of either is read by it."""
        return DatabaseInstance(
            f"{self._name}-database",
            DatabaseInstanceArgs(
                owner=self._args.owner,
                chosen=chosen,
                vpc_id=self._network.vpc_id,
                subnet_ids=self._network.private_subnet_ids,
                nodes_group_id=self._cluster.security_group_id,
                key_arn=self._storage.key_arn,
                keep=self._args.keep_data,
                protect=self._args.protect,
            ),
            self._child,
        )

    def _database_identities(self) -> DatabaseIdentities | None:
        made, chosen = self._database, self._args.database
        if made is None or chosen is None:
            return None
        return DatabaseIdentities(users=chosen.users, resource_id=made.resource_id, master=made.master)

    def _managed_database(self) -> ManagedDatabase | None:
        made, chosen, region = self._database, self._args.database, self._args.owner.account.region
        if made is None or chosen is None:
            return None
        network = self._args.network
        return ManagedDatabase(
            host=made.host,
            port=PORT,
            region=region,
            authorities=authorities()[region],
            master=made.master,
            names=chosen.names,
            cidrs=ANY_ADDRESS
            if isinstance(network, AdoptedNetworkArgs)
            else [str(zone.private) for zone in network.plan.zones],
        )

    def _api_server_cidrs(self) -> Sequence[str]:
        """The control plane's interfaces lie in the private subnets; before kube-proxy, it is a Service."""
        chosen = self._args.network
        if isinstance(chosen, AdoptedNetworkArgs):
            return ANY_ADDRESS
        private = [str(zone.private) for zone in chosen.plan.zones]
        return (*private, self._args.control_plane.service_cidr)

    def _connect(self) -> NetworkIds:
        chosen = self._args.network
        if isinstance(chosen, AdoptedNetworkArgs):
            return AdoptedNetwork(f"{self._name}-network", chosen, self._child).ids
        return Network(
            f"{self._name}-network",
            NetworkArgs(owner=self._args.owner, **vars(chosen)),
            self._child,
        ).ids

    def _start(self) -> Cluster:
        args = self._args
        return Cluster(
            f"{self._name}-cluster",
            ClusterArgs(
                owner=args.owner,
                network=self._network,
                version=args.release.kubernetes,
                **vars(args.control_plane),
                protect=args.protect,
                tags=args.tags,
            ),
            self._child,
        )

    def _nodes(self) -> pulumi.Output[str]:
        """Add-ons, the system group, more add-ons; the cluster's name, known once pods run."""
        args, nodes = self._args, self._args.nodes

        def addons(cluster_name: pulumi.Output[str]) -> AddonsArgs:
            return AddonsArgs(
                owner=args.owner,
                cluster_name=cluster_name,
                release=args.release,
                tags=args.tags,
                disk_key=nodes.disk_key,
            )

        first = NodeAddons(f"{self._name}-node-addons", addons(self._cluster.cluster_name), self._child)
        self._system = SystemNodes(
            f"{self._name}-system",
            SystemNodesArgs(
                owner=args.owner,
                cluster_name=first.cluster_name,
                release=args.release,
                subnet_ids=self._network.pod_subnet_ids,
                **vars(nodes.system),
                repositories=args.repositories,
                disk_key=nodes.disk_key,
                tags=args.tags,
            ),
            self._child,
        )
        return ClusterAddons(
            f"{self._name}-addons", addons(self._system.cluster_name), self._child
        ).cluster_name

    def _open(self, chosen: LoadBalancerChoice) -> Door:
        """The way from people's networks to the login."""
        subnets = self._network.public_subnet_ids if chosen.internet else self._network.private_subnet_ids
        balancer = LoadBalancer(
            f"{self._name}-pages",
            LoadBalancerArgs(
                owner=self._args.owner,
                chosen=chosen,
                vpc_id=self._network.vpc_id,
                subnet_ids=subnets,
                nodes_group_id=self._cluster.security_group_id,
                scaling_group=self._system.scaling_group,
                health_path=HEALTH,
                protect=self._args.protect,
            ),
            self._child,
        )
        return Door(address=f"https://{chosen.host}", node_port=chosen.node_port, target=balancer.target)
