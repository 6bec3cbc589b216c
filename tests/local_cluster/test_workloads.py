"""What a pod may count on: DNS, Services, node ports, volumes, logs, exec, and being kept in its place."""

from __future__ import annotations

import os
import subprocess
import urllib.request
from ipaddress import ip_address
from pathlib import Path

import pytest

from local.cluster import api
from local.cluster.spec import ClusterSpec
from tests.local_cluster import support
from tests.local_cluster.conftest import Lifecycle
from workspace.errors import ReportedError

pytestmark = [pytest.mark.cluster_lifecycle, pytest.mark.timeout(300)]

SPACE = "workloads"
NODE_PORT = 31999

SERVE = """echo started; echo hello > /data/page
exec perl -MIO::Socket::INET -e '
  my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die $!;
  while (my $client = $server->accept) {
    1 while <$client> =~ /\\S/;
    open my $page, "<", "/data/page";
    print $client "HTTP/1.0 200 OK\\r\\n\\r\\n", <$page>;
    close $client;
  }'"""
"""A web server out of nothing but what Debian's smallest set of packages holds."""

CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "page"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Mi"}}},
}

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "server"},
    "spec": {
        "type": "NodePort",
        "selector": {"app": "server"},
        "ports": [{"port": 80, "targetPort": 8080, "nodePort": NODE_PORT}],
    },
}


@pytest.fixture(scope="module")
def running(made: Lifecycle) -> Lifecycle:
    """A pod that serves a file of a volume, behind a Service with a node port, and a pod that asks for it."""
    made.up()
    server = support.pod(
        "server",
        made.images.base,
        SERVE,
        container={
            "volumeMounts": [{"name": "data", "mountPath": "/data"}],
            "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
        },
        volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "page"}}],
    )
    client = support.pod("client", made.images.base, "exec sleep 3600")
    support.create(made.spec, SPACE, [CLAIM, SERVICE, server, client])
    for name in ("server", "client"):
        support.wait_running(made.spec, SPACE, name)
    api.wait_for(
        "kube-proxy leading to the pod that has just become ready",
        lambda: support.answers(made.spec, SPACE, "client", "server", 80),
        timeout=30,
        hint=lambda: api.kubectl(made.spec, [f"--namespace={SPACE}", "get", "endpointslices", "-o", "yaml"]),
    )
    return made


def asked_by_client(spec: ClusterSpec, host: str, port: int) -> str:
    """What the client pod gets from a web server."""
    script = f"exec 3<>/dev/tcp/{host}/{port}; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
    return support.run_in(spec, SPACE, "client", "timeout", "10", "bash", "-c", script)


@pytest.mark.parametrize("name", ["kubernetes.default", "server", f"server.{SPACE}.svc.cluster.local"])
def test_a_pod_finds_services_by_name(running: Lifecycle, name: str) -> None:
    found = support.run_in(running.spec, SPACE, "client", "getent", "ahostsv4", name)
    assert all(ip_address(line.split()[0]) in running.spec.service_cidr for line in found.splitlines()), (
        f"{name} does not lead to a Service address: {found!r}"
    )


def test_a_pod_reaches_another_one_through_its_service(running: Lifecycle) -> None:
    assert asked_by_client(running.spec, f"server.{SPACE}", 80).endswith("hello\n")


def test_a_pod_reaches_itself_through_its_own_service(running: Lifecycle) -> None:
    # Its bare name would be the pod's own host name, which its /etc/hosts knows.
    script = f"exec 3<>/dev/tcp/server.{SPACE}/80; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
    answer = support.run_in(running.spec, SPACE, "server", "timeout", "10", "bash", "-c", script)
    assert answer.endswith("hello\n"), (
        "the bridge does not send a packet back to where it came from (hairpin)"
    )


def test_a_pod_reaches_a_node_port_at_its_nodes_address(running: Lifecycle) -> None:
    assert asked_by_client(running.spec, str(running.spec.gateway), NODE_PORT).endswith("hello\n")


def test_this_machine_reaches_a_node_port_at_its_loopback_address(running: Lifecycle) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{NODE_PORT}/", timeout=10) as answer:
        assert answer.read() == b"hello\n"


