"""Faults of the platform itself, for what watches it: each is a context, and what it changed is put back."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from components import versions
from components.kube.monitors import API, metadata
from components.naming import ACCESS_KEY, SECRET_KEY
from components.object_store.pods import ADMIN_KEYS
from components.observability.alerts_remote import remote_alerts
from components.observability.monitors import DRIVER_MONITOR, UI_PORT_NAME
from components.observability.remote_write import KEPT
from components.observability.rule_model import RuleGroup, Site
from components.spark.pod_templates import DRIVER_CONTAINER
from flights import Platform, open_store
from flights.store import Store, connect
from tests.cluster import paced, pods, signal_faults
from tests.cluster.faults import Part
from tests.cluster.paced import Pace, Paced
from tests.cluster.waiting import eventually
from toolchain.forward import forwarded
from toolchain.kubectl import Kubectl

MONITORING: Final = "monitoring"
NODES: Final = "spark-logs-nodes"
INDEX: Final = Part("index", "spark-database", "app.kubernetes.io/name=postgres")
COLLECTOR: Final = Part("log collector", NODES, "app.kubernetes.io/name=log-collector")

STORES: Final[Mapping[str, str]] = {
    "refuses": "http://localhost:9090/api/v1/query",
    "hangs": "http://10.255.255.1/",
}
"""Stores by what each does to a write: Prometheus itself takes none there, and the wall around it lets
nothing through to the other. A second one that hangs would have Prometheus wait twice as long at the end."""

OBJECT_STORE: Final = "object-store"
STORE_PORT: Final = 7070
"""Of the object store, by which its rule is known among those of the collector's wall."""

MOST_SERIES: Final = 50_001
"""One more than a driver may show where nobody chose another bound."""

PRINTED_MB: Final = 8
"""Far less than a namespace's share of the queue: that nothing is sent has to be told before that is full."""

FINISHED_RUNS: Final = 700
"""The exporter reads 20 a minute: of these, more than 300 wait for longer than the alert's quarter of an
hour."""

AT_A_TIME: Final = 8
"""Writes to the store side by side."""


def patch(kubectl: Kubectl, kind: str, name: str, namespace: str, spec: Mapping[str, Any]) -> None:
    """Change parts of an object's spec; null takes one away."""
    kubectl.run(
        "patch",
        *(kind, name, f"--namespace={namespace}", "--type=merge"),
        f"--patch={json.dumps({'spec': dict(spec)})}",
    )


def spec_of(kubectl: Kubectl, kind: str, name: str, namespace: str) -> dict[str, Any]:
    """An object's spec."""
    found = kubectl.get(kind, name, namespace)
    assert found is not None, f"there is no {kind} {name} in {namespace}"
    spec: dict[str, Any] = found["spec"]
    return spec


@contextmanager
def stores_that_take_nothing(kubectl: Kubectl) -> Iterator[None]:
    """Prometheus writes to two stores in vain, with the rule that a stack with such a store has."""
    rule = RuleGroup(name="spark-remote-alerts", alerts=remote_alerts()).as_group(Site(teams={}))
    keep = [{"sourceLabels": ["__name__"], "regex": KEPT, "action": "keep"}]
    name = "watched-remote-write"
    written = [
        {"name": store, "url": url, "remoteTimeout": "5s", "writeRelabelConfigs": keep}
        for store, url in STORES.items()
    ]
    try:
        kubectl.apply(
            {
                "apiVersion": API,
                "kind": "PrometheusRule",
                "metadata": metadata(name),
                "spec": {"groups": [rule]},
            }
        )
        patch(kubectl, "prometheus", "prometheus", MONITORING, {"remoteWrite": written})
        yield
    finally:
        patch(kubectl, "prometheus", "prometheus", MONITORING, {"remoteWrite": None})
        kubectl.delete("prometheusrule", name, MONITORING)


