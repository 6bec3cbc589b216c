"""What is decided about a cluster that KUBECONFIG names, before anything is asked of it."""

from __future__ import annotations

import socket
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from rich.console import Console

from images.recipes import tools_of
from local import debian, elsewhere, own_registry, pages
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


def test_nothing_of_the_embedded_node_is_built_for_another_cluster() -> None:
    wanted = {*elsewhere.TOOLS, *tools_of(elsewhere.PLATFORM_IMAGES)}
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


class _Unreached:
    """A cluster with the registry, whose nodes do not reach it: what its API server says of pods."""

    def apply(self, *manifests: Manifest) -> None:
        pass

    def create(self, manifest: Manifest) -> None:
        assert manifest["spec"]["containers"][0]["imagePullPolicy"] == "Always", "a kept image says nothing"

    def delete(self, kind: str, name: str, namespace: str, *options: str) -> None:
        pass

    def list(self, kind: str, namespace: str, selector: str) -> list[dict[str, Any]]:
        assert (kind, namespace) == ("pods", own_registry.NAMESPACE)
        if selector.endswith("=registry"):
            return [{"metadata": {}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}]
        refused = {"reason": "ErrImagePull", "message": "dial tcp 127.0.0.1:30500: connection refused"}
        return [{"metadata": {}, "status": {"containerStatuses": [{"state": {"waiting": refused}}]}}]


def prepared(lacking: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """What `up` prepares where some images are not in the registry yet; gives the packages it asks for."""
    asked: list[set[str]] = []
    monkeypatch.setattr(elsewhere, "Kubectl", lambda _: _Unreached())
    monkeypatch.setattr("images.push.lacking", lambda **_: lacking)
    monkeypatch.setattr("images.push.push_all", lambda **_: [])
    monkeypatch.setattr("images.build_all", lambda **_: [])
    monkeypatch.setattr("local.debian.ensure", lambda *, pushed, announce: asked.append(set(pushed)))
    monkeypatch.setattr("toolchain.progress.ensure", lambda *_: [])
    monkeypatch.setattr(own_registry, "pushing", lambda _: nullcontext("127.0.0.1:5001"))
    monkeypatch.setattr(own_registry, "HELPLESS_SECONDS", 0)
    monkeypatch.setattr(own_registry, "_POLL_SECONDS", 0)
    where = elsewhere.Cluster(
        stack=Stack(name="local", state=folder, kubeconfig=folder / "kubeconfig"),
        kubeconfig=folder / "kubeconfig",
        own_registry=True,
        storage_class=None,
    )
    with pytest.raises(ReportedError, match=r"nodes can't pull from localhost:30500 .*connection refused"):
        elsewhere.prepare(Console(stderr=True), where)
    return asked


@pytest.mark.parametrize("lacking", [["base", "spark"], []], ids=["pushed now", "there from a run before"])
def test_nodes_that_can_not_pull_are_told_before_anything_waits_for_them(
    lacking: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert prepared(lacking, tmp_path, monkeypatch)


def test_where_every_image_is_there_no_package_that_builds_them_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert prepared([], tmp_path, monkeypatch) == [set()]
    assert prepared(["spark"], tmp_path, monkeypatch) == [set(), {"spark"}]


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
    assert set(debian.missing(pushed=elsewhere.PLATFORM_IMAGES)) == {*builds, "npm"}
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
