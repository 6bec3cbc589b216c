"""The database's passwords, its pod, and who reaches it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from itertools import count
from pathlib import Path

import pulumi
import pytest

from apps.jobs.index.connecting import Address, address
from components.kube.database_access import (
    AUTHORITIES,
    PASSWORD,
    DatabaseAccess,
    environment,
    mount,
    volume,
)
from components.kube.network_rules import NetworkPlan, egress_to, policy
from components.naming import DATABASE_NAMESPACE
from components.records.database import METRICS_PORT
from components.records.model import DatabaseClient, Reach
from components.services.database.component import DatabaseServer, DatabaseServerArgs
from components.services.database.pods import server_labels, server_pod, server_policies
from components.services.database.scram import verifier
from components.settings import parse
from components.wiring.database import clients
from costs.platform_pods import platform_pods, volumes
from tests.support.network_reach import Endpoint, Port, reaches
from tests.support.object_storages import IN_CLUSTER
from tests.support.recorder import World, build
from tests.support.stacks import STACKS, build_stack, stack_settings, world_of


def test_the_verifier_answers_the_example_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 7677, section 3: what a server of the user `user` with the password `pencil` signs."""
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")

    class Fixed:
        def __init__(self, *_: object) -> None: ...

        def digest(self) -> bytes:
            return salt

    with monkeypatch.context() as patch:
        real = hashlib.sha256
        patch.setattr(
            "components.services.database.scram.hashlib.sha256",
            lambda content: Fixed() if content == b"the salt" else real(content),
        )
        made = verifier("pencil", salt="the salt")
    method, parameters, keys = made.split("$")
    assert (method, parameters) == ("SCRAM-SHA-256", "4096:W22ZaJ0SNY7soEsUEjb6gQ==")
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    message = ",".join(
        (
            "n=user,r=rOprNGfwEbeRWgbNEkqO",
            f"r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            f"c=biws,r={nonce}",
        )
    )
    server_key = base64.b64decode(keys.split(":")[1])
    signed = hmac.digest(server_key, message.encode(), "sha256")
    assert base64.b64encode(signed) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_equal_passwords_have_equal_verifiers_only_with_the_same_salt() -> None:
    assert verifier("a", salt="s") == verifier("a", salt="s")
    assert verifier("a", salt="s") != verifier("a", salt="t")
    assert verifier("a", salt="s") != verifier("b", salt="s")


# The server in the cluster

JOBS = DatabaseClient(database="jobs", namespace="spark-jobs", pods=("jobs-worker", "jobs-web"))
CATALOG = DatabaseClient(database="catalog", namespace="spark-catalog", pods=("catalog",))


@pytest.fixture(scope="module")
def world() -> World:
    def program() -> None:
        made = DatabaseServer(
            "database",
            DatabaseServerArgs(
                image="localhost/postgres:15-1",
                clients=(JOBS, CATALOG),
                storage="5Gi",
                memory="384Mi",
                generation=1,
                monitoring="monitoring",
                protect=True,
            ),
        )
        for name, access in made.access.items():
            pulumi.export(f"{name}-secret", access.password.is_secret())
            pulumi.export(f"{name}-where", f"{access.host}:{access.port}/{access.name}")
            pulumi.export(f"{name}-password", access.password)

    made_up = count()
    return build(
        program,
        answer=lambda type_, name, _: (
            {"value": f"made-up-{name}-{next(made_up)}"} if "dynamic" in type_ or "Random" in type_ else {}
        ),
    )


def test_every_part_hangs_on_the_component_and_nothing_is_made_twice(world: World) -> None:
    component = world.one("DatabaseServer")
    assert {each.parent for each in world.landed if each is not component} == {component.urn}
    assert world.duplicates() == []
    assert world.outputs[component.urn] == {"host": "postgres.spark-database.svc"}


def test_each_service_has_a_database_and_a_secret_password_of_its_own(world: World) -> None:
    for name in ("jobs", "catalog"):
        assert world.exports[f"{name}-where"] == f"postgres.spark-database.svc:5432/{name}"
        assert world.exports[f"{name}-secret"] is True
    assert world.exports["jobs-password"] != world.exports["catalog-password"]
    service = world.one("Service")
    where = f"{service.metadata['name']}.{service.metadata['namespace']}.svc"
    assert where == "postgres.spark-database.svc"


def test_the_server_is_told_what_passwords_are_checked_by_and_no_password(world: World) -> None:
    secret = world.one("Secret")
    checks = secret.inputs["stringData"]
    assert set(checks) == {"jobs", "catalog"}
    for name, check in checks.items():
        assert check.startswith("SCRAM-SHA-256$4096:")
        assert world.secret(secret, f"stringData.{name}")
        assert str(world.exports[f"{name}-password"]) not in check
    assert len(set(checks.values())) == 2


def test_the_volume_outlives_the_server_and_is_not_deleted_by_mistake(world: World) -> None:
    claim = world.one("PersistentVolumeClaim")
    assert claim.protect
    (mounted,) = [
        each["persistentVolumeClaim"]["claimName"]
        for each in world.one("StatefulSet").inputs["spec"]["template"]["spec"]["volumes"]
        if "persistentVolumeClaim" in each
    ]
    assert mounted == claim.metadata["name"]


