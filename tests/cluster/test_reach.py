"""Who reaches whom on the running platform: each pair of pods and port, tried by a packet; jobs by UDP too.

And what a tenant's job is given in its pods, as two of them run here anyway.

What is expected is worked out from the policies as objects (`tests.support.network_reach`), which unit tests
hold against a table written by hand; here the packets have to agree, and the pairs that matter are named.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import pytest

import flights
from components.kube.network_rules import enforcement_note
from components.spark.pod_labels import DRIVER, EXECUTOR
from local.cluster import ClusterSpec
from local.platform import Target
from tests.cluster import knock, paced
from tests.cluster.knock import Door, Network
from tests.cluster.paced import Pace, Paced
from tests.cluster.waiting import eventually
from tests.support.network_reach import Endpoint, Policies, Port, reaches
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

PORTS: Final = (
    *(22, 53, 80, 443, 4040, 5432, 7070, 7071, 7078, 7079),
    *(8000, 8080, 8090, 8888, 9090, 9180, 9187, 18080),
)
"""Those of the platform's programs, and some that nothing here uses."""

NODE_PORTS: Final = (22, 80, 443, 6443, 9100, 10250)
"""Ports tried at the node: the API server's, the node exporter's and the kubelet's among them."""

UDP_PORTS: Final = (53, 7079)
"""One that a program listens on by UDP, and one that none does."""

METADATA: Final = "169.254.169.254"
"""Where a cloud tells each machine, and whoever asks on it, its credentials."""

OUTSIDE: Final = "203.0.113.80"
"""Stands for any other address outside of the cluster."""


@dataclass(frozen=True)
class World:
    """The platform's pods, and two tenants' jobs that run.

    Args:
        pods: running pods with an address of their own, by namespace/name.
        networks: each one's network.
        policies: all NetworkPolicies.
        reached: for each pod, which doors its packets reach.
    """

    pods: Mapping[str, Endpoint]
    networks: Mapping[str, Network]
    policies: Policies
    reached: Mapping[str, Mapping[Door, bool]]

    def named(self, namespace: str, labels: Mapping[str, str] | None = None) -> list[Endpoint]:
        """Pods of a namespace, all or those with some labels."""
        wanted = dict(labels or {}).items()
        found = [
            pod
            for pod in self.pods.values()
            if pod.namespace == namespace and wanted <= dict(pod.labels).items()
        ]
        assert found, f"no pod in {namespace} with {labels}"
        return found


def endpoints(kubectl: Kubectl) -> dict[str, Endpoint]:
    """Running pods that have an address of their own."""
    labels = {
        each["metadata"]["name"]: each["metadata"].get("labels", {}) for each in kubectl.list("namespaces")
    }
    found = {}
    for pod in kubectl.list("pods"):
        meta, status = pod["metadata"], pod["status"]
        if status["phase"] != "Running" or pod["spec"].get("hostNetwork") or "deletionTimestamp" in meta:
            continue
        name = f"{meta['namespace']}/{meta['name']}"
        found[name] = Endpoint(
            name=name,
            address=status["podIP"],
            namespace=meta["namespace"],
            labels=meta.get("labels", {}),
            namespace_labels=labels[meta["namespace"]],
        )
    return found


@pytest.fixture(scope="module")
def jobs(mine: flights.Platform, theirs: flights.Platform) -> Iterator[list[Paced]]:
    """A job of each of two tenants, with an executor, in the middle of its work."""
    runs = [paced.start(tenant, Pace(tasks=120, seconds=5.0, executors=2)) for tenant in (mine, theirs)]
    try:
        for run in runs:
            run.wait_until_written(1)
            eventually(f"{run.name}: both executors", lambda run=run: len(run.running_executors()) == 2)  # type: ignore[misc]
        yield runs
    finally:
        for run in runs:
            run.remove()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[None]:
    """Addresses outside of the cluster that answer: this machine takes them for itself meanwhile."""
    taken = []
    for address in (METADATA, OUTSIDE):
        asked = subprocess.run(
            ["timeout", "1", "bash", "-c", f"exec 3<>/dev/tcp/{address}/80"], capture_output=True, check=False
        )
        if asked.returncode:  # the machine of a cloud has the first one, and it is left alone
            subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
            taken.append(address)
    yield
    for address in taken:
        subprocess.run(["ip", "address", "delete", f"{address}/32", "dev", "lo"], check=True)


