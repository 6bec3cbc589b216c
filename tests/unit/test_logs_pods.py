"""The pods of the logs: what they may do, where they run, and what they are given."""

from __future__ import annotations

from typing import Any

import pytest

from components.kube.placement import ANY_NODE, Placement
from components.naming import POOL_LABEL
from components.services.logs.pods import (
    NodeFolders,
    PodPlan,
    cleaner_job,
    collector_pod,
    page_pod,
)
from tests.support.kube import restricted_faults
from tests.support.object_storages import AWS, IN_CLUSTER

FOLDERS = NodeFolders(pod_logs="/var/log/pods", state="/var/lib/log-collector")
PLAN = PodPlan(image="registry.example/run-logs:1", storage=IN_CLUSTER)
JOBS = Placement(
    node_selector={POOL_LABEL: "executor"}, tolerations=[{"key": POOL_LABEL, "operator": "Exists"}]
)
DRIVERS = Placement(node_selector={POOL_LABEL: "driver"}, tolerations=JOBS.tolerations)


def collector(plan: PodPlan = PLAN, *placements: Placement) -> dict[str, Any]:
    made = collector_pod(
        plan, memory="256Mi", placements=placements or (ANY_NODE,), annotations={}, folders=FOLDERS
    )
    spec = made["spec"]
    assert isinstance(spec, dict)
    return spec


def environment(pod: dict[str, Any]) -> dict[str, Any]:
    (container,) = pod["containers"]
    return {each["name"]: each.get("value") or each["valueFrom"] for each in container["env"]}


def test_the_collector_can_read_the_nodes_logs_and_change_nothing_but_its_own_folder() -> None:
    (container,) = collector()["containers"]
    writable = [each["mountPath"] for each in container["volumeMounts"] if not each.get("readOnly")]
    assert writable == ["/var/lib/log-collector"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_the_collector_is_root_without_a_capability() -> None:
    pod = collector()
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsUser"] == 0, "the kubelet's files are root's, and nobody else's"
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False


def test_page_and_cleaner_are_restricted_and_have_no_token() -> None:
    pods = (page_pod(PLAN)["spec"], cleaner_job(PLAN, days=30)["jobTemplate"]["spec"]["template"]["spec"])
    for pod in pods:
        assert list(restricted_faults(pod)) == []
        assert pod["automountServiceAccountToken"] is False


def test_a_key_comes_from_a_secret_where_there_is_no_identity() -> None:
    found = environment(collector())
    assert found["AWS_SECRET_ACCESS_KEY"] == {"secretKeyRef": {"name": "log-collector", "key": "secret-key"}}
    assert "AWS_SECRET_ACCESS_KEY" not in environment(collector(PodPlan(image="i:1", storage=AWS)))


def test_the_collector_goes_to_the_nodes_of_jobs_and_to_no_other() -> None:
    pod = collector(PLAN, DRIVERS, JOBS)
    affinity = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert affinity["nodeSelectorTerms"] == [
        {"matchExpressions": [{"key": POOL_LABEL, "operator": "Exists"}]}
    ]
    assert pod["tolerations"] == JOBS.tolerations, "it has to go with its node, and flush"


def test_the_collector_is_everywhere_if_jobs_may_be() -> None:
    assert "affinity" not in collector(PLAN, DRIVERS, ANY_NODE)


def test_old_logs_go_after_the_days_that_were_asked_for() -> None:
    spec = cleaner_job(PLAN, days=12)
    (container,) = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["clean", "--days=12"]
    assert spec["concurrencyPolicy"] == "Forbid"


@pytest.mark.parametrize("pod", [page_pod(PLAN)["spec"], collector()])
def test_go_keeps_below_the_memory_limit(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    limit = int(container["resources"]["limits"]["memory"].removesuffix("Mi"))
    assert int(environment(pod)["GOMEMLIMIT"].removesuffix("MiB")) < limit
