"""A cluster comes up, is repaired without losing anything, and leaves the machine as it was."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import cluster
from local.cluster import api, cgroups, control_plane, lifecycle, network, processes, teardown
from local.cluster.node import bootstrap_objects
from local.cluster.spec import ClusterSpec
from tests.local_cluster import footprint, support
from tests.local_cluster.conftest import OTHERS, Lifecycle
from workspace import paths
from workspace.errors import ReportedError

pytestmark = [pytest.mark.cluster_lifecycle, pytest.mark.timeout(600)]

WARM_START_LIMIT = 30.0
"""Seconds from a stopped cluster to node Ready and DNS answering: what `make up` promises."""

NOOP_LIMIT = 2.0
"""Seconds for `up` on a healthy cluster; it takes 0.1 on an idle machine."""

START = """
from local import cluster
from local.cluster import runtime
from tests.local_cluster.support import TEST_SPEC
cluster.up(TEST_SPEC, images=runtime.default_images())
"""
"""A program that starts the cluster."""

SETTLE = 60.0
"""Seconds that other work on this machine gets to remove what it has made meanwhile."""


def pids(spec: ClusterSpec) -> dict[str, int]:
    """Process ids of the cluster's processes."""
    found = {name: processes.read_record(spec, name) for name in lifecycle.PROCESSES}
    return {name: record.pid for name, record in found.items() if record is not None}


def keep_something(spec: ClusterSpec, name: str) -> None:
    """Write an object whose loss would be noticed."""
    api.apply(
        spec,
        [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name, "namespace": "default"},
                "data": {"kept": "yes"},
            }
        ],
    )


def is_kept(spec: ClusterSpec, name: str) -> bool:
    """Whether that object is still there."""
    found = api.get_object(spec, f"/api/v1/namespaces/default/configmaps/{name}")
    return found is not None and found["data"] == {"kept": "yes"}


def test_a_cluster_made_from_nothing_is_healthy_in_every_part(made: Lifecycle) -> None:
    assert "control plane" in made.first.started, "the first start made nothing, so it proved nothing"
    status = cluster.status(made.spec)
    assert status.healthy, f"up returned, but the cluster is {status}"
    assert set(status.running) == set(lifecycle.PROCESSES), "status does not tell about every process"


def test_up_on_a_healthy_cluster_starts_nothing_and_takes_no_time(healthy: Lifecycle) -> None:
    before = pids(healthy.spec)
    outcome = healthy.up()
    assert outcome.started == (), f"a healthy cluster had {outcome.started} started again"
    assert pids(healthy.spec) == before, "a process was replaced although nothing was wrong"
    assert outcome.seconds < NOOP_LIMIT, f"doing nothing took {outcome.seconds:.1f} s"


@pytest.mark.parametrize("token_id", ["096800", "12e456"])
def test_a_token_that_looks_like_a_number_is_text_to_the_api_server(
    healthy: Lifecycle, token_id: str
) -> None:
    api.apply(healthy.spec, bootstrap_objects(token_id, "0" * 16))
    secret = ("secret", f"bootstrap-token-{token_id}", "--namespace=kube-system")
    text = api.kubectl(healthy.spec, ["get", *secret, "--output=jsonpath={.data.token-id}"])
    api.kubectl(healthy.spec, ["delete", *secret])
    assert base64.b64decode(text).decode() == token_id


@pytest.mark.parametrize("name", lifecycle.PROCESSES)
def test_a_killed_process_is_noticed_and_repaired_with_nothing_lost(healthy: Lifecycle, name: str) -> None:
    spec = healthy.spec
    keep_something(spec, f"before-{name}")
    support.create(spec, "repair", [support.pod("lives", healthy.images.base, "exec sleep 3600")])
    support.wait_running(spec, "repair", "lives")
    container = support.container_of(spec, "repair", "lives")
    before = pids(spec)

    os.kill(before[name], signal.SIGKILL)
    processes.end([found for found in [processes.observe(before[name])] if found], grace=0)
    assert not cluster.status(spec).running[name], f"{name} was killed and status says that it runs"
    outcome = healthy.up()
    print(f"repaired after kill -9 of {name} in {outcome.seconds:.1f} s")

    after = pids(spec)
    assert outcome.started, f"{name} was dead and up had nothing to start"
    assert after[name] != before[name], f"{name} has the pid of the process that was killed"
    untouched = {other for other in before if other not in (name, *control_plane.COMPONENTS)}
    assert {after[other] for other in untouched} == {before[other] for other in untouched}, (
        f"repairing {name} replaced processes that were well"
    )
    assert is_kept(spec, f"before-{name}"), f"an object is gone after {name} was killed"
    assert support.container_of(spec, "repair", "lives") == container, (
        f"a pod was restarted because {name} was killed"
    )
    assert support.run_in(spec, "repair", "lives", "echo", "reached").strip() == "reached"


