"""How many job definitions each tenant may keep: a quota that can only be made after their kinds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.domain import Tenant
from components.kube.objects import typed
from components.naming import tenant_labels, type_token
from components.tenants.limits import Spec, job_counts_spec

QUOTA: Final = "job-definitions"
"""Name of the quota; the API server's refusal names it."""


def counted(spec: Spec) -> str:
    """Say when a quota is ready: once Kubernetes has counted each of its kinds, and takes jobs again.

    Pulumi's provider reads these by RFC 9535, not as kubectl does: a name with a slash or a dot stands in
    brackets. Any other form fails the update once the quota is there.

    Args:
        spec: of the quota, with the kinds under `hard`; see `job_counts_spec`.
    """
    return json.dumps([f"jsonpath={{.status.used['{kind}']}}" for kind in spec["hard"]])


@dataclass(frozen=True, kw_only=True)
class JobCountsArgs:
    """Arguments of `JobCounts`.

    Args:
        tenants: whose definitions are counted.
        after: their namespaces, and what brings the kinds.
    """

    tenants: Sequence[Tenant]
    after: Sequence[pulumi.Resource] = ()


class JobCounts(pulumi.ComponentResource):
    """A quota for job definitions in each tenant's namespace."""

    def __init__(self, name: str, args: JobCountsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("JobCounts"), name, {}, opts)
        for tenant in args.tenants:
            spec = job_counts_spec(tenant)
            k8s.core.v1.ResourceQuota(
                f"{name}-{tenant.namespace}",
                metadata={
                    "name": QUOTA,
                    "namespace": tenant.namespace,
                    "labels": tenant_labels(tenant),
                    "annotations": {"pulumi.com/waitFor": counted(spec)},
                },
                spec=typed(spec),
                opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
            )
        self.register_outputs({})