def test_the_server_runs_restricted_with_a_cache_that_fits_its_memory() -> None:
    pod = server_pod(image="localhost/postgres:15-1", memory="384Mi", annotations={})["spec"]
    server, exporter = pod["containers"]
    assert server["args"] == ["-c", "shared_buffers=96MB"]
    assert server["resources"]["requests"]["memory"] == server["resources"]["limits"]["memory"] == "384Mi"
    assert pod["securityContext"]["runAsNonRoot"]
    for container in (server, exporter):
        assert container["securityContext"]["readOnlyRootFilesystem"]
    writable = {each["mountPath"] for each in server["volumeMounts"] if not each.get("readOnly")}
    assert writable == {"/data", "/run/postgresql"}
    (run,) = (each["emptyDir"] for each in pod["volumes"] if each["name"] == "run")
    assert run["medium"] == "Memory", "the key of its certificate is there"


@pytest.mark.parametrize(
    ("namespace", "name", "port", "open_"),
    [
        ("spark-jobs", "jobs-web", 5432, True),
        ("spark-jobs", "jobs-worker", 5432, True),
        ("spark-jobs", "something-else", 5432, False),
        ("spark-catalog", "catalog", 5432, True),
        ("spark-catalog", "jobs-web", 5432, False),
        ("data-dev", "jobs-web", 5432, False),
        ("monitoring", "prometheus", METRICS_PORT, True),
        ("monitoring", "prometheus", 5432, False),
        ("spark-jobs", "jobs-web", METRICS_PORT, False),
    ],
)
def test_pods_of_its_services_reach_it_and_nobody_else(
    namespace: str, name: str, port: int, open_: bool
) -> None:
    policies = {DATABASE_NAMESPACE: list(server_policies((JOBS, CATALOG), "monitoring").values())}
    server = Endpoint(name="server", address="10.0.0.1", namespace=DATABASE_NAMESPACE, labels=server_labels())
    other = Endpoint(
        name=name, address="10.0.0.2", namespace=namespace, labels={"app.kubernetes.io/name": name}
    )
    assert reaches(policies, other, server, Port(port)) == open_
    assert not reaches(policies, server, other, Port(443)), "it reaches nobody"


def test_a_pod_whose_record_says_so_may_reach_the_server_and_no_other_pod_there() -> None:
    plan = NetworkPlan(api_server_port=6443, storage=IN_CLUSTER)
    policies = {"spark-jobs": [policy({}, egress=egress_to([Reach.DATABASE], plan))]}
    pod = Endpoint(name="web", address="10.0.0.2", namespace="spark-jobs")
    for labels, open_ in ((server_labels(), True), ({"app.kubernetes.io/name": "other"}, False)):
        target = Endpoint(name="x", address="10.0.0.1", namespace=DATABASE_NAMESPACE, labels=labels)
        assert reaches(policies, pod, target, Port(5432)) == open_


def test_a_server_outside_of_the_cluster_is_reached_in_its_subnets_at_its_port_alone() -> None:
    plan = NetworkPlan(
        api_server_port=6443, storage=IN_CLUSTER, database_cidrs=["10.40.0.0/24", "10.40.1.0/24"]
    )
    policies = {"spark-jobs": [policy({}, egress=egress_to([Reach.DATABASE], plan))]}
    pod = Endpoint(name="web", address="10.0.0.2", namespace="spark-jobs")
    for place, port, open_ in (
        ("10.40.0.9", 5432, True),
        ("10.40.1.9", 5432, True),
        ("10.40.2.9", 5432, False),
        ("10.40.0.9", 22, False),
    ):
        assert reaches(policies, pod, Endpoint(name="x", address=place), Port(port)) == open_


def test_what_a_pod_is_told_is_what_our_programs_read() -> None:
    access = DatabaseAccess(
        host="h",
        port=5432,
        name="jobs",
        files={PASSWORD: pulumi.Output.secret("p")},
        revision=pulumi.Output.from_input("r"),
    )
    told = {each["name"]: each["value"] for each in environment(access)}
    assert address(told) == Address(host="h", name="jobs", port=5432, password=Path("/etc/database/password"))
    on_rds = replace(access, files={AUTHORITIES: "pem"}, region="eu-central-1")
    told = {each["name"]: each["value"] for each in environment(on_rds)}
    assert address(told) == Address(
        host="h", name="jobs", region="eu-central-1", authorities=Path("/etc/database/authorities.pem")
    )
    assert (mount()["mountPath"], mount()["name"]) == ("/etc/database", volume("x")["name"])


# In a stack


def test_a_stack_without_a_service_that_wants_one_has_no_server() -> None:
    wanting = {stack for stack in STACKS if clients(parse(stack_settings(stack)))}
    assert wanting == {"local"}
    for stack in STACKS:
        assert len(world_of(stack).of("DatabaseServer")) == (stack in wanting), stack


@pytest.mark.parametrize("stack", ["local", "dev"])
def test_one_line_gives_a_service_its_database_with_volume_metrics_and_price(
    stack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = stack_settings(stack) | {"jobs": {"enabled": False}}
    settings = parse(values)
    before = platform_pods(settings)
    disks = {each.name for each in volumes(settings)}
    monkeypatch.setattr("components.wiring.database.clients", lambda _: [JOBS])
    made = build_stack(stack, values)
    assert made.one("DatabaseServer")
    assert made.one("StatefulSet", "postgres").metadata["namespace"] == DATABASE_NAMESPACE
    image = made.one("StatefulSet", "postgres").inputs["spec"]["template"]["spec"]["containers"][0]["image"]
    assert "/postgres:15-" in image
    monitors = json.dumps([each.inputs for each in made.of("PodMonitor")], default=str)
    assert "spark-database" in monitors or stack == "dev", "on AWS the chart's values have the monitors"
    after = platform_pods(settings)
    assert (after.millicores - before.millicores, after.memory_mib - before.memory_mib) == (110, 384 + 48)
    assert {each.name for each in volumes(settings)} - disks == {"the database"}
