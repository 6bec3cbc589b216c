"""One cluster of our own for all lifecycle tests; every test that asks for it finds it healthy."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from local import cluster
from local.cluster import ClusterSpec, NodeImages, Outcome, runtime
from tests.local_cluster import footprint
from tests.local_cluster.support import TEST_SPEC, private_network
from workspace import paths

OWN_RULE = [
    "-p",
    "tcp",
    "--dport",
    "65000",
    "-m",
    "comment",
    "--comment",
    "not the cluster's",
    "-j",
    "ACCEPT",
]
"""A rule that the machine had before the cluster."""

OWN_CHAIN = "KUBE-LEFT-BY-ANOTHER"
"""A chain that the machine had before the cluster, with a name like the cluster's."""

OTHERS = (paths.CACHE, Path("/run/containers"), Path("/var/lib/spark-on-eks"), Path("/run/spark-on-eks"))
"""Folders in which image builds and the default cluster work at the same time."""


@dataclass(frozen=True)
class Lifecycle:
    """The cluster under test.

    Args:
        spec: what it is.
        images: what its node runs.
        before: the machine before its first start.
        first: what its first start did.
    """

    spec: ClusterSpec
    images: NodeImages
    before: footprint.Footprint
    first: Outcome

    def up(self) -> Outcome:
        """Start or repair it."""
        return cluster.up(self.spec, images=self.images)


@pytest.fixture(scope="session")
def network() -> Iterator[None]:
    """A network namespace with a rule and a chain of its own."""
    if os.geteuid() != 0:
        pytest.skip("starting a cluster needs root")
    if cluster.missing_packages():
        pytest.skip(f"Debian packages are missing: {', '.join(cluster.missing_packages())}")
    with private_network():
        subprocess.run(["iptables", "-w", "-A", "INPUT", *OWN_RULE], check=True)
        subprocess.run(["iptables", "-w", "-t", "nat", "-N", OWN_CHAIN], check=True)
        yield


@pytest.fixture(scope="session")
def made(network: None) -> Iterator[Lifecycle]:
    """The cluster, made from nothing; removed at the end whatever happened."""
    locks = paths.CACHE / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / "lifecycle-tests.lock"):  # a second run of these tests waits: it has the same names
        cluster.down(TEST_SPEC)
        images = runtime.default_images()
        before = footprint.take(ignore=OTHERS)
        first = cluster.up(TEST_SPEC, images=images)
        yield Lifecycle(TEST_SPEC, images, before, first)
        cluster.down(TEST_SPEC)


@pytest.fixture
def healthy(made: Lifecycle) -> Lifecycle:
    """The cluster, up; what an earlier test broke is repaired first."""
    made.up()
    return made
