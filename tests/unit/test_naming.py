"""Names and labels are an API: what others select on stays as it is."""

from __future__ import annotations

from components import naming
from components.domain import Priority, Quota, Tenant, check_dns_label
from components.records.every import PLATFORM_NAMESPACES

_TENANT = Tenant(team="data", environment="dev", quota=Quota(cpu="1", memory="1Gi", pods=2))


def test_everything_carries_the_four_recommended_labels() -> None:
    assert naming.labels("spark-history", "history-server") == {
        "app.kubernetes.io/name": "spark-history",
        "app.kubernetes.io/component": "history-server",
        "app.kubernetes.io/part-of": "spark-on-eks",
        "app.kubernetes.io/managed-by": "pulumi",
    }


def test_a_tenants_labels_say_whose_it_is_and_keep_the_common_ones() -> None:
    labels = naming.tenant_labels(_TENANT)
    assert labels["spark-on-eks/tenant"] == "data-dev"
    assert labels["spark-on-eks/team"] == "data"
    assert labels["spark-on-eks/environment"] == "dev"
    assert naming.labels("data-dev", "tenant").items() <= labels.items()


def test_type_tokens_have_one_prefix() -> None:
    assert naming.type_token("TenantNamespace") == "sparkeks:index:TenantNamespace"


def test_fixed_names_are_names_that_kubernetes_takes() -> None:
    fixed = (
        *PLATFORM_NAMESPACES,
        *naming.CLUSTER_NAMESPACES,
        naming.DRIVER_ACCOUNT,
        naming.EXECUTOR_ACCOUNT,
        naming.SUBMITTER_ACCOUNT,
        naming.CREDENTIALS_SECRET,
        naming.DEFAULTS_CONFIG_MAP,
        *(naming.priority_class(each) for each in Priority),
    )
    for name in fixed:
        check_dns_label(name)
    assert len(set(PLATFORM_NAMESPACES)) == len(PLATFORM_NAMESPACES)