def test_a_stopped_cluster_starts_warm_within_the_limit_with_its_data(healthy: Lifecycle) -> None:
    spec = healthy.spec
    keep_something(spec, "before-stop")
    cluster.stop(spec)
    assert not any(cluster.status(spec).running.values()), "a process outlived stop"
    outcome = healthy.up()
    print(f"warm start to node Ready and DNS answering: {outcome.seconds:.1f} s")
    assert outcome.seconds <= WARM_START_LIMIT, f"a warm start took {outcome.seconds:.1f} s"
    assert is_kept(spec, "before-stop"), "stop lost an object"
    assert cluster.status(spec).healthy, "up returned on a cluster that is not healthy"


def test_after_something_like_a_reboot_objects_volumes_and_pods_are_back(healthy: Lifecycle) -> None:
    spec, image = healthy.spec, healthy.images.base
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "kept"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Mi"}}},
    }
    writer = support.pod(
        "writer",
        image,
        "test -e /data/first || date > /data/first; exec sleep 3600",
        container={"volumeMounts": [{"name": "data", "mountPath": "/data"}]},
        volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "kept"}}],
    )
    support.create(spec, "reboot", [claim, writer])
    support.wait_running(spec, "reboot", "writer")
    written = support.run_in(spec, "reboot", "writer", "cat", "/data/first")

    lose_power(spec)
    outcome = healthy.up()
    print(f"start after losing power to node Ready and DNS answering: {outcome.seconds:.1f} s")

    api.wait_for(
        "the pod running again",
        lambda: support.container_of(spec, "reboot", "writer")[1] > 0,
        timeout=60,
        hint=lambda: api.kubectl(spec, ["--namespace=reboot", "describe", "pod", "writer"]),
    )
    support.wait_running(spec, "reboot", "writer")
    assert support.run_in(spec, "reboot", "writer", "cat", "/data/first") == written, (
        "the volume lost its file"
    )


def lose_power(spec: ClusterSpec) -> None:
    """Leave what a reboot leaves: the state folder, with records of pids that now belong to somebody else."""
    everyone = [record for name in lifecycle.PROCESSES if (record := processes.read_record(spec, name))]
    processes.end([*everyone, *teardown.shims(spec)], grace=0)
    cgroups.kill_members(spec, grace=0)
    teardown.unmount(spec)
    cgroups.remove(spec)
    network.run("ip", "link", "delete", spec.bridge)
    teardown.remove_dead_shim_sockets()
    shutil.rmtree(spec.run)
    (control_plane.home(spec) / "pids" / "etcd.pid").write_text(str(os.getpid()))


def test_a_second_cluster_in_the_same_place_is_told_who_holds_what(
    healthy: Lifecycle, tmp_path: Path
) -> None:
    rival = ClusterSpec(
        name="rival",
        state=tmp_path / "state",
        run=tmp_path / "run",
        ports=healthy.spec.ports,
        bridge="rival0",
    )
    with pytest.raises(ReportedError) as refused:
        cluster.up(rival, images=healthy.images)
    text = str(refused.value)
    api_server = pids(healthy.spec)["kube-apiserver"]
    assert f"port {healthy.spec.ports.api_server} (api server) is held by process {api_server}" in text, (
        f"the error does not say who holds the API server's port: {text}"
    )
    assert str(control_plane.home(healthy.spec) / "bin" / "kube-apiserver") in text, (
        "the error does not show the holder's command"
    )
    assert "KUBECONFIG" in text, "the error does not say what to do"
    assert "kube-proxy" in text, "two kube-proxies in one network would undo each other's Services"
    assert not rival.state.exists(), "a refused start left files"
    assert cluster.status(healthy.spec).healthy, "a refused start disturbed the cluster that was there"


