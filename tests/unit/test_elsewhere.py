"""What is decided about a cluster that KUBECONFIG names, before anything is asked of it."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from rich.console import Console

from components.settings.foundation import KubernetesFoundationSettings
from images.docker import images_of
from images.recipes import PLATFORM_IMAGES, tools_of
from local import debian, elsewhere, own_registry, pages
from toolchain import golang
from toolchain.kubectl import Kubectl, Manifest
from toolchain.pulumi_cli import Stack
from workspace.errors import ReportedError

DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}


def classes(**annotations: dict[str, str]) -> list[dict[str, Any]]:
    return [{"metadata": {"name": name, "annotations": found}} for name, found in annotations.items()]


def test_the_clusters_default_storage_class_is_left_to_the_cluster() -> None:
    assert elsewhere.storage_class(classes(fast={}, usual=DEFAULT)) is None


def test_the_only_storage_class_is_taken_although_nobody_made_it_the_default() -> None:
    assert elsewhere.storage_class(classes(only={})) == "only"


@pytest.mark.parametrize(("names", "told"), [((), "it has none"), (("b", "a"), "it has a, b")])
def test_without_a_choice_the_storage_classes_are_told(names: tuple[str, ...], told: str) -> None:
    with pytest.raises(ReportedError, match=told):
        elsewhere.storage_class(classes(**{name: {} for name in names}))


def test_several_kubeconfigs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/one:/two")
    with pytest.raises(ReportedError, match="names 2 files: /one:/two"):
        elsewhere.kubeconfig()


class _Found:
    """A cluster as the API server describes it, whose own address has some port."""

    def __init__(self, kubeconfig: Path, port: int) -> None:
        self.kubeconfig = kubeconfig
        self.port = port

    def run(self, *arguments: str) -> str:
        return "theirs\n"

    def get(self, kind: str, name: str, namespace: str = "") -> dict[str, Any]:
        if kind == "namespace":
            return {"metadata": {"uid": "0f2a"}}
        assert (kind, name, namespace) == ("endpointslice", "kubernetes", "default")
        return {"ports": [{"name": "https", "port": self.port, "protocol": "TCP"}]}

    def list(self, kind: str) -> list[dict[str, Any]]:
        assert kind == "storageclasses"
        return classes(usual=DEFAULT)


@pytest.mark.parametrize(
    ("written", "port"), [({}, 16443), ({"apiServerPort": 8443}, 8443)], ids=["looked up", "the file's"]
)
def test_policies_open_the_port_that_the_clusters_api_server_has(
    written: dict[str, int], port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kubeconfig"
    file.touch()
    monkeypatch.setenv("KUBECONFIG", str(file))
    monkeypatch.setattr("toolchain.progress.ensure", lambda *_: [])
    monkeypatch.setattr(elsewhere, "Kubectl", lambda path: _Found(path, 16443))
    settings = KubernetesFoundationSettings.model_validate({"kind": "kubernetes", **written})
    found = elsewhere.find("local", settings)
    assert found.stack.overrides["foundation", "apiServerPort"] == port


def test_nothing_of_the_embedded_node_is_built_for_another_cluster() -> None:
    wanted = {*elsewhere.TOOLS, *tools_of(PLATFORM_IMAGES)}
    node = {"etcd", "kube-apiserver", "kubelet", "kube-proxy", "kwokctl", "coredns", "local-path-provisioner"}
    assert not wanted & node
    assert {"pulumi", "kubectl", "versitygw", "spark-operator"} <= wanted


def objects(kind: str) -> list[dict[str, Any]]:
    made = own_registry.manifests(image="registry.example/registry:3", storage_class="fast")
    return [dict(each) for each in made if each["kind"] == kind]


def test_the_registry_that_nodes_pull_from_takes_nothing_and_the_other_is_reached_in_its_pod_alone() -> None:
    (config,) = objects("ConfigMap")
    pull, push = (yaml.safe_load(config["data"][f"{name}.yml"]) for name in ("pull", "push"))
    assert pull["storage"]["maintenance"]["readonly"]["enabled"] is True
    assert push["storage"]["maintenance"]["readonly"]["enabled"] is False
    assert push["http"]["addr"].startswith("127.0.0.1:"), "anybody in the cluster could push"
    (service,) = objects("Service")
    (port,) = service["spec"]["ports"]
    assert pull["http"]["addr"] == f":{port['port']}"
    assert f"localhost:{port['nodePort']}" == own_registry.ADDRESS


def test_the_registrys_process_that_nodes_reach_can_not_write_its_volume() -> None:
    (deployment,) = objects("Deployment")
    pod = deployment["spec"]["template"]["spec"]
    writable = {
        container["name"]: [
            mount["mountPath"] for mount in container["volumeMounts"] if not mount["readOnly"]
        ]
        for container in pod["containers"]
    }
    assert writable == {"pull": [], "push": ["/var/lib/registry"]}
    assert {container["image"] for container in pod["containers"]} == {"registry.example/registry:3"}


def test_the_registrys_volume_is_of_the_class_that_was_found() -> None:
    (claim,) = objects("PersistentVolumeClaim")
    assert claim["spec"]["storageClassName"] == "fast"


def node(architecture: str, *taints: str, system: str = "linux") -> dict[str, Any]:
    return {
        "status": {"nodeInfo": {"architecture": architecture, "operatingSystem": system}},
        "spec": {"taints": [{"key": taint, "effect": "NoSchedule"} for taint in taints]},
    }


UNREACHED = {
    "containerStatuses": [
        {
            "state": {
                "waiting": {
                    "reason": "ErrImagePull",
                    "message": "dial tcp 127.0.0.1:30500: connection refused",
                }
            }
        }
    ]
}
UNFIT = {
    "phase": "Failed",
    "containerStatuses": [{"state": {"terminated": {"reason": "Error", "exitCode": 255}}}],
}
"""What kubelets say of a pod whose image they do not get, and of one for another processor."""


class _Refusing:
    """A cluster with the registry, whose nodes do not run what is there: what its API server says of pods."""

    def __init__(self, status: dict[str, Any], *listed: dict[str, Any]) -> None:
        self.status = status
        self.nodes = listed or (node(golang.native()),)
        self.created: list[Manifest] = []

    def apply(self, *manifests: Manifest) -> None:
        pass

    def create(self, manifest: Manifest) -> None:
        self.created.append(manifest)

    def delete(self, kind: str, name: str, namespace: str, *options: str) -> None:
        pass

    def logs(self, pod: str, namespace: str) -> str:
        return "exec /usr/bin/true: exec format error\n"

    def list(self, kind: str, namespace: str = "", selector: str = "") -> Sequence[Manifest]:
        if kind == "nodes":
            return self.nodes
        if selector.endswith("=registry"):
            return [{"metadata": {}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}]
        return [{**self.created[-1], "status": self.status}]


def refused(
    lacking: list[str], cluster: _Refusing, monkeypatch: pytest.MonkeyPatch, *, docker: bool = False
) -> tuple[str, list[set[str]]]:
    """What `up` ends with where the registry lacks some images, and those that it wanted packages for."""
    asked: list[set[str]] = []
    monkeypatch.setattr(elsewhere, "Kubectl", lambda _: cluster)
    monkeypatch.setattr("images.docker.available", lambda: docker)
    monkeypatch.setattr("images.push.lacking", lambda **_: lacking)
    monkeypatch.setattr("images.push.push_all", lambda **_: [])
    monkeypatch.setattr("images.build_all", lambda **_: [])
    monkeypatch.setattr("local.debian.ensure", lambda *, pushed, announce: asked.append(set(pushed)))
    monkeypatch.setattr("toolchain.progress.ensure", lambda *_: [])
    monkeypatch.setattr(own_registry, "pushing", lambda _: nullcontext("127.0.0.1:5001"))
    monkeypatch.setattr(own_registry, "HELPLESS_SECONDS", 0)
    monkeypatch.setattr(own_registry, "_POLL_SECONDS", 0)
    nowhere = Path("kubeconfig")
    where = elsewhere.Cluster(
        stack=Stack(name="local", state=nowhere, kubeconfig=nowhere),
        kubeconfig=nowhere,
        own_registry=True,
        storage_class=None,
    )
    with pytest.raises(ReportedError) as told:
        elsewhere.prepare(Console(stderr=True), where)
    return f"{told.value} {told.value.hint}", asked


@pytest.mark.parametrize("lacking", [["base", "spark"], []], ids=["pushed now", "there from a run before"])
def test_nodes_that_can_not_pull_are_told_before_anything_waits_for_them(
    lacking: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = _Refusing(UNREACHED)
    told, _ = refused(lacking, cluster, monkeypatch)
    assert "can't pull from localhost:30500" in told
    assert "connection refused" in told
    (container,) = cluster.created[-1]["spec"]["containers"]
    assert container["imagePullPolicy"] == "Always", "what a node kept says nothing of the way"


def test_a_node_that_can_not_run_what_it_pulled_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_registry, "READY_SECONDS", 5)
    told, _ = refused([], _Refusing(UNFIT), monkeypatch)
    assert "exec format error" in told
    assert "not within" not in told


def test_images_are_not_built_for_nodes_that_can_not_run_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolchain.golang.platform.machine", lambda: "x86_64")
    told, asked = refused(["spark"], _Refusing(UNREACHED, node("amd64"), node("arm64")), monkeypatch)
    assert "nodes of arm64, and images are built here for amd64\n" in told
    assert "with Docker on this machine they are built for amd64 and arm64" in told
    assert asked == [set()], "nothing is installed for what is not built"


def test_each_architecture_is_tried_on_a_node_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolchain.golang.platform.machine", lambda: "x86_64")
    unwell = "node.kubernetes.io/not-ready"
    listed = (node("arm64", "gpu", unwell), node("arm64"), node("riscv64", system="windows"))
    cluster = _Refusing(UNREACHED, *listed)
    told, _ = refused([], cluster, monkeypatch)
    assert "nodes of arm64 can't pull" in told
    spec = cluster.created[-1]["spec"]
    assert spec["nodeSelector"] == {"kubernetes.io/arch": "arm64"}
    assert spec["tolerations"] == [{"key": "gpu", "operator": "Exists"}], (
        "a node that is not well says nothing"
    )


def test_where_every_image_is_there_no_package_that_builds_them_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert refused([], _Refusing(UNREACHED), monkeypatch)[1] == [set()]
    assert refused(["spark"], _Refusing(UNREACHED), monkeypatch)[1] == [set(), {"spark"}]


DOCKER = r"""#!/bin/sh
case "$*" in
  "buildx version") ;;
  *inspect*) for last in "$@"; do :; done
    grep -qxF "$last" {pushed} || {{ echo "ERROR: $last: not found" >&2; exit 1; }}
    echo '{{"digest": "sha256:1", "manifests": [{{"platform": {{"architecture": "arm64"}}}}]}}' ;;
  *cacheonly*) read -r line; echo "$line" >> {asked}; echo "ERROR: dial tcp: refused" >&2; exit {refuses} ;;
  *) for word in "$@"; do case "$word" in
      --tag=*) echo "${{word#--tag=}}" >> {pushed} ;;
      --platform=*) echo "$word" >> {asked} ;;
    esac; done ;;
