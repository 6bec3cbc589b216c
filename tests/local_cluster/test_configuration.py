"""What the cluster's processes are told: checked as data, without starting any."""

from __future__ import annotations

import ipaddress
import json
import os
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cluster import (
    ClusterSpec,
    NodeImages,
    Ports,
    addons,
    api,
    control_plane,
    network,
    node,
    packet_rules,
    policies,
    runtime,
    settings_change,
    uses_external_cluster,
)
from local.cluster.spec import enforced
from workspace import paths
from workspace.errors import ReportedError

SPEC = ClusterSpec(name="one", state=Path("/state"), run=Path("/run/one"))
IMAGES = NodeImages(pause="r/pause:1", coredns="r/dns:1", local_path_provisioner="r/lpp:1", base="r/base:1")


def arguments(component: str) -> dict[str, str]:
    """Extra arguments that kwokctl is to give a component."""
    patches = control_plane.configuration(SPEC)["componentsPatches"]
    found: list[dict[str, Any]] = next(patch["extraArgs"] for patch in patches if patch["name"] == component)
    return {entry["key"]: entry["value"] for entry in found}


def test_the_real_node_is_not_played_by_a_simulator() -> None:
    assert "kwok-controller" in control_plane.configuration(SPEC)["options"]["disable"]


def test_only_the_api_server_listens_beyond_this_machine_and_it_knows_its_callers() -> None:
    assert control_plane.configuration(SPEC)["options"]["bindAddress"] == "127.0.0.1"
    api_server = arguments("kube-apiserver")
    assert ipaddress.ip_address(api_server["bind-address"]).is_unspecified, "pods reach it on the bridge"
    assert api_server["anonymous-auth"] == "false"
    assert all(
        "bind-address" not in arguments(name) for name in ("kube-controller-manager", "kube-scheduler")
    )
    assert node.kubelet_configuration(SPEC)["address"] == str(SPEC.gateway)
    assert node.kubelet_configuration(SPEC)["authentication"]["anonymous"] == {"enabled": False}
    assert all(
        ipaddress.ip_network(entry).is_private
        for entry in node.proxy_configuration(SPEC)["nodePortAddresses"]
    )


def test_etcd_answers_nobody_without_its_own_key() -> None:
    etcd = arguments("etcd")
    listening = {name: value for name, value in etcd.items() if name.endswith("-urls")}
    assert len(listening) == 4
    assert all(value.startswith("https://127.0.0.1:") for value in listening.values()), listening
    for side in ("", "peer-"):
        assert etcd[f"{side}client-cert-auth"] == "true"
        assert etcd[f"{side}trusted-ca-file"] == etcd[f"{side}cert-file"], (
            "an authority that signs anything else lets that in"
        )
    api_server = arguments("kube-apiserver")
    assert api_server["etcd-servers"] == etcd["listen-client-urls"]
    assert api_server["etcd-certfile"] == etcd["cert-file"]
    assert api_server["etcd-keyfile"] == etcd["key-file"]


def test_what_needs_no_login_is_no_more_than_health() -> None:
    for component in ("kube-controller-manager", "kube-scheduler"):
        assert arguments(component)["authorization-always-allow-paths"] == "/healthz,/readyz,/livez"


def test_admission_plugins_come_on_top_of_kubernetes_own() -> None:
    assert arguments("kube-apiserver")["enable-admission-plugins"].split(",") == [
        "NodeRestriction",
        "DenyServiceExternalIPs",
    ]
    assert control_plane.configuration(SPEC)["options"]["kubeAdmission"] is True


MADE_WITH = [
    {"key": "anonymous-auth", "value": "false", "override": False},
    {"key": "former", "value": "1", "override": False},
    {"key": "bind-address", "value": "127.0.0.1", "override": True},
]
WANTED = [
    {"key": "anonymous-auth", "value": "false", "override": False},
    {"key": "etcd-certfile", "value": "/etcd.crt", "override": False},
    {"key": "bind-address", "value": "0.0.0.0", "override": True},  # noqa: S104
]


def test_a_component_comes_over_to_todays_arguments_and_keeps_kwokctls_own() -> None:
    now = ["--own=1", "--bind-address=127.0.0.1", "--anonymous-auth=false", "--former=1"]
    then = settings_change.arguments(now, MADE_WITH, WANTED)
    assert then == [
        "--own=1",
        "--bind-address=0.0.0.0",
        "--anonymous-auth=false",
        "--etcd-certfile=/etcd.crt",
    ]
    again = settings_change.arguments(then, MADE_WITH, WANTED)
    assert sorted(again) == sorted(then), "it was interrupted, and repeated"


def test_a_cluster_with_other_ports_does_not_come_over(tmp_path: Path) -> None:
    spec = replace(SPEC, state=tmp_path)
    former = control_plane.configuration(replace(spec, ports=replace(spec.ports, etcd=2379)))
    (tmp_path / "kwokctl.yaml").write_text(yaml.safe_dump(former))
    with pytest.raises(ReportedError, match="was made with another etcdPort than this version's") as refused:
        settings_change.carry_over(spec)
    assert "make down" in refused.value.hint