@contextmanager
def no_database(kubectl: Kubectl) -> Iterator[None]:
    """The database of the runs' index is not there."""
    (found,) = kubectl.list("statefulsets", INDEX.namespace)
    name = found["metadata"]["name"]
    try:
        patch(kubectl, "statefulset", name, INDEX.namespace, {"replicas": 0})
        yield
    finally:
        patch(kubectl, "statefulset", name, INDEX.namespace, {"replicas": found["spec"]["replicas"]})
        INDEX.wait_until_ready(kubectl)


@contextmanager
def jobs_that_go_wrong(mine: Platform, theirs: Platform) -> Iterator[Mapping[str, Paced]]:
    """One that outgrows its executors; beside something else that holds most of the quota, one whose driver
    is refused, and a late one whose executors are. By these words."""
    runs: dict[str, Paced] = {}
    kubectl = Kubectl(theirs.kubeconfig)
    with pods.holding(kubectl, theirs.namespace, theirs.image, signal_faults.HELD):
        try:
            runs["outgrows"] = signal_faults.outgrowing(mine)
            runs["driver"] = signal_faults.refused_driver(theirs)
            runs["executors"] = signal_faults.refused_executors(theirs)
            yield runs
        finally:
            for run in runs.values():
                run.remove()


@contextmanager
def schedule_that_is_held_up(platform: Platform, name: str) -> Iterator[None]:
    """A schedule whose first run finds no node, and which lets no second one begin beside it."""
    kubectl = Kubectl(platform.kubeconfig)
    run = Paced(name, platform, Pace())
    run.upload()
    conf = {f"spark.kubernetes.driver.node.selector.{signal_faults.HOST_LABEL}": signal_faults.NO_NODE}
    template = paced.manifest(run, {"sparkConf": conf})["spec"]
    # Else it would be taken away before it has held anything up for long enough.
    template["timeToLiveSeconds"] = 3600
    try:
        kubectl.create(
            {
                "apiVersion": "sparkoperator.k8s.io/v1beta2",
                "kind": "ScheduledSparkApplication",
                "metadata": {"name": name, "namespace": platform.namespace},
                "spec": {"schedule": "@every 1m", "concurrencyPolicy": "Forbid", "template": template},
            }
        )
        yield
    finally:
        kubectl.delete("scheduledsparkapplication", name, platform.namespace)


@contextmanager
def wall_before_the_store(kubectl: Kubectl) -> Iterator[None]:
    """The collector of logs reaches the API server and no store."""
    egress: list[dict[str, Any]] = spec_of(kubectl, "networkpolicy", "log-collector", NODES)["egress"]
    others = [each for each in egress if STORE_PORT not in {port["port"] for port in each["ports"]}]
    assert len(others) == len(egress) - 1, "the rule of the store is one of the wall's"
    try:
        patch(kubectl, "networkpolicy", "log-collector", NODES, {"egress": others})
        # What was connected before would stay so.
        COLLECTOR.wait_until_ready(kubectl, other_than=COLLECTOR.kill(kubectl))
        yield
    finally:
        patch(kubectl, "networkpolicy", "log-collector", NODES, {"egress": egress})


@contextmanager
def bound_of_drivers(kubectl: Kubectl, namespace: str, most: int) -> Iterator[None]:
    """A tenant may have no more drivers than that."""
    monitor = f"{DRIVER_MONITOR}{namespace}"
    before = spec_of(kubectl, "podmonitor", monitor, MONITORING)["targetLimit"]
    try:
        patch(kubectl, "podmonitor", monitor, MONITORING, {"targetLimit": most})
        yield
    finally:
        patch(kubectl, "podmonitor", monitor, MONITORING, {"targetLimit": before})


@contextmanager
def loud_drivers(
    platform: Platform, priority_class: str, *, count: int = 1, series: int = 1, megabytes: int = 0
) -> Iterator[Sequence[str]]:
    """Pods that Prometheus and the collector of logs take for drivers; gives their names.

    Args:
        platform: where.
        priority_class: of the tenant.
        count: how many.
        series: what each shows.
        megabytes: what each prints.
    """
    kubectl = Kubectl(platform.kubeconfig)
    names = [f"loud-{secrets.token_hex(3)}-driver" for _ in range(count)]
    program = (signal_faults.PROGRAMS / "loud_driver.py").read_text()
    try:
        for name in names:
            kubectl.create(_loud(name, platform, priority_class, [program, str(series), str(megabytes)]))
        yield names
    finally:
        for name in names:
            kubectl.delete("pod", name, platform.namespace, "--grace-period=1")


