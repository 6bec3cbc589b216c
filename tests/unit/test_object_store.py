"""The object store's component: what it makes, in which order, and what a changed wish sets off."""

from __future__ import annotations

import re
from typing import Any

import pulumi
import pytest

from components.buckets import Buckets
from components.object_store.pods import server_pod
from components.object_store.policies import PLATFORM_ACCOUNTS
from components.object_store.server import ENDPOINT, ObjectStore, ObjectStoreArgs
from components.object_store.setup import SCRIPT
from tests.kubernetes_fields import problems
from tests.support.recorder import Landed, World, build

BUCKETS = Buckets(data="lake", events="logs", artifacts="jobs")
SECRET_TYPE = "kubernetes:core/v1:Secret"


def store(uid: str = "uid", **changes: Any) -> World:
    """Build an object store; `uid` is what Kubernetes calls its objects, the volume among them."""
    arguments: dict[str, Any] = {
        "image": "localhost/object-store:1",
        "capacity": "20Gi",
        "buckets": BUCKETS,
        "tenants": ("science-dev", "data-dev"),
    }

    def program() -> None:
        made = ObjectStore("store", ObjectStoreArgs(**arguments | changes))
        pulumi.export("endpoint", made.endpoint)
        pulumi.export("ready", made.ready)
        for account, each in made.credentials.items():
            pulumi.export(f"{account}-access", each.access_key)
            pulumi.export(f"{account}-secret", pulumi.Output.from_input(each.secret_key).is_secret())

    def identity(type_: str, _: str, inputs: dict[str, Any]) -> dict[str, Any]:
        if type_.startswith("kubernetes:"):
            return {"metadata": {**inputs["metadata"], "uid": uid}}
        return {}

    return build(program, answer=identity)


@pytest.fixture(scope="module")
def world() -> World:
    return store()


def before(first: Landed, second: Landed) -> bool:
    """Whether the second waits for the first."""
    return first.urn in second.depends_on


def test_every_child_hangs_on_the_component_and_nothing_is_made_twice(world: World) -> None:
    component = world.one("ObjectStore")
    assert {each.parent for each in world.landed if each is not component} == {component.urn}
    assert world.duplicates() == []
    assert world.outputs[component.urn] == {"endpoint": ENDPOINT, "ready": ENDPOINT}


def test_the_endpoint_is_the_name_and_port_of_its_service(world: World) -> None:
    service = world.one("Service")
    name, namespace = service.metadata["name"], service.metadata["namespace"]
    (port,) = [each["port"] for each in service.inputs["spec"]["ports"] if each["name"] == "s3"]
    assert f"http://{name}.{namespace}.svc:{port}" == ENDPOINT == "http://object-store.object-store.svc:7070"


def test_each_tenant_each_part_of_the_platform_and_the_administrator_have_a_key(world: World) -> None:
    accounts = ("admin", *PLATFORM_ACCOUNTS, "data-dev", "science-dev")
    assert {account: world.exports[f"{account}-access"] for account in accounts} == {
        account: account for account in accounts
    }
    assert all(world.exports[f"{account}-secret"] for account in accounts), "keys must stay secret"
    assert len(world.of("RandomSecret")) == len(accounts), "no key is shared"


def test_keys_reach_kubernetes_in_secrets_and_nowhere_else(world: World) -> None:
    for resource in world.landed:
        if resource.type != SECRET_TYPE:
            assert "-key-value" not in str(resource.inputs), f"{resource.name} holds a key"
            continue
        for key, value in resource.inputs["stringData"].items():
            if value.endswith("-key-value"):
                assert world.secret(resource, f"stringData.{key}"), (
                    f"{key} of {resource.name} is in the clear"
                )