def queued(spec: ClusterSpec) -> list[packet_rules.Rule]:
    return [rule for rule in packet_rules.wanted(spec) if "NFQUEUE" in rule.words]


def test_policies_are_asked_about_what_pods_send_and_nothing_passes_when_nobody_answers() -> None:
    rules = queued(SPEC)
    assert [(rule.table, rule.chain) for rule in rules] == [("mangle", "FORWARD"), ("mangle", "INPUT")]
    for rule in rules:
        assert rule.words[:2] == ("-i", SPEC.bridge)
        assert "--queue-bypass" not in rule.words


def test_switched_off_nothing_asks_and_what_asked_before_is_taken_out() -> None:
    off = replace(SPEC, network_policies=False)
    assert queued(off) == []
    assert set(queued(SPEC)) <= set(packet_rules.unwanted(off))
    assert not set(queued(SPEC)) & set(packet_rules.unwanted(SPEC))


@pytest.mark.parametrize(("value", "on"), [(None, True), ("on", True), ("off", False)])
def test_policies_act_unless_somebody_switches_them_off(value: str | None, on: bool) -> None:
    given = {} if value is None else {"SPARK_ON_EKS_NETWORK_POLICIES": value}
    assert enforced(given) is on


def test_a_switch_that_is_neither_on_nor_off_is_refused() -> None:
    with pytest.raises(ReportedError, match="'no', which is neither on nor off"):
        enforced({"SPARK_ON_EKS_NETWORK_POLICIES": "no"})


def test_a_queue_counts_as_read_only_by_its_own_number(tmp_path: Path) -> None:
    listed = tmp_path / "nfnetlink_queue"
    assert not policies.reading(listed), "before the first queue there is no list"
    listed.write_text(" 1100   4711     0 2   128     0     0        4  1\n")
    assert not policies.reading(listed)
    listed.write_text(listed.read_text() + "  100  28239     0 2   128     0     0        4  1\n")
    assert policies.reading(listed)


def test_a_queue_that_another_program_reads_is_not_taken_for_acting_policies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tmp_path / "nfnetlink_queue"
    listed.write_text("  100  28239     0 2   128     0     0        4  1\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / policies.NAME).touch()
    monkeypatch.setattr(policies, "QUEUES", listed)
    with pytest.raises(ReportedError, match="queue 100 is read by another program") as refused:
        policies.start(replace(SPEC, state=tmp_path))
    assert "SPARK_ON_EKS_NETWORK_POLICIES=off" in refused.value.hint


def test_no_pod_takes_the_nodes_processes_memory_disk_or_inodes() -> None:
    kubelet = node.kubelet_configuration(SPEC)
    assert 0 < kubelet["podPidsLimit"] <= 4096
    assert set(kubelet["evictionHard"]) == {
        "memory.available",
        "nodefs.available",
        "nodefs.inodesFree",
        "imagefs.available",
        "imagefs.inodesFree",
        "pid.available",
    }


def test_the_policy_controller_may_look_and_do_nothing() -> None:
    role = next(item for item in policies.access() if item["kind"] == "ClusterRole")
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"list", "watch"}
    assert "secrets" not in {name for rule in role["rules"] for name in rule["resources"]}


def test_addresses_in_all_configurations_agree() -> None:
    assert arguments("kube-apiserver")["service-cluster-ip-range"] == str(SPEC.service_cidr)
    assert arguments("kube-apiserver")["advertise-address"] == str(SPEC.gateway)
    assert node.kubelet_configuration(SPEC)["clusterDNS"] == ["10.96.0.10"]
    assert node.proxy_configuration(SPEC)["clusterCIDR"] == str(SPEC.pod_cidr)
    service = next(item for item in addons.manifests(SPEC, IMAGES) if item["kind"] == "Service")
    assert service["spec"]["clusterIP"] == "10.96.0.10"
    bridge = network.plugin_configuration(SPEC)["plugins"][0]
    assert bridge["ipam"]["ranges"] == [[{"subnet": "10.244.0.0/16", "gateway": "10.244.0.1"}]]
    names = control_plane.configuration(SPEC)["options"]["kubeApiserverCertSANs"]
    assert names == ["10.244.0.1", "10.96.0.1"], "the API server's certificate must fit the address pods use"


