"""The real collector reads files in the kubelet's format and stores them in a real object store."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from components.services.logs.collector import STATE, CollectorPlan, collector_config
from components.services.logs.loki_values import OTLP_URL
from tests.apps.run_logs import DRIVER, EXECUTOR, PATIENCE, Collector, PodLog, stored, wait_for
from tests.binaries import binary
from tests.store.conftest import TENANTS
from tests.store.gateway import BUCKETS, Gateway
from tests.support.object_storages import IN_CLUSTER

pytestmark = pytest.mark.store


@pytest.fixture
def collector(gateway: Gateway, tmp_path: Path) -> Iterator[Collector]:
    """A collector that runs, and an empty store that is set up."""
    done = gateway.set_up(TENANTS, scratch=tmp_path / "setup")
    assert done.returncode == 0, done.stderr
    made = Collector(store=gateway, folder=tmp_path / "node")
    made.start()
    yield made
    made.stop(signal.SIGKILL)


MASKED = (r"AKIA[0-9A-Z]{16}", r"(?i)password=[^ ]+", r"end\$$")
"""An access key, a password in an address, and a dollar at the end: as the settings have it, in RE2."""


def test_what_is_to_be_masked_lies_nowhere_and_all_else_is_stored_to_the_byte(
    gateway: Gateway, tmp_path: Path
) -> None:
    done = gateway.set_up(TENANTS, scratch=tmp_path / "setup")
    assert done.returncode == 0, done.stderr
    made = Collector(store=gateway, folder=tmp_path / "node", masked=MASKED)
    made.start()
    secret = "AKIA" + "ABCDEFGHIJKLMNOP"
    log = PodLog(made.logs, "data-dev", "masked")
    try:
        # The runtime splits long lines, also in the middle of what is to be masked.
        log.write(f"key {secret[:9]}", tag="P")
        log.write(f"{secret[9:]} and Password=hunter2 twice password=hunter3")
        log.rotate()
        time.sleep(0.5)
        log.write("costs 5$ per end$", "\tcosts ${HOME} $1 \\ a key AKIA, too short  ")
        wanted = {
            f"data-dev/masked/{DRIVER}": text(
                "key *** and *** twice ***",
                "costs 5$ per ***",
                "\tcosts ${HOME} $1 \\ a key AKIA, too short  ",
            )
        }
        assert wait_for(made.store, wanted) == wanted
    finally:
        made.stop()
    on_disk = b"".join(
        each.read_bytes() for each in (tmp_path / "node" / "state").rglob("*") if each.is_file()
    )
    assert on_disk, "the collector keeps its queue and its places there"
    assert secret.encode() not in on_disk
    assert b"hunter" not in on_disk


def text(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_each_containers_lines_are_stored_apart_and_in_order(collector: Collector) -> None:
    driver = PodLog(collector.logs, "data-dev", "flights-driver")
    executor = PodLog(collector.logs, "data-dev", "flights-exec-1", EXECUTOR)
    other = PodLog(collector.logs, "science-dev", "pi-driver")
    for number in range(3):
        driver.write(f"driver {number}")
        executor.write(f"executor {number}", stream="stderr")
        other.write(f"other {number}")
    wanted = {
        f"data-dev/flights-driver/{DRIVER}": text("driver 0", "driver 1", "driver 2"),
        f"data-dev/flights-exec-1/{EXECUTOR}": text("executor 0", "executor 1", "executor 2"),
        f"science-dev/pi-driver/{DRIVER}": text("other 0", "other 1", "other 2"),
    }
    assert wait_for(collector.store, wanted) == wanted


def test_a_run_without_a_sparkapplication_is_found_by_the_name_it_was_submitted_by(
    collector: Collector,
) -> None:
    for pod, container in (("driver", DRIVER), ("exec-1", EXECUTOR)):
        PodLog(collector.logs, "data-dev", f"etl-0123456789abcdef-{pod}", container).write("a line")
    wanted = {
        f"data-dev/etl-0123456789abcdef-driver/{DRIVER}": text("a line"),
        f"data-dev/etl-0123456789abcdef-exec-1/{EXECUTOR}": text("a line"),
    }
    assert wait_for(collector.store, wanted) == wanted
    found = collector.store.client("admin").list_objects_v2(Bucket=BUCKETS.events, Prefix="logs/")
    assert {each["Key"].split("/")[2] for each in found["Contents"]} == {"etl"}


def test_a_line_that_the_runtime_split_is_one_again(collector: Collector) -> None:
    log = PodLog(collector.logs, "data-dev", "long")
    log.write("first half, ", tag="P")
    log.write("second half")
    wanted = {f"data-dev/long/{DRIVER}": text("first half, second half")}
    assert wait_for(collector.store, wanted) == wanted


def test_neither_other_containers_nor_other_namespaces_are_read(collector: Collector) -> None:
    PodLog(collector.logs, "data-dev", "notebook", "notebook").write("not a Spark container")
    PodLog(collector.logs, "kube-system", "driver").write("not a tenant")
    PodLog(collector.logs, "data-dev", "pi").write("a job")
    wanted = {f"data-dev/pi/{DRIVER}": text("a job")}
    assert wait_for(collector.store, wanted) == wanted


def test_no_line_is_lost_when_pods_are_deleted_right_after_their_last_one(collector: Collector) -> None:
    """Ten executors live for a second each, as a kubelet looks for ended ones by the second."""
    choice = random.Random(1)
    wanted = {}
    for number in range(10):
        log = PodLog(collector.logs, "data-dev", f"exec-{number}", EXECUTOR)
        lines = [f"{number}: line {each}" for each in range(choice.randint(1, 200))]
        log.write(*lines)
        time.sleep(1)
        log.write("last line")
        log.delete()
        wanted[f"data-dev/exec-{number}/{EXECUTOR}"] = text(*lines, "last line")
    found = wait_for(collector.store, wanted)
    assert {place: found.get(place, "").count("\n") for place in wanted} == {
        place: lines.count("\n") for place, lines in wanted.items()
    }
    assert found == wanted


def test_a_rotated_file_is_read_to_its_end(collector: Collector) -> None:
    log = PodLog(collector.logs, "data-dev", "chatty")
    lines = []
    for part in range(4):
        lines += (written := [f"part {part}, line {number}" for number in range(500)])
        log.write(*written)
        time.sleep(0.4)
        log.rotate()
    log.write("the end")
    wanted = {f"data-dev/chatty/{DRIVER}": text(*lines, "the end")}
    assert wait_for(collector.store, wanted) == wanted


def test_what_was_printed_just_before_a_file_was_rotated_stands_before_what_came_after(
    collector: Collector,
) -> None:
    """The rotated file's last lines are read in the same moment as the first ones of the new file."""
    log = PodLog(collector.logs, "data-dev", "turned")
    lines = []
    for part in range(6):
        early, late = (
            [f"part {part}, {when} {number}" for number in range(20)] for when in ("early", "late")
        )
        log.write(*early)
        time.sleep(0.5)
        log.write(*late)
        log.rotate()
        lines += [*early, *late]
    log.write("the end")
    wanted = {f"data-dev/turned/{DRIVER}": text(*lines, "the end")}
    assert wait_for(collector.store, wanted) == wanted


