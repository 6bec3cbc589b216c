"""kube-state-metrics has memory for every pod that Kubernetes keeps and quotas allow."""

from __future__ import annotations

import pytest

from components.domain import Quota, Tenant
from components.records.monitoring import FINISHED_PODS, state_metrics_memory


def tenant(pods: int, team: str = "data") -> Tenant:
    return Tenant(team=team, environment="dev", quota=Quota(cpu="1", memory="1Gi", pods=pods))


@pytest.mark.parametrize(("pods", "memory"), [(16, "320Mi"), (10_100, "512Mi"), (30_000, "896Mi")])
def test_it_follows_what_quotas_allow(pods: int, memory: str) -> None:
    assert state_metrics_memory([tenant(pods - 6), tenant(6, "science")]) == memory


def test_finished_pods_count_although_no_quota_has_them() -> None:
    assert FINISHED_PODS == 12_500
    assert state_metrics_memory([]) == "320Mi"


def test_it_has_no_less_than_it_is_given_anyway() -> None:
    assert state_metrics_memory([tenant(10)], least="512Mi") == "512Mi"
    assert state_metrics_memory([tenant(30_000)], least="512Mi") == "896Mi"
