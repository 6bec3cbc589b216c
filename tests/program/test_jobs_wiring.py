"""A stack with jobs from Git: worker, pages, index and login reach what they need, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apps.jobs.web.configuration import configuration as pages_configuration
from apps.jobs.worker.configuration import configuration as worker_configuration
from components.records.database import PORT as DATABASE_PORT
from components.records.jobs import LIVE, WEB, WORKER
from tests.support.network_reach import Endpoint, Port, reaches
from tests.support.recorder import Landed, World
from tests.support.stacks import build_stack, stack_settings


@pytest.fixture(scope="module")
def world() -> World:
    values = stack_settings("local") | {"observability": {"enabled": False}}  # half of what is built
    values["jobs"] = {"enabled": True, "nodePort": 30183, "prices": {"m5.xlarge": "0.11"}}
    return build_stack("local", values)


def _named(world: World, kind: str, namespace: str, name: str) -> Landed:
    (found,) = [
        each
        for each in world.of(kind)
        if (each.metadata["namespace"], each.metadata["name"]) == (namespace, name)
    ]
    return found


def _pod(world: World, part: str) -> dict[str, Any]:
    made = _named(world, "kubernetes:apps/v1:Deployment", "spark-jobs", part)
    return dict(made.inputs["spec"]["template"])


def _told(world: World, part: str) -> dict[str, str]:
    (container,) = _pod(world, part)["spec"]["containers"]
    return {each["name"]: each["value"] for each in container["env"] if "value" in each}


def _reach(world: World, source: Endpoint, target: Endpoint, port: int) -> bool:
    policies: dict[str, list[Any]] = {}
    for each in world.of("kubernetes:networking.k8s.io/v1:NetworkPolicy"):
        policies.setdefault(each.metadata["namespace"], []).append(each.inputs["spec"])
    return reaches(policies, source, target, Port(port))


def _end(name: str, namespace: str, labels: dict[str, str]) -> Endpoint:
    space = {"kubernetes.io/metadata.name": namespace}
    return Endpoint(
        name=name, namespace=namespace, labels=labels, namespace_labels=space, address="10.244.0.9"
    )


NAME = "app.kubernetes.io/name"
STORE = _end("store", "object-store", {NAME: "object-store", "app.kubernetes.io/component": "server"})
INDEX = _end("index", "spark-database", {NAME: "postgres"})
PAGES = _end("pages", "spark-jobs", {NAME: WEB})
DOER = _end("worker", "spark-jobs", {NAME: WORKER})
GIT = _end("repository", "spark-jobs", {NAME: "jobs-repository"})
LOGIN = _end("login", "spark-login", {NAME: "login-proxy"})
DRIVER = _end("driver", "data-dev", {"spark-role": "driver"})
EXECUTOR = _end("executor", "data-dev", {"spark-role": "executor"})


@pytest.mark.parametrize(
    ("source", "target", "port", "allowed"),
    [
        (DOER, STORE, 7070, True),
        (DOER, INDEX, DATABASE_PORT, True),
        (DOER, GIT, 8080, True),
        (DOER, DRIVER, 4040, False),
        (PAGES, STORE, 7070, True),
        (PAGES, INDEX, DATABASE_PORT, True),
        (PAGES, DRIVER, 4040, True),
        (PAGES, DRIVER, 7078, False),
        (PAGES, EXECUTOR, 4040, False),
        (PAGES, GIT, 8080, False),
        (LOGIN, PAGES, 8080, True),
        (LOGIN, PAGES, 8000, False),
        (LOGIN, DOER, 8080, False),
        (DRIVER, PAGES, 8080, False),
        (DRIVER, INDEX, DATABASE_PORT, False),
        (GIT, STORE, 7070, False),
    ],
    ids=lambda each: each.name if isinstance(each, Endpoint) else str(each),
)
def test_each_part_reaches_what_it_needs_and_nothing_else(
    world: World, source: Endpoint, target: Endpoint, port: int, allowed: bool
) -> None:
    assert _reach(world, source, target, port) is allowed


def test_what_a_pod_is_told_is_what_its_program_reads(world: World) -> None:
    worker = worker_configuration(_told(world, WORKER))
    assert worker.repository == "http://jobs-repository.spark-jobs.svc:8080/jobs.git"
    assert worker.namespaces == "data-dev,science-dev"
    assert worker.prices == {"m5.xlarge": "0.11"}
    assert worker.karpenter == "", "which makes no nodes here"
    pages = pages_configuration(_told(world, WEB))
    assert pages.tenants == ("data-dev", "science-dev")
    assert pages.path == "/jobs"
    assert (pages.checked_buckets, pages.check_seconds) == (("data",), 900)
    assert pages.links.history == "http://127.0.0.1:30180/spark-history"
    assert {"DATABASE_HOST", "DATABASE_NAME", "DATABASE_PASSWORD_FILE"} <= set(_told(world, WEB))


def test_who_sees_all_is_in_every_group_and_the_others_in_their_own(world: World) -> None:
    members = pages_configuration(_told(world, WEB)).members
    assert members == {
        "admin": ["data-engineers", "data-scientists"],
        "data": ["data-engineers"],
        "science": ["data-scientists"],
    }


@pytest.mark.parametrize("part", [WORKER, WEB])
def test_worker_and_pages_have_a_token_and_a_key_of_their_own(world: World, part: str) -> None:
    spec = _pod(world, part)["spec"]
    assert spec["automountServiceAccountToken"], "they ask the API server"
    (container,) = spec["containers"]
    keys = {each["valueFrom"]["secretKeyRef"]["name"] for each in container["env"] if "valueFrom" in each}
    assert keys == {part}
    assert "readinessProbe" in container, "or `pulumi up` ends well with a pod that does not start"


def test_the_pages_may_become_the_tenants_people_and_nothing_else(world: World) -> None:
    roles = [
        each
        for each in world.landed
        if each.type.endswith(":ClusterRole") and each.metadata["name"] == f"spark-jobs-{WEB}"
    ]
    (role,) = roles
    assert {verb for rule in role.inputs["rules"] for verb in rule["verbs"]} == {"impersonate"}
    named = {rule["resources"][0]: rule.get("resourceNames") for rule in role.inputs["rules"]}
    assert named == {
        "users": ["spark-jobs:viewer"],
        "groups": ["data-engineers", "data-scientists"],
        "userextras/jobs-user": None,
    }
    bound = [
        each.metadata["name"]
        for each in world.landed
        if each.type.endswith("RoleBinding")
        and any(subject["name"] == WEB for subject in each.inputs["subjects"])
    ]
    assert bound == [f"spark-jobs-{WEB}"], "and it has no rights of its own in any namespace"


def test_the_login_shows_the_pages_below_its_address(world: World) -> None:
    maps = _named(world, "kubernetes:core/v1:ConfigMap", "spark-login", "login-proxy")
    assert "http://jobs-web.spark-jobs.svc:8080" in maps.inputs["data"]["pages.yaml"]
    home = _named(world, "kubernetes:core/v1:ConfigMap", "spark-login", "login-proxy-home")
    assert 'href="/jobs/runs"' in json.dumps(home.inputs["data"]).replace("\\", "")


def test_passes_to_drivers_pages_are_sealed_with_a_key_of_their_own_and_let_through(world: World) -> None:
    told = pages_configuration(_told(world, WEB))
    assert str(told.live_key) == "/etc/jobs/login/live-key"
    made = _named(world, "kubernetes:core/v1:Secret", "spark-jobs", "jobs-login").inputs["stringData"]
    assert set(made) == {"password", "live-key"}
    assert made["live-key"] != made["password"]
    maps = _named(world, "kubernetes:core/v1:ConfigMap", "spark-login", "login-proxy")
    assert f"GET=^/jobs/{LIVE}$" in maps.inputs["data"]["oauth2-proxy.cfg"]


def test_no_secret_of_theirs_is_readable_in_the_state(world: World) -> None:
    for name, key in (("jobs-database", "password"), ("jobs-login", "password"), ("jobs-login", "live-key")):
        secret = _named(world, "kubernetes:core/v1:Secret", "spark-jobs", name)
        assert world.secret(secret, f"stringData.{key}")


def test_without_jobs_there_is_neither_index_nor_page() -> None:
    values = stack_settings("local") | {"observability": {"enabled": False}, "jobs": {"enabled": False}}
    off = build_stack("local", values)
    spaces = {each.metadata["name"] for each in off.of("kubernetes:core/v1:Namespace")}
    assert not spaces & {"spark-jobs", "spark-database"}
