"""On a cluster that KUBECONFIG names, and of which nothing else is known: `up` gives the flights' answer, and
`down` leaves no trace."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import flights
from images import containerd
from local import own_registry
from local.cluster import runtime
from tests.cluster import inventory, paced, second
from tests.cluster.inventory import Item
from tests.cluster.paced import Pace, Paced
from tests.cluster.second import Elsewhere
from toolchain import pulumi_cli
from workspace.errors import ReportedError

pytestmark = [pytest.mark.cluster_lifecycle, pytest.mark.timeout(1800)]

GONE_SECONDS = 90.0
"""What the cluster itself may take after `pulumi destroy`: volumes and owned objects go in the background."""

AGAIN = "run the same command again"
"""What `up` says when Pulumi could not make all of it."""


@dataclass(frozen=True)
class Up:
    """The platform on the second cluster.

    Args:
        elsewhere: the cluster.
        done: what `up` ended with.
        before: what the cluster held before.
    """

    elsewhere: Elsewhere
    done: subprocess.CompletedProcess[str]
    before: frozenset[Item]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """A second cluster; this process is in its network until the module ends."""
    with second.running(tmp_path_factory.mktemp("elsewhere")) as found:
        yield found


@pytest.fixture(scope="module")
def up(elsewhere: Elsewhere) -> Up:
    """The platform there, brought up by the command that a person types.

    A control plane that is starved beside the other tests answers some requests with a time-out. The command
    says then that what was made is kept, and to run it again: once, as it is told.
    """
    before = inventory.take(elsewhere.kubectl)
    done = elsewhere.command("up")
    if done.returncode and AGAIN in done.stdout + done.stderr:
        print(f"the first `up` ended with:\n{done.stdout[-3000:]}\n{done.stderr[-1000:]}")
        done = elsewhere.command("up")
    return Up(elsewhere, done, before)


@pytest.fixture(scope="module")
def finished(up: Up) -> Paced:
    """A job there that has ended, started when the platform was up."""
    assert up.done.returncode == 0, "without a platform there is no job"
    there = up.elsewhere
    run = paced.start(
        flights.find_platform(there.kubectl, pulumi_cli.outputs(there.stack)),
        Pace(tasks=4, seconds=0, executors=1),
    )
    run.wait_until_started()
    run.wait_until_ended()
    return run


def test_up_brings_the_platform_to_the_cluster_that_kubeconfig_names(up: Up) -> None:
    assert up.done.returncode == 0, f"{up.done.stdout[-4000:]}\n{up.done.stderr[-2000:]}"
    assert "US flights, 2001-01 to 2001-06" in up.done.stdout, up.done.stdout[-2000:]
    made = {name for kind, _, name in inventory.take(up.elsewhere.kubectl) - up.before if kind == "Namespace"}
    assert {"spark-operator", "spark-history", "object-store", "data-dev", "science-dev"} <= made, (
        f"`up` succeeded, and the only new namespaces are {sorted(made)}"
    )


def test_nothing_of_the_embedded_cluster_starts(up: Up) -> None:
    assert not up.elsewhere.embedded.exists(), (
        f"KUBECONFIG names a cluster, yet {sorted(up.elsewhere.embedded.iterdir())} were made for another one"
    )


def test_every_image_of_the_platform_comes_from_the_registry_that_up_brought(up: Up) -> None:
    names = containerd.present(second.SPEC.containerd_socket)
    imported = {name for name in names if name.startswith("localhost/")}
    own = set(vars(runtime.default_images()).values())
    assert imported <= own, "more than the node's own was imported"
    ours = (name.partition(f"{own_registry.ADDRESS}/")[2] for name in names)
    pulled = {name.partition(":")[0] for name in ours if name}
    assert {"object-store", "spark", "spark-operator", "prometheus", "run-logs"} <= pulled, names


def test_nobody_but_who_may_forward_ports_puts_images_there(up: Up) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(f"http://{own_registry.ADDRESS}/v2/spark/blobs/uploads/", method="POST"))
    assert refused.value.code == 405, "whoever pushes there runs code in the place of the platform's"


def test_a_job_runs_there(finished: Paced) -> None:
    assert finished.ended() == 0, finished.why()
    assert finished.numbers() == finished.expected_numbers(), "the job's result is wrong there"


@pytest.fixture(scope="module")
def destroyed(up: Up, finished: Paced) -> subprocess.CompletedProcess[str]:
    """The platform taken off again by the command, with a job that has ended and one in its middle."""
    paced.start(finished.platform, Pace(tasks=60, executors=1)).wait_until_written(1)
    return up.elsewhere.command("down", "--yes")


def test_destroy_ends_well_although_a_job_is_running(destroyed: subprocess.CompletedProcess[str]) -> None:
    assert destroyed.returncode == 0, f"{destroyed.stdout[-4000:]}\n{destroyed.stderr[-2000:]}"


def test_destroy_leaves_no_object(up: Up, destroyed: subprocess.CompletedProcess[str]) -> None:
    left = settled(up)
    assert not left, f"`down` left {len(left)} objects:\n{inventory.told(left)}"


def settled(up: Up) -> frozenset[Item]:
    """Objects that were not there before, once there are none or the cluster has had its time."""
    deadline = time.monotonic() + GONE_SECONDS
    while True:
        try:
            left = inventory.take(up.elsewhere.kubectl) - up.before
        except ReportedError:
            left = frozenset({("unknown", "", "the types of the cluster were changing")})
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(2)


def test_destroy_takes_nothing_that_was_there_before(
    up: Up, destroyed: subprocess.CompletedProcess[str]
) -> None:
    lost = up.before - inventory.take(up.elsewhere.kubectl)
    assert not lost, f"objects of the cluster's own are gone:\n{inventory.told(lost)}"


def test_destroy_leaves_no_data_on_the_node(up: Up, destroyed: subprocess.CompletedProcess[str]) -> None:
    settled(up)
    left = [str(path) for path in Path(second.SPEC.volumes).glob("*")]
    assert not left, f"the volumes are gone from the API, and their data is still in {left}"