def test_what_was_rotated_and_packed_while_nobody_read_is_stored_in_order_to_the_byte(
    collector: Collector,
) -> None:
    """A driver that prints 60 MB while the collector is replaced: more than a kubelet keeps by default."""
    log = PodLog(collector.logs, "data-dev", "loud")
    log.write("before")
    place = f"data-dev/loud/{DRIVER}"
    assert wait_for(collector.store, {place: text("before")}) == {place: text("before")}
    collector.stop()
    lines = ["before"]
    for part in range(7):
        lines += (written := [f"part {part}, line {number} {'x' * 1000}" for number in range(10_000)])
        log.write(*written)
        if part < 6:
            log.rotate()
    assert len(list(log.file.parent.glob("*.gz"))) == 5
    collector.start()
    whole = text(*lines)
    deadline = time.monotonic() + 4 * PATIENCE
    while len(found := stored(collector.store).get(place, "")) < len(whole):
        assert time.monotonic() < deadline, f"{len(found)} of {len(whole)} bytes"
        time.sleep(1)
    assert found == whole


def test_a_store_that_is_away_costs_time_and_no_lines(collector: Collector) -> None:
    collector.store.kill()
    log = PodLog(collector.logs, "data-dev", "patient")
    lines = [f"line {number}" for number in range(200)]
    log.write(*lines)
    time.sleep(2)
    log.delete()
    time.sleep(1)
    collector.store.start()
    wanted = {f"data-dev/patient/{DRIVER}": text(*lines)}
    assert wait_for(collector.store, wanted) == wanted


