"""How many job definitions each tenant may keep: a quota that can only be made after their kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.domain import Tenant
from components.kube.objects import typed
from components.naming import tenant_labels, type_token
from components.records.rights import SPARK_GROUP
from components.tenants.limits import job_counts_spec

QUOTA: Final = "job-definitions"
"""Name of the quota; the API server's refusal names it."""

COUNTED: Final = f"jsonpath={{.status.used['count/sparkapplications.{SPARK_GROUP}']}}"
"""What is there once Kubernetes has counted, and takes jobs again; see `job_counts_spec`.

Pulumi's provider reads it by RFC 9535, not as kubectl does: a name with a slash or a dot stands in brackets.
Any other form fails the update once the quota is there.
"""


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
            k8s.core.v1.ResourceQuota(
                f"{name}-{tenant.namespace}",
                metadata={
                    "name": QUOTA,
                    "namespace": tenant.namespace,
                    "labels": tenant_labels(tenant),
                    "annotations": {"pulumi.com/waitFor": COUNTED},
                },
                spec=typed(job_counts_spec(tenant)),
                opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
            )
        self.register_outputs({})
