"""A tenant stays within its limits, and whoever hits one reads which; of the quota, test_signals.py tells."""

from __future__ import annotations

import pytest

import flights
from components.domain import Tenant
from components.naming import priority_class
from tests.cluster import pods
from tests.cluster.admission import refusal
from toolchain.kubectl import Kubectl

pytestmark = pytest.mark.cluster


def test_a_container_beyond_the_limits_is_refused_with_the_bound(
    submitter: Kubectl, science: Tenant, theirs: flights.Platform
) -> None:
    pod = pods.admitted("too-large", theirs.namespace, theirs.image)
    size = {"requests": {"cpu": "100m", "memory": "5Gi"}, "limits": {"memory": "5Gi"}}
    said = refusal(submitter, pods.changed(pod, "containers.0.resources", size))
    assert f"maximum memory usage per Container is {science.limits.max_memory}" in said, said


@pytest.mark.parametrize("wanted", ["spark-high", "system-cluster-critical"])
def test_a_pod_of_another_priority_than_the_tenants_is_refused(
    submitter: Kubectl, science: Tenant, theirs: flights.Platform, wanted: str
) -> None:
    assert priority_class(science.priority) != wanted, "choose a class that is not the tenant's own"
    pod = pods.changed(
        pods.admitted("important", theirs.namespace, theirs.image), "priorityClassName", wanted
    )
    said = refusal(submitter, pod)
    assert f"spec.priorityClassName must be {priority_class(science.priority)}" in said, said