def test_another_checkout_is_told_whose_cluster_it_is(
    healthy: Lifecycle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    with pytest.raises(ReportedError, match="belongs to the checkout") as refused:
        healthy.up()
    assert "make down" in str(refused.value), "the error does not say what to do"
    assert f"KUBECONFIG={healthy.spec.kubeconfig}" in str(refused.value)


def assert_as_before(made: Lifecycle) -> None:
    """Compare the machine with how it was before the cluster's first start.

    Other work on this machine comes and goes meanwhile; what the cluster left would stay.
    """
    deadline = time.monotonic() + SETTLE
    while left := leftovers(made):
        assert time.monotonic() < deadline, f"down did not put the machine back: {left}"
        time.sleep(1)


def leftovers(made: Lifecycle) -> dict[str, list[str]]:
    """What came since before the cluster, and what went of that which only this network namespace sees."""
    spec = made.spec
    left = footprint.difference(made.before, footprint.take(ignore=OTHERS))
    marks = (spec.name, str(spec.state), str(spec.run))
    found = {kind: change["came"] for kind, change in left.items()}
    found["processes"] = [line for line in found.get("processes", []) if any(mark in line for mark in marks)]
    default = ClusterSpec()
    for kind in ("cgroups", "files"):
        found[kind] = [path for path in found.get(kind, []) if not support.belongs_to(default, Path(path))]
    for kind in ("links", "routes", "rules", "settings"):
        found[f"missing {kind}"] = left.get(kind, {"went": []})["went"]
    return {kind: entries for kind, entries in found.items() if entries}


@contextmanager
def strangers(folder: Path) -> Iterator[tuple[list[subprocess.Popen[bytes]], list[Path]]]:
    """Processes and files of somebody else, with the names and in the places of a cluster's."""
    programs = []
    for name in ("containerd", "kubelet", "containerd-shim-runc-v2"):
        shutil.copy("/bin/sleep", folder / name)
        programs.append(subprocess.Popen([folder / name, "600"]))
    result = Path("/var/lib/cni/results/strangers-network-eth0")
    result.write_text('{"netns": "/run/netns/stranger"}')
    log = Path("/var/log/containers/stranger.log")
    # Every kubelet on a machine removes dead links from this folder, whoever made them.
    log.symlink_to(folder / "kubelet")
    socket_file = Path("/run/containerd/s/stranger")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(socket_file))
    server.listen()
    try:
        yield programs, [result, log, socket_file]
    finally:
        server.close()
        for file in (result, log, socket_file):
            file.unlink(missing_ok=True)
        for program in programs:
            program.kill()
            program.wait()
        # They kept these files and folders from going with the cluster.
        teardown.remove_kubelet_sockets()
        for made in (
            Path("/var/lib/kubelet/device-plugins"),
            Path("/var/lib/kubelet"),
            result.parent,
            result.parent.parent,
            log.parent,
            socket_file.parent,
            Path("/run/containerd"),
        ):
            if made.is_dir() and not any(made.iterdir()):
                made.rmdir()


def kill_a_shim(spec: ClusterSpec) -> None:
    """End a shim as a kernel short of memory does, and wait until containerd has put its notes away."""
    shim, *_ = teardown.shims(spec)
    notes = frozenset(spec.run.glob("containerd/io.containerd.runtime.v2.task/*/*/address"))
    os.kill(shim.pid, signal.SIGKILL)
    api.wait_for(
        "containerd to see the end of a shim",
        lambda: not all(note.exists() for note in notes),
        timeout=30,
        hint=lambda: f"these are still there: {[str(note) for note in notes if note.exists()]}",
    )


def test_down_leaves_the_machine_as_it_was_and_other_peoples_things_alone(
    healthy: Lifecycle, tmp_path: Path
) -> None:
    spec = healthy.spec
    support.create(spec, "left-behind", [support.pod("sleeps", healthy.images.base, "exec sleep 3600")])
    support.wait_running(spec, "left-behind", "sleeps")
    kill_a_shim(spec)
    with strangers(tmp_path) as (programs, files):
        begun = time.monotonic()
        assert cluster.down(spec), "there was a cluster, and down says that there was none"
        print(f"down took {time.monotonic() - begun:.1f} s")
        assert all(program.poll() is None for program in programs), "down ended somebody else's process"
        gone = [file for file in files if not os.path.lexists(file)]
        assert not gone, f"down removed somebody else's files: {gone}"
    assert_as_before(healthy)
    assert cluster.down(spec) is False, "a second down found something to remove"


def start_halfway(made: Lifecycle, seconds: float) -> None:
    """Start the cluster from nothing, and kill the program that starts it."""
    cluster.down(made.spec)
    started = subprocess.Popen([sys.executable, "-c", START], cwd=paths.ROOT, stdout=subprocess.DEVNULL)
    time.sleep(seconds)
    started.kill()
    started.wait()


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.5, 5.0])
def test_a_start_that_is_killed_halfway_is_finished_by_the_next_one(made: Lifecycle, seconds: float) -> None:
    start_halfway(made, seconds)
    made.up()
    assert cluster.status(made.spec).healthy, (
        f"after a start killed at {seconds} s up does not heal the cluster"
    )


@pytest.mark.parametrize("seconds", [1.5, 4.0])
def test_a_start_that_is_killed_halfway_leaves_nothing_that_down_does_not_find(
    made: Lifecycle, seconds: float
) -> None:
    start_halfway(made, seconds)
    cluster.down(made.spec)
    assert_as_before(made)


def test_two_starts_at_once_do_the_work_once(healthy: Lifecycle) -> None:
    os.kill(pids(healthy.spec)["kube-proxy"], signal.SIGKILL)
    with ThreadPoolExecutor(2) as pool:
        outcomes = [task.result() for task in [pool.submit(healthy.up), pool.submit(healthy.up)]]
    assert sorted(outcome.started for outcome in outcomes) == [(), ("kube-proxy",)]
