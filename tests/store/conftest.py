"""Fixtures of the tests against the real S3 server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.binaries import binary
from tests.store.gateway import Gateway
from tests.store.judge import roles
from tests.store.judge.proxy import Judge

TENANTS = ("data-dev", "science-dev")


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """An empty store for one test."""
    store = Gateway(binary=binary("versitygw"), folder=tmp_path / "volume")
    store.start()
    yield store
    store.kill()


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A store with two tenants, shared by the tests of a module."""
    folder = tmp_path_factory.mktemp("store")
    store = Gateway(binary=binary("versitygw"), folder=folder / "volume")
    store.start()
    done = store.set_up(TENANTS, scratch=folder)
    assert done.returncode == 0, done.stderr
    yield store
    store.kill()


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """The store of prod as AWS judges its requests, by the documents that prod gives to AWS."""
    folder = tmp_path_factory.mktemp("judged") / "volume"
    store = Gateway(binary=binary("versitygw"), folder=folder, region=roles.ACCOUNT.region)
    store.start()
    # Prod has all that the other stack has, except for what its options bring.
    known = {**roles.roles("prod-with-options"), **roles.roles()}
    judging = Judge(store=store, roles=known, buckets=roles.buckets())
    judging.start()
    yield judging
    judging.stop()
    store.kill()
