"""What another user of the machine, and a neighbour in its network, get of a running cluster: nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from local import cluster
from local.cluster import api, control_plane, etcd_identity, network
from local.cluster.spec import ClusterSpec
from tests.local_cluster import support
from tests.local_cluster.conftest import Lifecycle
from workspace.errors import ReportedError

pytestmark = [pytest.mark.cluster_lifecycle, pytest.mark.timeout(300)]

NOBODY: Final = 65534
"""User and group of Debian's `nobody`."""

SPACE: Final = "walls"
NODE_PORT: Final = 31998

SERVE: Final = """exec perl -MIO::Socket::INET -e '
  my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die $!;
  while (my $client = $server->accept) {
    1 while <$client> =~ /\\S/;
    print $client "HTTP/1.0 200 OK\\r\\n\\r\\nhello\\n";
    close $client;
  }'"""
"""A web server out of nothing but what Debian's smallest set of packages holds."""

PATHS: Final = (
    "/",
    "/metrics",
    "/version",
    "/v2/keys",
    "/v3/kv/range",
    "/pods",
    "/api/v1/secrets",
    "/configz",
)
"""What tells or changes something somewhere: etcd, the kubelet, the API server."""


def as_nobody(*command: str) -> subprocess.CompletedProcess[str]:
    """A command of a local user without any rights."""
    return subprocess.run(
        command,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        cwd="/",
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def status(url: str, run: Callable[..., subprocess.CompletedProcess[str]] = as_nobody) -> str:
    """The HTTP status that a URL answers with; 000 when there is no HTTP answer."""
    asked = ("curl", "--silent", "--insecure", "--max-time", "2", "--output", "/dev/null")
    return run(*asked, "--write-out", "%{http_code}", url).stdout


def test_a_local_user_gets_no_word_from_etcd(healthy: Lifecycle) -> None:
    ports = healthy.spec.ports
    for port in (ports.etcd, ports.etcd_peer):
        for scheme in ("http", "https"):
            assert status(f"{scheme}://127.0.0.1:{port}/version") == "000", (
                f"etcd's port {port} answers {scheme} of a user without its key"
            )
    pair = (
        "--cacert",
        str(etcd_identity.certificate(healthy.spec)),
        "--cert",
        str(etcd_identity.certificate(healthy.spec)),
    )
    ours = subprocess.run(
        [
            "curl",
            "--silent",
            *pair,
            "--key",
            str(etcd_identity.key(healthy.spec)),
            f"{_etcd(healthy)}/version",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert "etcdserver" in ours.stdout, "nobody gets an answer, so that the refusals prove nothing"


def _etcd(made: Lifecycle) -> str:
    return etcd_identity.url(made.spec.ports.etcd)


def test_a_certificate_of_the_cluster_opens_no_etcd(healthy: Lifecycle) -> None:
    folder = api.pki(healthy.spec)
    answer = subprocess.run(
        [
            *("curl", "--silent", "--insecure", "--cert", str(folder / "admin.crt")),
            *("--key", str(folder / "admin.key"), f"{_etcd(healthy)}/version"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert answer.returncode != 0, (
        f"the authority that signs kubelets' certificates opens etcd: {answer.stdout}"
    )


def test_a_local_user_is_told_nothing_at_any_port_of_the_node(healthy: Lifecycle) -> None:
    ports = healthy.spec.ports
    tells_health = {ports.kubelet_health: set(), ports.proxy_health: set(), ports.proxy_metrics: {"/metrics"}}
    # kube-proxy shows its own settings and counters there: no secret, and nothing to change.
    tells_health[ports.proxy_metrics] |= {"/configz"}
    listening = subprocess.run(["ss", "-Htln"], capture_output=True, text=True, check=True).stdout
    found = {line.split()[3] for line in listening.splitlines()}
    assert len(found) >= len(vars(ports)), f"not all of the node listens: {found}"
    for address in found:
        host, _, port = address.rpartition(":")
        host = "127.0.0.1" if host == "*" else host
        for path in PATHS:
            for scheme in ("http", "https"):
                got = status(f"{scheme}://{host}:{port}{path}")
                if path in tells_health.get(int(port), set()):
                    continue
                assert got in ("000", "400", "401", "403", "404"), (
                    f"{scheme}://{host}:{port}{path} tells a local user something: {got}"
                )


def test_a_local_user_reads_no_key_and_no_kubeconfig(healthy: Lifecycle) -> None:
    spec = healthy.spec
    secrets = [
        *spec.state.glob("*kubeconfig"),
        *api.pki(spec).iterdir(),
        *etcd_identity.folder(spec).iterdir(),
        *(spec.state / "kubelet-pki").iterdir(),
        control_plane.home(spec) / "kwok.yaml",
    ]
    assert len(secrets) >= 12, f"the secrets have moved: {secrets}"
    for file in secrets:
        done = as_nobody("cat", str(file))
        assert done.returncode != 0, f"{file} can be read by every local user"
        assert "Permission denied" in done.stderr
    assert as_nobody("test", "-w", str(spec.containerd_socket)).returncode != 0, "containerd is root's"


@pytest.fixture(scope="module")
def serving(made: Lifecycle) -> Lifecycle:
    """A pod with a web page, behind a Service with a node port."""
    made.up()
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "page"},
        "spec": {
            "type": "NodePort",
            "selector": {"app": "page"},
            "ports": [{"port": 80, "targetPort": 8080, "nodePort": NODE_PORT}],
        },
    }
    probe = {"readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1}}
    page = support.pod("page", made.images.base, SERVE, container=probe)
    support.create(made.spec, SPACE, [service, page])
    support.wait_running(made.spec, SPACE, "page")
    api.wait_for(
        "the node port leading to the pod",
        lambda: status(f"http://127.0.0.1:{NODE_PORT}/", _as_root) == "200",
        timeout=30,
        hint=lambda: "kube-proxy has no rule for it",
    )
    return made


def _as_root(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def addresses(spec: ClusterSpec) -> dict[str, str]:
    """Where the page is: its pod, its Service, its node port on the bridge."""
    pod = api.get_object(spec, f"/api/v1/namespaces/{SPACE}/pods/page")
    service = api.get_object(spec, f"/api/v1/namespaces/{SPACE}/services/page")
    assert pod is not None
    assert service is not None
    return {
        "the pod": f"http://{pod['status']['podIP']}:8080/",
        "the Service": f"http://{service['spec']['clusterIP']}/",
        "the node port": f"http://{spec.gateway}:{NODE_PORT}/",
    }


def test_a_local_user_reaches_node_ports_and_no_pod_or_service(serving: Lifecycle) -> None:
    assert status(f"http://127.0.0.1:{NODE_PORT}/") == "200", "a person opens the pages there"
    there = addresses(serving.spec)
    assert status(there.pop("the node port")) == "200"
    for what, url in there.items():
        assert status(url, _as_root) == "200", f"nobody reaches {what}, so that a refusal proves nothing"
        assert status(url) == "000", f"a local user reaches {what}, which may have no login"


@pytest.fixture(scope="module")
def neighbour(serving: Lifecycle) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Another host, on a cable of its own, that sends what is for the cluster's addresses to this machine."""
    space = "spark-neighbour"
    subprocess.run(["ip", "netns", "delete", space], capture_output=True, check=False)
    network.run("ip", "netns", "add", space)

    def there(*command: str) -> subprocess.CompletedProcess[str]:
        return _as_root("ip", "netns", "exec", space, *command)

    try:
        network.run("ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan1", "netns", space)
        network.run("ip", "address", "add", "198.51.100.1/24", "dev", "lan0")
        network.run("ip", "link", "set", "lan0", "up")
        there("ip", "address", "add", "198.51.100.2/24", "dev", "lan1")
        there("ip", "link", "set", "lan1", "up")
        there("ip", "link", "set", "lo", "up")
        there("ip", "route", "add", "default", "via", "198.51.100.1")
        yield there
    finally:
        network.run("ip", "netns", "delete", space, check=False)
        network.run("ip", "link", "delete", "lan0", check=False)


def test_a_neighbour_in_the_network_reaches_nothing_of_the_cluster(
    serving: Lifecycle, neighbour: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    spec = serving.spec
    with subprocess.Popen(
        ["python3", "-m", "http.server", "18080", "--bind", "198.51.100.1", "-d", "/proc/1"]
    ) as own:
        try:
            api.wait_for(
                "the neighbour reaching what this machine itself shows",
                lambda: status("http://198.51.100.1:18080/", neighbour) != "000",
                timeout=10,
                hint=lambda: "the cable between the two does not work, so that the test proves nothing",
            )
        finally:
            own.kill()
    targets = {
        **addresses(spec),
        "a node port on the machine's own address": f"http://198.51.100.1:{NODE_PORT}/",
        "the kubelet": f"https://{spec.gateway}:{spec.ports.kubelet}/healthz",
        "the API server": f"https://198.51.100.1:{spec.ports.api_server}/version",
        "the API server on the bridge": f"https://{spec.gateway}:{spec.ports.api_server}/version",
        "the API server's Service": f"https://{spec.api_service}/version",
    }
    reached = [what for what, url in targets.items() if status(url, neighbour) != "000"]
    assert not reached, f"a host of the same network reaches {reached}"


def test_a_pod_still_reaches_the_network_around_the_machine(
    serving: Lifecycle, neighbour: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    serve = [
        "ip",
        "netns",
        "exec",
        "spark-neighbour",
        "python3",
        "-m",
        "http.server",
        "18081",
        "-d",
        "/proc/1",
    ]
    with subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as outside:
        try:
            api.wait_for(
                "a pod reaching a host of the network",
                lambda: support.answers(serving.spec, SPACE, "page", "198.51.100.2", 18081),
                timeout=30,
                hint=lambda: network.run("iptables-save"),
            )
        finally:
            outside.kill()


def test_a_service_for_an_address_of_somebody_else_is_refused(serving: Lifecycle) -> None:
    stolen = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "stolen"},
        "spec": {"externalIPs": ["203.0.113.7"], "ports": [{"port": 443}]},
    }
    with pytest.raises(ReportedError, match="Use of external IPs is denied by admission control"):
        support.create(serving.spec, SPACE, [stolen])


def test_a_cluster_with_an_open_etcd_comes_over_with_its_data(
    healthy: Lifecycle, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = healthy.spec
    kept: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept-by-etcd"}}
    support.create(spec, SPACE, [kept])
    with monkeypatch.context() as former:
        former.setattr(etcd_identity, "url", lambda port: f"http://127.0.0.1:{port}")
        for arguments in ("server_arguments", "client_arguments"):
            former.setattr(etcd_identity, arguments, lambda spec: {})
        healthy.up()
        assert status(f"http://127.0.0.1:{spec.ports.etcd}/version") == "200", (
            "etcd is not open, so that closing it proves nothing"
        )
    told: list[str] = []
    cluster.up(spec, images=healthy.images, say=told.append)
    assert any("objects and data stay" in line for line in told), f"nobody was told: {told}"
    assert status(f"http://127.0.0.1:{spec.ports.etcd}/version") == "000"
    assert api.get_object(spec, f"/api/v1/namespaces/{SPACE}/configmaps/kept-by-etcd") is not None
    assert cluster.status(spec).healthy
