"""What a Service in a tenant's namespace may not be: anything that acts outside that namespace. Pure.

A tenant needs Services: spark-submit makes a headless one for each driver, the operator one for its page. But
kube-proxy of every node carries whatever goes to an address in `externalIPs` to the Service's own pods, and
that may be the address of the API server, of S3 or of a database (CVE-2020-8554).
"""

from __future__ import annotations

from typing import Final

from components.records.rights import CORE
from components.tenants.admission_policy import Check, Policy

_LOAD_BALANCER: Final = (
    "loadBalancerIP",
    "loadBalancerClass",
    "loadBalancerSourceRanges",
)

PLAIN_ANNOTATIONS: Final = (
    r"^([^/]*|(prometheus\.io|spark\.apache\.org|sparkoperator\.k8s\.io|app\.kubernetes\.io"
    r"|kubectl\.kubernetes\.io)/.*)$"
)
"""Names of annotations that a Service may have. Others are orders to what runs at the edge of clusters: load
balancers, DNS, ingresses, meshes and tunnels, more than anybody can list."""

ANNOTATIONS_CURE: Final = (
    ": a Service may have prometheus.io/ and those of Spark, as others act outside the namespace. Annotate "
    "the job or its pods"
)
"""What to do about another one."""

SERVICES: Final = Policy(
    subject="services",
    kinds={CORE: ("services",)},
    variables={
        "orders": (
            "!has(object.metadata.annotations) ? [] : object.metadata.annotations.filter(key, "
            f"!key.matches(r'{PLAIN_ANNOTATIONS}'))"
        ),
    },
    checks=(
        Check(
            "!has(object.spec.externalIPs) || object.spec.externalIPs.size() == 0",
            "'spec.externalIPs must be left out, not ' + object.spec.externalIPs.join(', ') + "
            "': every node would send what goes there to this Service. Remove it'",
            "the traffic of the whole cluster to any address could be read and answered",
        ),
        Check(
            "!has(object.spec.externalName) || object.spec.externalName == ''",
            "'spec.externalName must be left out, not ' + object.spec.externalName + "
            "': a Service leads to pods of its own namespace. Remove it, and name the host where it is used'",
            "a name inside the cluster would lead to a host that somebody else trusts by that name",
        ),
        Check(
            "!has(object.spec.type) || object.spec.type == 'ClusterIP'",
            "'spec.type must be ClusterIP, not ' + object.spec.type + "
            "': a page of a job is seen through kubectl port-forward. Remove the line'",
            "a port of every node would be open to whoever reaches the nodes",
        ),
        Check(
            " && ".join(f"!has(object.spec.{each})" for each in _LOAD_BALANCER),
            f"'spec must not have {', '.join(_LOAD_BALANCER)}: "
            "no load balancer is made for a tenant. Remove them'",
            "a controller that looks at the fields and not at the type would make one",
        ),
        Check(
            "variables.orders.size() == 0",
            f"'metadata.annotations must not have ' + variables.orders.join(', ') + '{ANNOTATIONS_CURE}'",
            "what runs at the cluster's edge would give the job a name or an address that others have",
        ),
    ),
)
"""The rules."""
