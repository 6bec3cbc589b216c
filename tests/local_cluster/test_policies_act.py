"""NetworkPolicies act on the node, as packets show: in a pod's first seconds, and while nobody decides."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv6Address
from typing import Any, Final

import pytest

from local import cluster
from local.cluster import api, policies, processes
from local.cluster.spec import ClusterSpec
from tests.local_cluster import support
from tests.local_cluster.conftest import Lifecycle
from workspace.errors import ReportedError

pytestmark = [pytest.mark.cluster_lifecycle, pytest.mark.timeout(300)]

OPEN, CLOSED = "policies-open", "policies-closed"
PORT: Final = 8080
OTHER_PORT: Final = 8081

SERVE: Final = f"""exec perl -MIO::Socket::INET -e '
  my @servers = map {{ IO::Socket::INET->new(LocalPort => $_, Listen => 50, ReuseAddr => 1) or die $! }}
    ({PORT}, {OTHER_PORT});
  fork; my $mine = shift @servers; $mine = shift @servers if fork == 0;
  while (my $client = $mine->accept) {{ close $client }}'"""

KNOCK: Final = """exec bash -c '
  begun=$(date +%s%3N)
  until [ $((since = $(date +%s%3N) - begun)) -gt 12000 ]; do
    timeout 0.3 bash -c "exec 3<>/dev/tcp/$0/$1" 2>/dev/null && echo $since 1 || echo $since 0
  done' """
"""Knocks from its first moment on, and prints after how many milliseconds, and whether it was let in."""

LET_IN: Final = 10.0
"""Seconds in which a new pod must be in its place; measured: one or two."""


