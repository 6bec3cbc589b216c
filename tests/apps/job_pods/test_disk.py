"""A job that names its cores reserves disk by them, as the platform's own pods do."""

from __future__ import annotations

from typing import Any

import pytest

from apps.job_pods.disk import MOST, with_disk
from apps.job_pods.quantities import amount
from components.aws_plans.disk_requests import disk_request
from components.aws_plans.node_pools import Pool
from components.kube.placement import Placement
from components.spark.pod_templates import driver_template, executor_template
from components.tenants.limits import DISK_LIMIT
from tests.apps.job_pods.test_templates import MAIN

POOLS = {"driver": Pool.DRIVER, "executor": Pool.EXECUTOR}
USUAL = {
    "spark.kubernetes.driver.request.cores": "250m",
    "spark.driver.cores": "1",
    "spark.kubernetes.executor.request.cores": "900m",
    "spark.executor.cores": "1",
}


def platform(role: str, *, disk: bool = True) -> dict[str, Any]:
    cpu = USUAL[f"spark.kubernetes.{role}.request.cores"]
    placement = Placement(disk=disk_request(POOLS[role], cpu) if disk else None)
    make = driver_template if role == "driver" else executor_template
    return make(priority_class="spark-normal", placement=placement)


def resources(role: str, conf: dict[str, str], own: dict[str, Any] | None = None) -> Any:
    """What Spark's container has, of a job with properties and resources of its own."""
    template = platform(role)
    given = template["spec"]["containers"][0]
    given["resources"] = {**given["resources"], **(own or {})}
    made = with_disk(template, platform(role), role, {**USUAL, **conf}, USUAL)
    return made["spec"]["containers"][0]["resources"]


def reserved(role: str, conf: dict[str, str], own: dict[str, Any] | None = None) -> float:
    return amount(resources(role, conf, own)["requests"]["ephemeral-storage"])


@pytest.mark.parametrize("role", MAIN)
@pytest.mark.parametrize("cores", ["250m", "900m", "2", "1.7", "16", "64"])
def test_it_is_what_the_platforms_rule_says_of_so_many_cores(role: str, cores: str) -> None:
    found = reserved(role, {f"spark.kubernetes.{role}.request.cores": cores})
    assert found == pytest.approx(amount(disk_request(POOLS[role], cores)), abs=2 * 1024**2)


@pytest.mark.parametrize("role", MAIN)
def test_a_job_of_the_platforms_size_has_the_platforms_request(role: str) -> None:
    usual = platform(role)["spec"]["containers"][0]["resources"]["requests"]["ephemeral-storage"]
    assert reserved(role, {}) == amount(usual)


def test_no_more_is_reserved_than_a_container_may_have() -> None:
    assert MOST == DISK_LIMIT
    assert resources("executor", {"spark.kubernetes.executor.request.cores": "64"})["requests"] == {
        "ephemeral-storage": MOST
    }
    limited = resources(
        "executor",
        {"spark.kubernetes.executor.request.cores": "8"},
        {"limits": {"ephemeral-storage": "20Gi"}},
    )
    assert limited["requests"] == limited["limits"] == {"ephemeral-storage": "20Gi"}


def test_what_a_job_says_itself_stays() -> None:
    own = {"requests": {"ephemeral-storage": "60Gi"}}
    found = reserved("executor", {"spark.kubernetes.executor.request.cores": "4"}, own)
    assert found == 60 * 1024**3


def test_other_requests_and_containers_stay() -> None:
    template = platform("executor")
    template["spec"]["containers"] = [{"name": "own"}, *template["spec"]["containers"]]
    template["spec"]["containers"][1]["resources"]["limits"] = {"nvidia.com/gpu": "1"}
    cores = {**USUAL, "spark.kubernetes.executor.request.cores": "2"}
    own, spark = with_disk(template, platform("executor"), "executor", cores, USUAL)["spec"]["containers"]
    assert own == {"name": "own"}
    assert spark["resources"] == {
        "limits": {"nvidia.com/gpu": "1"},
        "requests": {"ephemeral-storage": "10240Mi"},
    }


def test_where_nothing_is_reserved_nothing_is_added() -> None:
    plain = platform("executor", disk=False)
    cores = {**USUAL, "spark.kubernetes.executor.request.cores": "2"}
    assert with_disk(plain, plain, "executor", cores, USUAL) == plain


def test_cores_that_are_none_are_left_to_the_api_server() -> None:
    cores = {**USUAL, "spark.kubernetes.executor.request.cores": "two"}
    assert with_disk(platform("executor"), platform("executor"), "executor", cores, USUAL) == platform(
        "executor"
    )