esac
"""
"""Docker's client as far as pushing takes it: knows what was pushed, and writes down for what it is."""


def docker_pushes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, refuses: bool = False
) -> tuple[str, list[str], list[str]]:
    """Have `up` push by Docker to nodes of arm64; gives what it ended with, the images, what was asked."""
    program, pushed, asked = folder / "docker", folder / "pushed", folder / "asked"
    program.write_text(DOCKER.format(pushed=pushed, asked=asked, refuses=int(refuses)))
    program.chmod(0o755)
    pushed.touch()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.setattr("images.docker.LOGS", folder / "logs")
    told, wanted = refused(["spark"], _Refusing(UNREACHED, node("arm64")), monkeypatch, docker=True)
    assert wanted == [set()], "Docker alone is enough"
    return told, pushed.read_text().splitlines(), asked.read_text().splitlines()


def test_docker_makes_what_a_cluster_runs_for_the_processors_that_its_nodes_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, pushed, asked = docker_pushes(tmp_path, monkeypatch)
    assert "nodes of arm64 can't pull from localhost:30500" in told, "what comes after the push"
    wanted = images_of("127.0.0.1:5001", PLATFORM_IMAGES)
    assert pushed == [image.reference for image in wanted], "through the port that leads there"
    assert asked == [f"FROM {pushed[0]}", *["--platform=linux/arm64"] * (len(wanted) - 1)]


