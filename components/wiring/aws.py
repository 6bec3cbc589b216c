"""From settings to the arguments of the foundation `aws` and of its provider."""

from __future__ import annotations

from pathlib import Path

import pulumi_aws as aws

from components.aws.adopted_network import AdoptedNetworkArgs, AdoptedZone
from components.aws.cluster import ControlPlane
from components.aws.foundation_args import AwsFoundationArgs, NodeChoice
from components.aws.karpenter import PoolChoice
from components.aws.load_balancer import LoadBalancerChoice
from components.aws.network import OwnNetwork
from components.aws.nodes import SystemChoice
from components.aws.roles import Owner
from components.aws_plans.access import AccessEntry
from components.aws_plans.account import Account
from components.aws_plans.addon_versions import release
from components.aws_plans.address_plan import plan_addresses
from components.aws_plans.disks import SYSTEM_VOLUME
from components.aws_plans.images import stack_images
from components.aws_plans.kubeconfig import AwsLogin
from components.aws_plans.node_classes import architecture
from components.aws_plans.node_pools import demand
from components.aws_plans.tags import tags
from components.buckets import Buckets
from components.rules.model import enforce
from components.rules.tags import PROVIDER_TAGS
from components.settings import Settings
from components.settings.aws import AwsFoundationSettings
from components.settings.tenant_rules import buckets_of_others
from components.wiring.alerts import topics
from components.wiring.database import managed
from components.wiring.presence import services
from components.wiring.tenancy import job_tenants


def provider_args(settings: Settings, chosen: AwsFoundationSettings) -> aws.ProviderArgs:
    """Arguments of the AWS provider: one region, one account, tags on everything.

    AwsLogin of another account are refused before anything is made.

    Args:
        settings: all settings.
        chosen: its foundation.

    Raises:
        RuleError: a tag that everything must have is missing.
    """
    default_tags = {"tags": _tags(settings, chosen)}
    enforce(PROVIDER_TAGS, part=default_tags, what="the AWS provider")
    return aws.ProviderArgs(
        region=chosen.region,
        allowed_account_ids=[chosen.account_id],
        profile=chosen.profile,
        assume_roles=(
            [aws.ProviderAssumeRoleArgs(role_arn=chosen.deploy_role)] if chosen.deploy_role else None
        ),
        default_tags=aws.ProviderDefaultTagsArgs(tags=default_tags["tags"]),
    )


def registry(chosen: AwsFoundationSettings) -> str:
    """Host of the account's registry and prefix of the platform's repositories in it.

    Args:
        chosen: the stack's settings for AWS.
    """
    account = Account(id=chosen.account_id, region=chosen.region)
    return f"{account.registry}/{chosen.repositories}"


def foundation_args(
    settings: Settings, chosen: AwsFoundationSettings, *, root: Path, stack: str
) -> AwsFoundationArgs:
    """Arguments of the foundation.

    Args:
        settings: all settings.
        chosen: its foundation.
        root: the checkout; image tags are made from what lies in it.
        stack: the stack's name.
    """
    owner = Owner(
        account=Account(id=chosen.account_id, region=chosen.region),
        cluster=chosen.name,
        boundary=chosen.permissions_boundary,
    )
    remote = settings.observability.remote_write
    return AwsFoundationArgs(
        owner=owner,
        network=_network(settings, chosen),
        release=release(chosen.cluster.version),
        control_plane=chosen.cluster.plain(
            ControlPlane,
            service_cidr=chosen.network.service_cidr,
            access=[each.plain(AccessEntry) for each in chosen.cluster.access],
            credentials=AwsLogin(profile=chosen.profile, role_arn=chosen.deploy_role),
            own_role_name=chosen.cluster.role_name == "cluster",
        ),
        nodes=NodeChoice(
            system=chosen.nodes.system.plain(
                SystemChoice,
                architecture=architecture(chosen.nodes.system.instance_types[0]),
                volume=chosen.nodes.disks.system.volume(SYSTEM_VOLUME),
            ),
            pools=PoolChoice(
                pools=chosen.nodes.pools.sizes,
                architectures=chosen.nodes.architectures,
                volumes=chosen.nodes.disks.volumes,
                fast_pull=chosen.nodes.fast_image_pull,
            ),
            make_spot_role=chosen.nodes.make_spot_role,
            disk_key=chosen.nodes.disk_key,
            driver_cpu=settings.spark.driver.cpu_request,
            executor_cpu=settings.spark.executor.cpu_request,
            one_zone_per_job=chosen.nodes.job_zones == "one",
        ),
        buckets=settings.object_storage.buckets.plain(Buckets),
        log_retention_days=settings.history.log_retention_days,
        printed_log_days=settings.observability.logs.retention_days,
        copy_region=chosen.storage.copy_region,
        registry=registry(chosen),
        repositories=chosen.repositories,
        images=stack_images(
            registry(chosen),
            root=root,
            architectures=chosen.nodes.architectures,
            services=[each.record for each in services(settings).values()],
        ),
        stack=stack,
        tenants=[tenant.namespace for tenant in job_tenants(settings)],
        grants={each.tenant(settings.environment).namespace: each.access.grants for each in settings.tenants},
        metrics_workspace=remote.workspace if settings.observability.enabled and remote else None,
        jobs=settings.jobs.enabled,
        database=managed(settings),
        alert_topics=topics(settings),
        tags=_tags(settings, chosen),
        protect=chosen.protect,
        keep_data=chosen.keep_data,
        pages=chosen.login.plain(LoadBalancerChoice) if chosen.login else None,
    )


def _network(settings: Settings, chosen: AwsFoundationSettings) -> OwnNetwork | AdoptedNetworkArgs:
    network = chosen.network
    if network.adopt is not None:
        return AdoptedNetworkArgs(
            vpc_id=network.adopt.vpc_id,
            zones=[zone.plain(AdoptedZone) for zone in network.adopt.zones],
        )
    return network.plain(
        OwnNetwork,
        plan=plan_addresses(
            vpc_cidr=network.cidr,
            pod_cidr=network.pod_cidr,
            service_cidr=network.service_cidr,
            zones=network.zones,
            demand=demand(chosen.nodes.pools.sizes, system_nodes=chosen.nodes.system.count),
        ),
        # What a tenant may use has to be reached as well, whoever owns it.
        foreign_buckets=buckets_of_others(settings, chosen),
    )


def _tags(settings: Settings, chosen: AwsFoundationSettings) -> dict[str, str]:
    return tags(environment=settings.environment, cluster=chosen.name, further=chosen.tags)