def test_everything_written_by_the_nodes_processes_is_below_the_clusters_folders() -> None:
    kubelet = node.kubelet_configuration(SPEC)
    assert Path(kubelet["podLogsDir"]).is_relative_to(SPEC.state)
    assert Path(kubelet["volumePluginDir"]).is_relative_to(SPEC.state)
    assert Path(arguments("kube-controller-manager")["flex-volume-plugin-dir"]).is_relative_to(SPEC.state)
    containerd = tomllib.loads(runtime.configuration(SPEC, "r/pause:1", Path("/plugins")))
    assert Path(containerd["root"]).is_relative_to(SPEC.state)
    assert Path(containerd["state"]).is_relative_to(SPEC.run)
    assert "io.containerd.internal.v1.opt" in containerd["disabled_plugins"], "it makes /opt/containerd"
    cri = containerd["plugins"]["io.containerd.grpc.v1.cri"]
    assert cri["netns_mounts_under_state_dir"] is True
    assert Path(cri["cni"]["conf_dir"]).is_relative_to(SPEC.state), "/etc/cni belongs to the machine"
    assert Path(cri["containerd"]["runtimes"]["runc"]["options"]["Root"]).is_relative_to(SPEC.run)
    bridge = network.plugin_configuration(SPEC)["plugins"][0]
    assert Path(bridge["ipam"]["dataDir"]).is_relative_to(SPEC.state)
    config = next(item for item in addons.manifests(SPEC, IMAGES) if "config.json" in item.get("data", {}))
    folders = json.loads(config["data"]["config.json"])["nodePathMap"][0]["paths"]
    assert [Path(folder).is_relative_to(SPEC.state) for folder in folders] == [True]


def test_images_without_a_registry_are_never_collected() -> None:
    assert node.kubelet_configuration(SPEC)["imageGCHighThresholdPercent"] == 100
    policies = {
        container["imagePullPolicy"]
        for item in addons.manifests(SPEC, IMAGES)
        if item["kind"] == "Deployment"
        for container in item["spec"]["template"]["spec"]["containers"]
    }
    assert policies == {"IfNotPresent"}


def test_a_bootstrap_token_gives_no_more_than_the_right_to_ask_for_a_certificate() -> None:
    objects = node.bootstrap_objects("abcdef", "0123456789abcdef")
    secret = objects[0]
    assert secret["stringData"]["auth-extra-groups"] == node.BOOTSTRAP_GROUP
    assert "expiration" in secret["stringData"], "a token that never expires is a password"
    roles = {
        item["roleRef"]["name"] for item in objects[1:] if item["subjects"][0]["name"] == node.BOOTSTRAP_GROUP
    }
    assert roles == {
        "system:node-bootstrapper",
        "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "Not a name"}, "lower-case"),
        ({"bridge": "a-name-that-is-too-long"}, "23 characters, the kernel takes 1 to 15"),
        ({"bridge": ""}, "0 characters"),
        ({"service_cidr": ipaddress.IPv4Network("10.244.128.0/17")}, "overlap"),
        ({"state": Path("relative")}, "relative path"),
        ({"run": Path("/" + "x" * 100)}, "longer than 107 bytes"),
        ({"ports": Ports(etcd=6443)}, "one port twice"),
    ],
)
def test_a_cluster_that_cannot_work_is_refused_before_anything_starts(
    change: dict[str, Any], told: str
) -> None:
    with pytest.raises(ReportedError, match=told) as refused:
        ClusterSpec(**change)
    assert refused.value.hint, "the error does not say what to do next"


def test_a_user_who_is_not_root_is_told_what_else_to_do() -> None:
    with pytest.raises(ReportedError, match="needs root, this is user id 1000") as refused:
        node.require_linux_root(1000)
    assert "KUBECONFIG" in refused.value.hint


@pytest.mark.parametrize(
    ("named", "external"),
    [
        ("", False),
        (str(paths.STATE / "kubeconfig"), False),
        ("/home/me/.kube/config", True),
        (os.pathsep.join([str(paths.STATE / "kubeconfig"), "/home/me/other"]), True),
    ],
)
def test_naming_a_cluster_of_ones_own_means_that_none_is_started(named: str, external: bool) -> None:
    assert uses_external_cluster({"KUBECONFIG": named}) is external
    assert uses_external_cluster({}) is False


def test_pods_ask_the_machines_name_servers_and_never_a_loopback(tmp_path: Path) -> None:
    listed = tmp_path / "resolv.conf"
    listed.write_text(
        "# nameserver 192.0.2.1\nsearch example.org\nnameserver 127.0.0.53\nnameserver 192.0.2.53\n"
        "nameserver 2001:db8::53\nnameserver fe80::1%eth0\nnameserver nonsense\nnameserver\n"
    )
    servers = network.name_servers(listed)
    assert servers == ["192.0.2.53", "2001:db8::53"]
    assert "forward . 192.0.2.53 2001:db8::53\n" in addons.corefile(servers)
    assert network.resolver_file([tmp_path / "absent", listed]) == listed


def test_dns_of_the_cluster_works_on_a_machine_without_a_name_server(tmp_path: Path) -> None:
    assert network.name_servers(tmp_path / "absent") == []
    assert "forward" not in addons.corefile([]), "CoreDNS does not start with nowhere to forward to"
    assert "kubernetes cluster.local" in addons.corefile([])


def test_tools_neither_read_nor_write_the_callers_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    given = api.environment(SPEC)
    for name in ("HOME", "TMPDIR", "KUBECACHEDIR"):
        assert Path(given[name]).is_relative_to(SPEC.state), f"{name} of our tools leads to {given[name]}"
    assert "AWS_SECRET_ACCESS_KEY" not in given, "the caller's secrets reach processes that do not need them"