def test_a_docker_that_does_not_reach_the_forwarded_port_is_told_before_it_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, pushed, _ = docker_pushes(tmp_path, monkeypatch, refuses=True)
    assert "does not reach 127.0.0.1:5001 of this machine" in told
    assert "ERROR: dial tcp: refused" in told
    assert "images push --registry R" in told
    assert len(pushed) == 1, "the base, by which it was tried"


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no program yet."""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    monkeypatch.setattr("images.host.find_spec", lambda _: None)
    monkeypatch.setattr("images.host._KEYRING", tmp_path / "none")
    monkeypatch.setattr("local.cluster.binaries.CNI_FOLDERS", (tmp_path,))


@pytest.mark.usefixtures("bare")
def test_no_package_of_the_embedded_node_is_installed_for_another_cluster() -> None:
    builds = {"buildah", "debootstrap", "debian-archive-keyring", "maven", "python3-pip"}
    assert set(debian.missing(pushed=PLATFORM_IMAGES)) == {*builds, "npm"}
    assert {"containerd", "runc", "iptables", "nftables"} <= set(debian.missing())


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("pushed", "wanted"),
    [
        ((), {"npm"}),
        (("login-proxy",), {"npm", "buildah"}),
        (("canary_checker",), {"npm", "buildah", "debootstrap", "debian-archive-keyring"}),
    ],
)
def test_packages_are_those_that_the_images_take_which_are_pushed(
    pushed: tuple[str, ...], wanted: set[str]
) -> None:
    assert set(debian.missing(pushed=pushed)) == wanted, "npm fetches the flights"


class _Cluster:
    """Answers for nodes, without an API server."""

    def list(self, kind: str) -> list[dict[str, Any]]:
        assert kind == "nodes"
        return [{"status": {"addresses": [{"type": "InternalIP", "address": "127.0.0.2"}]}}]


CLUSTER = cast("Kubectl", _Cluster())


def test_pages_are_opened_at_the_first_address_that_answers() -> None:
    with socket.create_server(("127.0.0.2", 0)) as server:
        port = server.getsockname()[1]
        said = {
            "pagesUrl": f"http://127.0.0.1:{port}",
            "logsUrl": f"http://127.0.0.1:{port}/logs",
            "namespaces": ["data-dev"],
        }
        found, command = pages.reached(CLUSTER, said)
    assert found == {
        "pagesUrl": f"http://127.0.0.2:{port}",
        "logsUrl": f"http://127.0.0.2:{port}/logs",
        "namespaces": ["data-dev"],
    }
    assert command == ""


def test_the_repository_of_the_jobs_is_where_the_pages_are_if_its_port_is_open_there() -> None:
    with socket.create_server(("127.0.0.2", 0)) as pages_of, socket.create_server(("127.0.0.2", 0)) as git:
        said = {
            "pagesUrl": f"http://127.0.0.1:{pages_of.getsockname()[1]}",
            "jobsRepository": f"http://127.0.0.1:{git.getsockname()[1]}/jobs.git",
        }
        found, _ = pages.reached(CLUSTER, said)
        git.close()
        forwarded, _ = pages.reached(CLUSTER, said)
    assert found["jobsRepository"] == said["jobsRepository"].replace("127.0.0.1", "127.0.0.2")
    assert forwarded["jobsRepository"] == said["jobsRepository"], "a forwarded port is of this machine"


def test_pages_that_no_address_answers_for_are_forwarded_to_the_port_that_the_stack_says() -> None:
    said = {"pagesUrl": "http://127.0.0.1:1"}
    assert pages.reached(CLUSTER, said) == (
        said,
        "kubectl port-forward -n spark-login service/login-proxy 1:4180",
    )


@pytest.mark.parametrize("said", [{"pagesUrl": "https://spark.example"}, {}])
def test_an_address_of_ones_own_is_not_touched(said: dict[str, str]) -> None:
    assert pages.reached(CLUSTER, said) == (said, "")
