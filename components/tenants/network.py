"""Who may reach whom inside a tenant's namespace: its NetworkPolicies. Pure.

Everything is denied, and then just what Spark needs is allowed. A NetworkPolicy can't say "of the same job",
so jobs of one tenant may reach each other's Spark ports; other tenants' may not. A test works out what all
policies together allow, and holds the whole table.
"""

from __future__ import annotations

from collections.abc import Sequence

from components.domain import Egress
from components.kube.network_rules import (
    NetworkPlan,
    Spec,
    api_server_egress,
    base_policies,
    cidrs,
    from_,
    object_store_egress,
    pods,
    policy,
    scraped_by,
    shown_by,
    to,
)
from components.spark.conf_values import BLOCK_MANAGER_PORT, DRIVER_PORT, JMX_PORT, UI_PORT
from components.spark.pod_labels import DRIVER, EXECUTOR, SUBMITTER


def tenant_policies(plan: NetworkPlan, egress: Sequence[Egress] = ()) -> dict[str, Spec]:
    """Make the policies of a tenant's namespace.

    Args:
        plan: what lies around it.
        egress: what its drivers and executors reach outside the cluster.

    Returns:
        Specs by the policy's name.

    Raises:
        ValueError: the object store's endpoint is no URL with a host.
    """
    driver, executor = pods(DRIVER), pods(EXECUTOR)
    spark_ports = (DRIVER_PORT, BLOCK_MANAGER_PORT)
    store = object_store_egress(plan.storage)
    outside = [to(cidrs(each.cidrs), *each.ports) for each in egress]
    api_server = api_server_egress(plan)
    return {
        **base_policies(),
        "spark-driver": policy(
            DRIVER,
            ingress=[
                from_([executor], *spark_ports),
                *scraped_by(plan.monitoring_namespace, UI_PORT, JMX_PORT),
                *shown_by(plan.shows_drivers, UI_PORT),
            ],
            egress=[to([executor], BLOCK_MANAGER_PORT), api_server, *store, *outside],
        ),
        "spark-executor": policy(
            EXECUTOR,
            ingress=[
                from_([driver, executor], BLOCK_MANAGER_PORT),
                *scraped_by(plan.monitoring_namespace, JMX_PORT),
            ],
            egress=[to([driver], *spark_ports), to([executor], BLOCK_MANAGER_PORT), *store, *outside],
        ),
        "spark-submitter": policy(SUBMITTER, egress=[api_server, *store]),
    }
