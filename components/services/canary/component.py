"""The canary: a small job on a schedule, and the checker that says whether it went through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components.kube.accounts import account_manifests
from components.kube.image_digests import Digests
from components.kube.network_rules import NetworkPlan
from components.kube.objects import declare, typed
from components.kube.service_space import network_walls
from components.naming import CANARY_NAMESPACE, type_token
from components.records.canary import CHECKER, RECORD
from components.services.canary.plan import SCHEDULE, canary_spec
from components.services.canary.pods import (
    checker_labels,
    checker_pod,
    checker_policy,
    checker_selector,
)

_RIGHTS: Final = {"ServiceAccount": "account", "Role": "role", "RoleBinding": "binding"}
"""Ends of the resources' names, by kind."""


@dataclass(frozen=True, kw_only=True)
class CanaryArgs:
    """Arguments of a `Canary`.

    Args:
        image: reference of the image canary_checker.
        spark_image: reference of the Spark image.
        spark_version: its release.
        interval_minutes: minutes from one run to the next.
        network: what lies around it, the object store above all.
        history_url: URL of the history server from inside the cluster.
        driver_pool: node pool of drivers, where nodes come in pools; both pods of a run share a node of it.
        after: what must be in place first: the canary's namespace and the operator with its kinds.
        digests: images that have a digest, because the same program pushes them.
    """

    image: str
    spark_image: str
    spark_version: str
    interval_minutes: int
    network: NetworkPlan
    history_url: str
    driver_pool: str | None = None
    after: Sequence[pulumi.Resource] = ()
    digests: Digests = field(default_factory=dict)


class Canary(pulumi.ComponentResource):
    """A job that shows that jobs run, in the namespace of a tenant of its own.

    Outputs:
        schedule: name of the schedule, known once it exists.
    """

    schedule: pulumi.Output[str]

    def __init__(self, name: str, args: CanaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("Canary"), name, {}, opts)
        self._name = name
        inside = pulumi.ResourceOptions(parent=self, depends_on=list(args.after))
        spec = canary_spec(
            interval_minutes=args.interval_minutes,
            image=args.spark_image,
            spark_version=args.spark_version,
            driver_pool=args.driver_pool,
        )
        spec["template"]["image"] = args.digests.get(args.spark_image, args.spark_image)
        schedule = k8s.apiextensions.CustomResource(
            f"{name}-schedule",
            api_version="sparkoperator.k8s.io/v1beta2",
            kind="ScheduledSparkApplication",
            metadata={"name": SCHEDULE, "namespace": CANARY_NAMESPACE, "labels": checker_labels()},
            spec=spec,
            opts=inside,
        )
        walls = network_walls(
            name, args.after, {"policy": checker_policy(args.network)}, {"policy": _metadata()}, parent=self
        )
        rights = [
            declare(f"{name}-{_RIGHTS[manifest['kind']]}", manifest, inside)
            for manifest in account_manifests(RECORD.grants, "canary")
        ]
        pod = checker_pod(
            image=args.image,
            storage=args.network.storage,
            history_url=args.history_url,
            interval_minutes=args.interval_minutes,
        )
        k8s.apps.v1.Deployment(
            f"{name}-checker",
            metadata=_metadata(),
            spec=typed(
                {
                    "replicas": 1,
                    # The quota has no room for two.
                    "strategy": {"type": "Recreate"},
                    "selector": {"matchLabels": checker_selector()},
                    "template": pod,
                }
            ),
            opts=pulumi.ResourceOptions.merge(
                inside, pulumi.ResourceOptions(depends_on=[schedule, *walls, *rights])
            ),
        )
        self.schedule = schedule.id.apply(lambda _: SCHEDULE)
        self.register_outputs({"schedule": self.schedule})


def _metadata() -> Any:
    return {"name": CHECKER, "namespace": CANARY_NAMESPACE, "labels": checker_labels()}