def policy(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """A NetworkPolicy."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": spec,
    }


DENY: Final = policy("default-deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})


@pytest.fixture(scope="module")
def pods(made: Lifecycle) -> Iterator[dict[str, str]]:
    """Addresses of pods by name: two in a namespace without policies, three where all is denied at first."""
    made.up()
    spec, image = made.spec, made.images.base
    support.create(spec, OPEN, [support.pod(name, image, SERVE) for name in ("one", "two")])
    allow = policy(
        "to-friend",
        {
            "podSelector": {"matchLabels": {"app": "friend"}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"podSelector": {"matchLabels": {"app": "caller"}}}],
                    "ports": [{"port": PORT, "protocol": "TCP"}],
                }
            ],
        },
    )
    call = policy(
        "from-caller",
        {
            "podSelector": {"matchLabels": {"app": "caller"}},
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"podSelector": {"matchLabels": {"app": "friend"}}}]}],
        },
    )
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "friend"},
        "spec": {"selector": {"app": "friend"}, "ports": [{"port": 80, "targetPort": PORT}]},
    }
    closed = [support.pod(name, image, SERVE) for name in ("caller", "friend", "stranger")]
    support.create(spec, CLOSED, [DENY, allow, call, service, *closed])
    places = {
        **dict.fromkeys(("one", "two"), OPEN),
        **dict.fromkeys(("caller", "friend", "stranger"), CLOSED),
    }
    for name, namespace in places.items():
        support.wait_running(spec, namespace, name)
    found = {name: address(spec, namespace, name) for name, namespace in places.items()}
    api.wait_for(
        "pods without policies reaching each other",
        lambda: support.answers(spec, OPEN, "one", found["two"], PORT),
        timeout=30,
        hint=lambda: "nothing is reached, so that refusals prove nothing",
    )
    # What is open until a pod's address is known is measured below, with pods of its own.
    api.wait_for(
        "a pod being refused",
        lambda: not support.answers(spec, CLOSED, "stranger", found["friend"], PORT),
        timeout=30,
        hint=lambda: "the policies are stored, and do not act",
    )
    yield found
    api.kubectl(spec, ["delete", "namespace", OPEN, CLOSED, "--wait=false"])


def address(spec: ClusterSpec, namespace: str, name: str) -> str:
    """A pod's address."""
    found = api.get_object(spec, f"/api/v1/namespaces/{namespace}/pods/{name}")
    assert found is not None, f"there is no pod {namespace}/{name}"
    return str(found["status"]["podIP"])


@pytest.mark.parametrize(
    ("namespace", "source", "target", "port", "open_"),
    [
        (CLOSED, "caller", "friend", PORT, True),
        (CLOSED, "caller", "friend", OTHER_PORT, False),
        (CLOSED, "caller", "stranger", PORT, False),
        (CLOSED, "stranger", "friend", PORT, False),
        (CLOSED, "caller", "one", PORT, False),
        (OPEN, "one", "friend", PORT, False),
        (OPEN, "one", "stranger", PORT, False),
        (OPEN, "one", "two", PORT, True),
    ],
)
def test_a_packet_goes_where_both_ends_let_it(
    made: Lifecycle, pods: dict[str, str], namespace: str, source: str, target: str, port: int, open_: bool
) -> None:
    assert support.answers(made.spec, namespace, source, pods[target], port) is open_


def test_a_service_opens_nothing_that_its_pods_do_not(made: Lifecycle, pods: dict[str, str]) -> None:
    friend = f"/api/v1/namespaces/{CLOSED}/services/friend"
    service = (api.get_object(made.spec, friend) or {})["spec"]["clusterIP"]
    assert support.answers(made.spec, CLOSED, "caller", service, 80)
    assert not support.answers(made.spec, CLOSED, "stranger", service, 80)
    assert not support.answers(made.spec, OPEN, "one", service, 80)


def test_a_pod_that_may_not_reach_the_node_does_not(made: Lifecycle, pods: dict[str, str]) -> None:
    spec = made.spec
    assert support.answers(spec, OPEN, "one", str(spec.gateway), spec.ports.api_server), "nothing forbids it"
    for port in (spec.ports.api_server, spec.ports.kubelet):
        assert not support.answers(spec, CLOSED, "stranger", str(spec.gateway), port)
    assert not support.answers(spec, CLOSED, "stranger", str(spec.api_service), 443)


def test_the_kubelet_reaches_a_pod_that_lets_nobody_in(made: Lifecycle, pods: dict[str, str]) -> None:
    probe = {"readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1}}
    support.create(made.spec, CLOSED, [support.pod("probed", made.images.base, SERVE, container=probe)])
    support.wait_running(made.spec, CLOSED, "probed")


def test_the_address_that_every_link_gives_itself_is_no_way_round(
    made: Lifecycle, pods: dict[str, str]
) -> None:
    target, _ = own_link(made.spec, CLOSED, "friend")
    _, device = own_link(made.spec, OPEN, "one")
    # Nobody listens there: the other pod's kernel would refuse at once.
    knock = f"""alarm 5; socket my $s, AF_INET6, SOCK_STREAM, 0 or die;
      connect $s, pack_sockaddr_in6({PORT}, inet_pton(AF_INET6, "{target}"), {device}); print "$!"; exit 1"""
    with pytest.raises(ReportedError, match="142"):  # ended by its alarm: it waited in vain
        support.run_in(made.spec, OPEN, "one", "perl", "-MSocket=:all", "-e", knock)


def own_link(spec: ClusterSpec, namespace: str, name: str) -> tuple[str, int]:
    """A pod's link-local address of IPv6, and its device's number."""
    for line in support.run_in(spec, namespace, name, "cat", "/proc/net/if_inet6").splitlines():
        digits, device, _, _, _, link = line.split()
        if link == "eth0":
            return str(IPv6Address(bytes.fromhex(digits))), int(device, 16)
    pytest.skip("the kernel gives pods no address of IPv6")


def test_a_new_pod_is_soon_in_its_place_and_the_time_until_then_is_told(
    made: Lifecycle, pods: dict[str, str]
) -> None:
    spec = made.spec
    knocking = support.pod(
        "knocking", made.images.base, f"{KNOCK} {pods['one']} {PORT}", restartPolicy="Never"
    )
    support.create(spec, CLOSED, [knocking])
    api.wait_for(
        "the pod having knocked",
        lambda: _phase(spec, "knocking") == "Succeeded",
        timeout=60,
        hint=lambda: api.kubectl(spec, [f"--namespace={CLOSED}", "describe", "pod", "knocking"]),
    )
    lines = api.kubectl(spec, [f"--namespace={CLOSED}", "logs", "knocking"]).splitlines()
    knocks = [(int(when) / 1000, let_in == "1") for when, let_in in (line.split() for line in lines)]
    let_in = [when for when, yes in knocks if yes]
    print(
        f"a new pod was let out for {max(let_in, default=0):.2f} s, in {len(let_in)} of {len(knocks)} knocks"
    )
    assert len(knocks) > 10, f"it hardly knocked: {knocks}"
    assert max(let_in, default=0) < LET_IN, f"a pod went for {max(let_in):.1f} s where no policy lets it"
    assert not knocks[-1][1]


def _phase(spec: ClusterSpec, name: str) -> str:
    found = api.get_object(spec, f"/api/v1/namespaces/{CLOSED}/pods/{name}") or {}
    return str(found.get("status", {}).get("phase"))


def test_nothing_new_passes_while_the_controller_is_dead(made: Lifecycle, pods: dict[str, str]) -> None:
    spec = made.spec
    record = processes.read_record(spec, policies.NAME)
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    processes.end([record], grace=0)
    try:
        assert not support.answers(spec, OPEN, "one", pods["two"], PORT), "who ends it, ends all policies"
        assert not cluster.status(spec).healthy, "nobody learns that policies do not act"
    finally:
        outcome = made.up()
    assert policies.NAME.replace("kube-", "").replace("-", " ") in outcome.started
    assert support.answers(spec, OPEN, "one", pods["two"], PORT)


def test_switched_off_policies_have_no_effect_and_the_switch_goes_both_ways(
    made: Lifecycle, pods: dict[str, str]
) -> None:
    off = replace(made.spec, network_policies=False)
    try:
        cluster.up(off, images=made.images)
        assert support.answers(off, CLOSED, "stranger", pods["friend"], PORT), "something still acts"
        assert cluster.status(off).healthy, "a process that is not wanted is missed"
    finally:
        made.up()
    assert not support.answers(made.spec, CLOSED, "stranger", pods["friend"], PORT)