def test_the_namespace_admits_restricted_pods_only_and_comes_first(world: World) -> None:
    namespace = world.one("Namespace")
    assert namespace.metadata["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for resource in world.landed:
        if resource.metadata.get("namespace"):
            assert resource.metadata["namespace"] == namespace.metadata["name"]
            assert before(namespace, resource), f"{resource.name} needs the namespace"


@pytest.mark.parametrize("kind", ["StatefulSet", "Job"])
def test_pods_meet_the_restricted_standard_with_a_read_only_root_and_limits(world: World, kind: str) -> None:
    pod = world.one(kind).inputs["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False, "the store has no business with the API server"
    security = pod["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}
        assert container["resources"]["requests"]["memory"] == container["resources"]["limits"]["memory"]


def test_everything_that_must_survive_is_on_the_volume(world: World) -> None:
    claim = world.one("PersistentVolumeClaim")
    pod = world.one("StatefulSet").inputs["spec"]["template"]["spec"]
    assert pod["volumes"] == [
        {"name": "data", "persistentVolumeClaim": {"claimName": claim.metadata["name"]}}
    ]
    (container,) = pod["containers"]
    (mount,) = container["volumeMounts"]
    folders = [each for each in container["args"] if each.startswith("/")]
    health = container["readinessProbe"]["httpGet"]["path"]
    assert [each for each in folders if not each.startswith(mount["mountPath"])] == [health], (
        "objects, metadata and accounts that aren't on the volume are lost with the pod"
    )
    assert claim.inputs["spec"]["resources"] == {"requests": {"storage": "20Gi"}}
    assert "storageClassName" not in claim.inputs["spec"], "an empty name would mean: no class at all"


def test_the_volume_with_all_data_is_held_where_that_is_asked_for(world: World) -> None:
    assert [each.name for each in store(protect=True).landed if each.protect] == ["store-data"]
    assert not [each.name for each in world.landed if each.protect]


def test_the_storage_class_is_passed_on() -> None:
    claim = store(storage_class="fast").one("PersistentVolumeClaim")
    assert claim.inputs["spec"]["storageClassName"] == "fast"


def test_the_server_is_watched_from_its_first_second(world: World) -> None:
    (container,) = world.one("StatefulSet").inputs["spec"]["template"]["spec"]["containers"]
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)


def test_memory_for_go_stays_below_what_the_container_gets() -> None:
    (container,) = server_pod(image="localhost/object-store:1", memory_mib=500, annotations={})["spec"][
        "containers"
    ]
    environment = {each["name"]: each.get("value") for each in container["env"]}
    assert environment["GOMEMLIMIT"] == "400MiB"
    assert container["resources"]["limits"]["memory"] == "500Mi"


def test_the_set_up_runs_after_the_server_and_what_it_needs(world: World) -> None:
    job = world.one("Job")
    for kind, name in (
        ("StatefulSet", None),
        ("Service", None),
        ("ConfigMap", "store-setup-files"),
        ("ConfigMap", "store-setup-policy-logs"),
        (SECRET_TYPE, "store-setup-accounts"),
    ):
        assert before(world.one(kind, name), job), f"the job needs the {kind}"
    assert job.metadata["annotations"]["pulumi.com/replaceUnready"] == "true", "a failed job is never retried"


def test_the_pods_get_exactly_the_variables_that_are_read(world: World) -> None:
    def variables(kind: str) -> set[str]:
        (container,) = world.one(kind).inputs["spec"]["template"]["spec"]["containers"]
        return {each["name"] for each in container["env"]}

    script = world.one("ConfigMap", "store-setup-files").inputs["data"][SCRIPT]
    wanted = set(re.findall(r"\$\{(\w+):\?\}", script))
    assert variables("Job") == wanted | {"TMPDIR"}, "the script stops at once if one is missing"
    assert variables("StatefulSet") == {"ROOT_ACCESS_KEY_ID", "ROOT_SECRET_ACCESS_KEY", "GOMEMLIMIT"}


def test_the_set_up_gets_every_key_but_the_administrators_own_as_a_file(world: World) -> None:
    secret = world.one(SECRET_TYPE, "store-setup-accounts")
    assert set(secret.inputs["stringData"]) == {*PLATFORM_ACCOUNTS, "data-dev", "science-dev"}
    volumes = {each["name"]: each for each in world.one("Job").inputs["spec"]["template"]["spec"]["volumes"]}
    assert volumes["accounts"]["secret"]["secretName"] == secret.metadata["name"]
    given = [each["configMap"]["name"] for each in volumes["setup"]["projected"]["sources"]]
    assert given == [each.metadata["name"] for each in world.of("ConfigMap")]


@pytest.mark.parametrize(
    "change",
    [
        {"tenants": ("data-dev",)},
        {"tenants": ("data-dev", "science-dev", "new-dev")},
        {"buckets": Buckets(data="lake", events="logs", artifacts="other")},
        {"image": "localhost/object-store:2"},
        {"uid": "another volume"},
    ],
    ids=["tenant removed", "tenant added", "bucket renamed", "other image", "new volume"],
)
def test_a_changed_state_gets_a_set_up_of_its_own(world: World, change: dict[str, Any]) -> None:
    assert store(**change).one("Job").metadata["name"] != world.one("Job").metadata["name"]


def test_the_same_tenants_in_another_order_run_nothing(world: World) -> None:
    again = store(tenants=("data-dev", "science-dev"))
    assert again.one("Job").metadata["name"] == world.one("Job").metadata["name"]


def test_another_generation_asks_for_other_keys() -> None:
    assert {each.inputs["generation"] for each in store(key_generation=2).of("RandomSecret")} == {2}


def test_the_server_restarts_when_the_administrators_key_is_replaced(world: World) -> None:
    annotations = world.one("StatefulSet").inputs["spec"]["template"]["metadata"]["annotations"]
    assert annotations == {"spark-on-eks/admin-key": "store-admin-key-id"}, (
        "the server reads it at start only"
    )


def test_tenants_and_the_services_whose_records_say_so_are_let_in_by_the_network(world: World) -> None:
    spec = world.one("NetworkPolicy", "object-store").inputs["spec"]
    (selector,) = [each["namespaceSelector"] for each in spec["ingress"][0]["from"]]
    assert selector["matchExpressions"][0]["values"] == [
        "data-dev",
        "science-dev",
        "spark-canary",
        "spark-history",
        "spark-jobs",
        "spark-logs",
        "spark-logs-nodes",
    ]


def test_every_object_is_one_that_kubernetes_knows(world: World) -> None:
    kinds = [each for each in world.landed if each.type.startswith("kubernetes:")]
    assert kinds
    for each in kinds:
        group, _, kind = each.type.removeprefix("kubernetes:").partition(":")
        version = group.removeprefix("core/")
        manifest = {"apiVersion": version, "kind": kind, **each.inputs}
        assert problems(manifest) == [], each.name
