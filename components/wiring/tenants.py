"""From settings to what every job gets, and to the tenants' namespaces."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.releases import RELEASES
from components.services.canary.plan import CANARY_TENANT
from components.spark.conf import JobDefaults, spark_defaults
from components.spark.first_connections import settings_for_late_policies
from components.spark.log_links import LIVE_URL
from components.spark.sizing import job_sizes
from components.tenants.job_counts import JobCounts, JobCountsArgs
from components.tenants.namespace import (
    JobRules,
    JobRulesArgs,
    PriorityClasses,
    PriorityClassesArgs,
    TenantNamespace,
    TenantNamespaceArgs,
)
from components.wiring.ground import Ground
from components.wiring.logs import log_links


def job_defaults(ground: Ground) -> JobDefaults:
    """Make what every job gets: of the stack's release of Spark, and of the others that a job may name.

    Args:
        ground: what every service is wired with.
    """
    own = ground.settings.spark.version
    images = {
        name: ground.image(image)
        for release in RELEASES.values()
        for name, image in (
            (release.version, release.image),
            (f"{release.version}-python", release.python_image),
        )
    }
    images[own] = spark_image(ground)
    return JobDefaults(
        properties=_properties(ground, own, images[own]),
        releases={
            version: _properties(ground, version, images[version])
            for version in dict.fromkeys((*RELEASES, own))
        },
        images=images,
    )


def _properties(ground: Ground, version: str, image: str) -> dict[str, str]:
    spark = ground.settings.spark
    sizes = job_sizes(spark.driver.size, spark.executor.size, max_executors=spark.max_executors)
    annotations = {
        f"spark.kubernetes.driver.annotation.{key}": value
        for key, value in ground.foundation.driver_annotations.items()
    }
    late = settings_for_late_policies() if ground.foundation.policies_attach_late else ()
    timeouts = {each.key: each.value for each in late}
    return spark_defaults(
        ground.foundation.storage,
        spark_version=version,
        image=image,
        own_image=image == spark.image,
        overrides={**sizes, **annotations, **timeouts, **log_links(ground, LIVE_URL), **spark.conf},
    )


def spark_image(ground: Ground) -> str:
    """Reference of the image of jobs that name none.

    Args:
        ground: what every service is wired with.
    """
    spark = ground.settings.spark
    return spark.image or ground.image(RELEASES[spark.version].image)


def tenants(ground: Ground, conf: JobDefaults) -> list[pulumi.Resource]:
    """Make the tenants' namespaces, and what there is once for all of them.

    Args:
        ground: what every service is wired with.
        conf: what every job gets.
    """
    foundation = ground.foundation
    devices = sorted({name for tenant in ground.tenants for name in tenant.quota.devices})
    rules = JobRules(
        "spark-job-rules",
        JobRulesArgs(
            pools=bool(foundation.driver_placement.node_selector),
            devices=devices,
            driver=ground.settings.spark.driver.size,
            executor=ground.settings.spark.executor.size,
            releases=sorted({*RELEASES, ground.settings.spark.version}),
            images={
                name: image for name, image in conf.images.items() if image != ground.settings.spark.image
            },
            defaults=conf.properties,
        ),
        ground.options,
    )
    # Some rights are there to hear a rule's refusal: nobody has them before the rule is.
    after = pulumi.ResourceOptions.merge(ground.options, pulumi.ResourceOptions(depends_on=[rules]))
    return [
        PriorityClasses("spark-priorities", PriorityClassesArgs(), ground.options),
        rules,
        *(
            TenantNamespace(
                f"tenant-{tenant.namespace}",
                TenantNamespaceArgs(
                    tenant=tenant,
                    network=ground.network,
                    spark_defaults=conf,
                    credentials=foundation.credentials.get(tenant.namespace),
                    driver_placement=foundation.driver_placement,
                    executor_placement=foundation.executor_placement,
                    digests=foundation.digests,
                    # The canary's holds nothing that anybody would miss.
                    protect=ground.settings.foundation.protect and tenant != CANARY_TENANT,
                    devices=devices,
                ),
                after,
            )
            for tenant in ground.tenants
        ),
    ]


def job_counts(ground: Ground, after: Sequence[pulumi.Resource]) -> JobCounts:
    """Have the tenants' job definitions counted.

    Args:
        ground: what every service is wired with.
        after: the tenants' namespaces, and the operator, which brings the kinds.
    """
    return JobCounts("job-counts", JobCountsArgs(tenants=ground.tenants, after=after), ground.options)
