"""What a Service in a tenant's namespace may not be: anything that acts outside that namespace. Pure.

A tenant needs Services: spark-submit makes a headless one for each driver, the operator one for its page. But
kube-proxy of every node carries whatever goes to an address in `externalIPs` to the Service's own pods, and
that may be the address of the API server, of S3 or of a database (CVE-2020-8554).
"""

from __future__ import annotations

from typing import Final

from components.kube.rights import CORE
from components.tenants.admission_policy import Check, Policy

_LOAD_BALANCER: Final = (
    "loadBalancerIP",
    "loadBalancerClass",
    "loadBalancerSourceRanges",
)

SERVICES: Final = Policy(
    subject="services",
    kinds={CORE: ("services",)},
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
    ),
)
"""The rules."""