def test_a_claim_without_a_class_gets_a_volume_below_the_state_folder(running: Lifecycle) -> None:
    spec = running.spec
    claim = api.get_object(spec, f"/api/v1/namespaces/{SPACE}/persistentvolumeclaims/page")
    assert claim is not None
    assert claim["status"]["phase"] == "Bound"
    assert claim["spec"]["storageClassName"] == "standard", "the default class is not the one that we promise"
    volume = api.get_object(spec, f"/api/v1/persistentvolumes/{claim['spec']['volumeName']}")
    assert volume is not None
    source = volume["spec"].get("hostPath") or volume["spec"].get("local")
    folder = Path(source["path"])
    assert folder.is_relative_to(spec.volumes), (
        f"{folder} is outside {spec.volumes}, so `down` would leave it"
    )
    assert (folder / "page").read_text() == "hello\n"


def test_a_pods_logs_and_commands_are_reached_through_the_api(running: Lifecycle) -> None:
    assert api.kubectl(running.spec, [f"--namespace={SPACE}", "logs", "server"]) == "started\n"
    who = support.run_in(running.spec, SPACE, "server", "id", "-u").strip()
    assert who == "185", f"the command ran as user {who}, the pod asks for 185"


def test_a_namespace_that_asks_for_restricted_pods_gets_no_other(running: Lifecycle) -> None:
    privileged = support.pod(
        "breakout", running.images.base, "id", container={"securityContext": {"privileged": True}}
    )
    with pytest.raises(ReportedError, match="violates PodSecurity"):
        support.create(running.spec, SPACE, [privileged])


def test_nobody_is_let_in_without_a_name(running: Lifecycle) -> None:
    command = ["curl", "--silent", "--insecure", f"{running.spec.api_url}/api/v1/namespaces"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout
    assert '"code": 401' in answer, f"the API server answers to strangers: {answer[:200]}"


@pytest.mark.parametrize(
    ("identity", "verb", "resource", "allowed"),
    [
        ("kubelet", "watch", "services", "yes"),
        ("kubelet", "list", "secrets", "no"),
        ("kubelet", "create", "namespaces", "no"),
        ("kube-proxy", "watch", "services", "yes"),
        ("kube-proxy", "get", "secrets", "no"),
        ("kube-proxy", "create", "pods", "no"),
    ],
)
def test_the_nodes_own_identities_may_do_only_their_work(
    running: Lifecycle, identity: str, verb: str, resource: str, allowed: str
) -> None:
    spec = running.spec
    done = subprocess.run(
        [
            str(spec.bin / "kubectl"),
            f"--kubeconfig={spec.state / f'{identity}.kubeconfig'}",
            *("auth", "can-i", verb, resource, "--all-namespaces"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
        env=api.environment(spec),
    )
    assert done.stdout.split()[:1] == [allowed], f"{identity} {verb} {resource}: {done.stdout}{done.stderr}"


def test_a_kubelet_may_not_speak_for_another_node(running: Lifecycle) -> None:
    spec = running.spec
    done = subprocess.run(
        [
            str(spec.bin / "kubectl"),
            f"--kubeconfig={spec.state / 'kubelet.kubeconfig'}",
            *("label", "node", spec.node_name, "node-restriction.kubernetes.io/stolen=yes"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
        env=api.environment(spec),
    )
    assert done.returncode != 0, "a node gave itself a label that only the administrator may give"
    assert "is not allowed to modify labels" in done.stderr, f"refused for another reason: {done.stderr}"


def test_secrets_in_the_state_folder_are_for_its_owner_alone(running: Lifecycle) -> None:
    spec = running.spec
    assert spec.state.stat().st_mode & 0o077 == 0, f"{spec.state} is open to other users of this machine"
    for file in spec.state.glob("*kubeconfig"):
        assert file.stat().st_mode & 0o077 == 0, f"{file} holds a key and is open to others"
        assert file.stat().st_uid == os.geteuid()


def test_only_this_machine_and_its_pods_can_connect_to_anything_but_the_api_server(
    running: Lifecycle,
) -> None:
    listening = subprocess.run(
        ["ss", "-Htln"], capture_output=True, text=True, check=True, timeout=20
    ).stdout.splitlines()
    addresses = [line.split()[3] for line in listening]
    open_to_all = [one for one in addresses if one.startswith(("*:", "0.0.0.0:", "[::]:"))]
    assert [one.rpartition(":")[2] for one in open_to_all] == [str(running.spec.ports.api_server)], (
        f"listening on every address of the machine: {open_to_all}"
    )