@pytest.fixture(scope="module")
def world(where: Target, kubectl: Kubectl, jobs: list[Paced], elsewhere: None) -> World:
    """What reaches what, now."""
    spec = ClusterSpec()
    if not where.embedded or not spec.network_policies:
        pytest.skip("NetworkPolicies do not act here, or this machine is not the node")
    before = endpoints(kubectl)
    doors = [
        *((pod.address, port) for pod in before.values() for port in PORTS),
        *((str(spec.gateway), port) for port in NODE_PORTS),
        *((address, port) for address in (METADATA, OUTSIDE) for port in (80, 443, 6443)),
    ]
    places = knock.networks(spec)
    sources = {name: places[pod.address] for name, pod in before.items() if pod.address in places}
    reached = knock.knock_all(sources, doors)
    stayed = {name: pod for name, pod in endpoints(kubectl).items() if before.get(name) == pod}
    policies: dict[str, list[Any]] = {}
    for each in kubectl.list("networkpolicies"):
        policies.setdefault(each["metadata"]["namespace"], []).append(each["spec"])
    return World(
        pods=stayed,
        networks={name: place for name, place in sources.items() if name in stayed},
        policies=policies,
        reached={name: seen for name, seen in reached.items() if name in stayed},
    )


def outside(address: str) -> Endpoint:
    """A host that is no pod."""
    return Endpoint(name=address, address=address)


def test_each_packet_goes_where_the_policies_say_and_no_further(world: World) -> None:
    by_address = {pod.address: pod for pod in world.pods.values()}
    known = {str(ClusterSpec().gateway), METADATA, OUTSIDE}
    tried, wrong = 0, []
    for name, doors in world.reached.items():
        for (address, port), was_reached in doors.items():
            target = by_address.get(address) or (outside(address) if address in known else None)
            if target is None or target.name == name:
                continue
            tried += 1
            if reaches(world.policies, world.pods[name], target, Port(port)) is not was_reached:
                wrong.append(f"{name} {'reaches' if was_reached else 'does not reach'} {target.name}:{port}")
    print(f"{tried} pairs and ports tried, from {len(world.reached)} pods")
    assert tried > 1000, "the platform is not there"
    assert not wrong, "\n".join(wrong)


def may(world: World, sources: list[Endpoint], targets: list[Endpoint]) -> set[int]:
    """Ports at which any of the targets is reached from any of the sources."""
    addresses = {pod.address for pod in targets}
    names = {pod.name for pod in sources}
    return {
        port
        for name in names & set(world.reached)
        for (address, port), was_reached in world.reached[name].items()
        if was_reached and address in addresses and world.pods[name].address != address
    }


def test_no_tenant_reaches_another(world: World, jobs: list[Paced]) -> None:
    for one, other in (jobs, jobs[::-1]):
        source, target = world.named(one.platform.namespace), world.named(other.platform.namespace)
        assert may(world, source, target) == set(), f"{one.platform.namespace} -> {other.platform.namespace}"


def test_a_job_reaches_what_it_needs_and_nothing_else(world: World, jobs: list[Paced]) -> None:
    node = [outside(str(ClusterSpec().gateway))]
    store = world.named("object-store", {"app.kubernetes.io/component": "server"})
    dns = world.named("kube-system", {"k8s-app": "kube-dns"})
    for run in jobs:
        space = run.platform.namespace
        drivers = world.named(space, DRIVER)
        executors = world.named(space, EXECUTOR)
        assert may(world, executors, drivers) == {7078, 7079}
        assert may(world, drivers, executors) == {7079}
        assert may(world, executors, executors) == {7079}
        for pods in (drivers, executors):
            assert may(world, pods, store) == {7070}, "the store, and not its administration"
            assert may(world, pods, dns) == {53}
        assert may(world, drivers, node) == {443, 6443}
        assert may(world, executors, node) == set(), "executors never talk to the API server"
        mine = {pod.name for pod in (*drivers, *executors, *store, *dns)}
        others = [pod for pod in world.pods.values() if pod.name not in mine]
        for pods in (drivers, executors):
            assert may(world, pods, others) == set(), f"{space} reaches somebody else"


def test_what_watches_reaches_what_it_reads(world: World, jobs: list[Paced]) -> None:
    prometheus = world.named("monitoring", {"app.kubernetes.io/name": "prometheus"})
    for run in jobs:
        assert may(world, prometheus, world.named(run.platform.namespace, DRIVER)) == {4040, 8090}
        assert may(world, prometheus, world.named(run.platform.namespace, EXECUTOR)) == {8090}
    node = [outside(str(ClusterSpec().gateway))]
    assert {9100, 10250} <= may(world, prometheus, node), "the node's own metrics, and the kubelet's"
    history = world.named("spark-history")
    assert may(world, history, world.named("object-store", {"app.kubernetes.io/component": "server"})) == {
        7070
    }
    exporter = world.named("monitoring", {"app.kubernetes.io/name": "spark-history-exporter"})
    assert may(world, exporter, history) == {18080}


def test_no_pod_of_a_tenant_reaches_the_outside_or_is_told_the_machines_credentials(
    world: World, jobs: list[Paced]
) -> None:
    for run in jobs:
        pods = world.named(run.platform.namespace)
        assert may(world, pods, [outside(METADATA), outside(OUTSIDE)]) == set()


def test_a_jobs_datagrams_reach_dns_and_nobody_else(world: World, jobs: list[Paced]) -> None:
    hosts = [*world.pods.values(), *map(outside, (str(ClusterSpec().gateway), METADATA, OUTSIDE))]
    doors = [(each.address, port) for each in hosts for port in UDP_PORTS]
    ours = [world.named(run.platform.namespace, role)[0] for run in jobs for role in (DRIVER, EXECUTOR)]
    places = {pod.name: world.networks[pod.name] for pod in ours}
    with ThreadPoolExecutor(max_workers=len(places) + 1) as pool:
        # What nobody's policy refuses is heard: silence is a refusal, and no datagram that got no answer.
        heard = pool.submit(knock.Network().call, [(pod.address, port) for pod in ours for port in UDP_PORTS])
        called = dict(zip(places, pool.map(lambda place: place.call(doors), places.values()), strict=True))
    assert all(heard.result().values()), "from the node every pod of a job is reached"
    dns = {(pod.address, 53) for pod in world.named("kube-system", {"k8s-app": "kube-dns"})}
    for name, found in called.items():
        own = world.pods[name].address
        assert {door for door, was_reached in found.items() if was_reached and door[0] != own} == dns, name


def test_a_service_leads_where_its_pods_are_reached_and_nowhere_else(world: World, jobs: list[Paced]) -> None:
    api_server = (str(ClusterSpec().api_service), 443)
    for run in jobs:
        (driver, *_) = world.named(run.platform.namespace, DRIVER)
        (executor, *_) = world.named(run.platform.namespace, EXECUTOR)
        assert world.networks[driver.name].knock([api_server]) == {api_server: True}
        assert world.networks[executor.name].knock([api_server]) == {api_server: False}


def test_probes_reach_pods_that_let_nobody_in(kubectl: Kubectl, world: World) -> None:
    probed = {
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']}": pod
        for pod in kubectl.list("pods")
        if any("readinessProbe" in each for each in pod["spec"]["containers"])
    }
    assert len(probed) >= 5, "hardly a pod is probed"
    for name in probed.keys() & world.pods.keys():
        ready = {each["type"]: each["status"] for each in probed[name]["status"]["conditions"]}["Ready"]
        assert ready == "True", f"the kubelet's probes do not reach {name}"


@pytest.fixture(scope="module")
def executor(jobs: list[Paced]) -> Callable[[str], str]:
    """Runs a shell command in an executor of the last tenant's job, and gives its output."""
    run = jobs[-1]
    name = min(run.running_executors())
    namespace = f"--namespace={run.platform.namespace}"
    return lambda script: run.kubectl.run("exec", name, namespace, "--", "bash", "-c", script)


def test_an_executor_has_no_token_of_the_api_server(executor: Callable[[str], str]) -> None:
    found = executor("ls -R /var/run/secrets /run/secrets 2>/dev/null; true")
    assert not found.strip(), f"an executor talks to its driver alone, and needs none of: {found}"


def test_an_executor_runs_as_spark_and_not_as_root(executor: Callable[[str], str]) -> None:
    assert executor("id -u").strip() == "185"


def test_an_executor_can_not_change_its_image(executor: Callable[[str], str]) -> None:
    assert "Read-only file system" in executor("touch /opt/spark/jars/evil.jar 2>&1; true")


def test_an_executor_holds_its_own_tenants_key_and_no_other(
    executor: Callable[[str], str], theirs: flights.Platform
) -> None:
    assert executor("echo $AWS_ACCESS_KEY_ID").strip() == theirs.namespace


def test_the_output_about_network_policies_is_true(
    executor: Callable[[str], str], outputs: dict[str, Any]
) -> None:
    closed = "spark-history.spark-history.svc/18080"
    reached = executor(f"timeout 5 bash -c 'exec 3<>/dev/tcp/{closed}' && echo reached; true").strip()
    assert outputs["networkPolicies"] == enforcement_note(enforced=not reached), (
        "policies forbid executors to reach the history server, which tells whether they act here"
    )