def _loud(name: str, platform: Platform, priority_class: str, arguments: Sequence[str]) -> dict[str, Any]:
    pod = pods.admitted(name, platform.namespace, platform.image, priority_class)
    pod["metadata"]["labels"] = {
        "spark-role": "driver",
        "spark-app-name": name.removesuffix("-driver"),
        "spark-app-selector": f"spark-{name}",
    }
    (container,) = pod["spec"]["containers"]
    container["name"] = DRIVER_CONTAINER
    container["command"] = ["python3", "-c", *arguments]
    container["ports"] = [{"name": UI_PORT_NAME, "containerPort": 4040}]
    container["resources"] = {
        "requests": {"cpu": "50m", "memory": "128Mi"},
        "limits": {"memory": "128Mi"},
    }
    return pod


@contextmanager
def runs_that_ended_at_once(platform: Platform, app: str) -> Iterator[None]:
    """Event logs of runs that never were, as if all had ended just now."""
    folder = f"spark/{platform.namespace}"
    keys = [f"{folder}/{app}-{number}" for number in range(FINISHED_RUNS)]
    with open_store(platform) as store, ThreadPoolExecutor(AT_A_TIME) as writers:
        try:
            list(writers.map(lambda key: store.write("events", key, _log(key, app)), keys))
            yield
        finally:
            with _as_administrator(platform) as all_of_it:
                for begin in range(0, len(keys), 500):
                    some = [{"Key": key} for key in keys[begin : begin + 500]]
                    done = all_of_it.client.delete_objects(Bucket="events", Delete={"Objects": some})
                    assert not done.get("Errors"), done["Errors"][:3]


@contextmanager
def _as_administrator(platform: Platform) -> Iterator[Store]:
    """The store with its administrator's key: a tenant may delete no event log, its own neither."""
    secret = Kubectl(platform.kubeconfig).get("secret", ADMIN_KEYS, OBJECT_STORE)
    assert secret is not None, f"{OBJECT_STORE} has no Secret {ADMIN_KEYS}"
    access, key = (base64.b64decode(secret["data"][name]).decode() for name in (ACCESS_KEY, SECRET_KEY))
    with forwarded(platform.kubeconfig, OBJECT_STORE, f"service/{OBJECT_STORE}", STORE_PORT) as port:
        yield connect(f"http://127.0.0.1:{port}", access, key, platform.region)


def _log(key: str, app: str) -> bytes:
    run = key.rpartition("/")[2]
    now = int(time.time() * 1000)
    parts = ("JVM Information", "Hadoop Properties", "System Properties", "Metrics Properties")
    events: list[dict[str, Any]] = [
        {"Event": "SparkListenerLogStart", "Spark Version": versions.SPARK},
        {
            "Event": "SparkListenerApplicationStart",
            "App Name": app,
            "App ID": run,
            "Timestamp": now - 1000,
            "User": "nobody",
        },
        {
            "Event": "SparkListenerEnvironmentUpdate",
            **{part: {} for part in (*parts, "Classpath Entries")},
            "Spark Properties": {"spark.app.name": app},
        },
        {"Event": "SparkListenerApplicationEnd", "Timestamp": now},
    ]
    return "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in events).encode()


@contextmanager
def driver_killed_beside_waiting_executors(platform: Platform) -> Iterator[Paced]:
    """A driver that is killed while its executor waits for a node; gives the run."""
    run = signal_faults.waiting(platform)
    try:
        eventually(
            f"{run.name}: an executor that waits", lambda: run.pods("executor"), timeout=paced.START_SECONDS
        )
        # Its first process is no part of what is killed, and ends when the driver has.
        run.kubectl.run(
            *("exec", f"{run.name}-driver", f"--namespace={platform.namespace}"),
            *("--", "sh", "-c", "kill -9 -1 || true"),
        )
        yield run
    finally:
        run.remove()