def test_a_job_that_prints_without_end_costs_its_neighbours_no_line(collector: Collector) -> None:
    """The store is away, the flooder's queue is full, and the kubelet rotates and deletes the neighbour's."""
    collector.store.kill()
    flooder = PodLog(collector.logs, "data-dev", "flooder")
    block = ["x" * 1000] * 1000
    for _ in range(3 * collector.queue_bytes // 1_000_000):
        flooder.write(*block)
    time.sleep(3)
    neighbour = PodLog(collector.logs, "science-dev", "quiet")
    lines = []
    for part in range(3):
        neighbour.write(line := f"part {part}")
        lines.append(line)
        time.sleep(1)
        neighbour.rotate()
    neighbour.delete()
    flooder.delete()
    collector.store.start()
    place = f"science-dev/quiet/{DRIVER}"
    deadline = time.monotonic() + PATIENCE
    while (found := stored(collector.store).get(place)) != text(*lines):
        assert time.monotonic() < deadline, f"of {lines} there is {found!r}"
        time.sleep(0.5)


def test_a_collector_that_is_replaced_goes_on_where_the_other_stopped(collector: Collector) -> None:
    log = PodLog(collector.logs, "data-dev", "steady")
    log.write("before")
    wanted = {f"data-dev/steady/{DRIVER}": text("before")}
    assert wait_for(collector.store, wanted) == wanted
    log.write("at the end")
    time.sleep(0.5)
    collector.stop()
    log.write("meanwhile")
    collector.start()
    log.write("after")
    wanted = {f"data-dev/steady/{DRIVER}": text("before", "at the end", "meanwhile", "after")}
    assert wait_for(collector.store, wanted) == wanted


def test_a_collector_that_is_killed_while_the_store_is_away_loses_nothing(collector: Collector) -> None:
    """What it had read is on the disk; a line may be stored twice then, but never not at all."""
    collector.store.kill()
    log = PodLog(collector.logs, "data-dev", "killed")
    lines = [f"line {number}" for number in range(100)]
    log.write(*lines)
    time.sleep(2)
    collector.stop(signal.SIGKILL)
    log.delete()
    collector.store.start()
    collector.start()
    place = f"data-dev/killed/{DRIVER}"
    wait_for(collector.store, {place: text(*lines)})
    assert set(stored(collector.store).get(place, "").splitlines()) == set(lines)


def test_what_a_pod_calls_itself_can_not_lead_out_of_its_namespace(collector: Collector) -> None:
    PodLog(collector.logs, "data-dev", "..").write("a name that Kubernetes refuses")
    PodLog(collector.logs, "data-dev", "well").write("done")
    place = f"data-dev/well/{DRIVER}"
    found = wait_for(
        collector.store,
        {place: text("done"), f"data-dev/unknown/{DRIVER}": text("a name that Kubernetes refuses")},
    )
    assert {key.split("/")[0] for key in found} == {"data-dev"}
    assert Counter(key.count("/") for key in found) == {2: len(found)}


@pytest.mark.parametrize("loki", [None, OTLP_URL])
def test_the_whole_configuration_is_one_that_the_collector_takes(tmp_path: Path, loki: str | None) -> None:
    plan = CollectorPlan(namespaces=TENANTS, storage=IN_CLUSTER, memory="256Mi", flush_seconds=15, loki=loki)
    path = tmp_path / "collector.yaml"
    path.write_text(yaml.safe_dump(collector_config(plan)).replace(STATE, str(tmp_path)))
    done = subprocess.run(
        [str(binary("log-collector")), "validate", f"--config=file:{path}"],
        env={"POD_IP": "127.0.0.1", "NODE_NAME": "node"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr
