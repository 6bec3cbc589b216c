"""The programs of the collection on the foundation `kubernetes`: manifests of what runs. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from components.domain import Manifest
from components.kube.monitors import METRICS_PORT_NAME, metadata
from components.kube.pod_security import restricted_container, restricted_pod
from components.naming import (
    MONITORING_NAMESPACE,
    NODE_METRICS_NAMESPACE,
    labels,
)
from components.observability.network import KUBELET_PORT
from components.observability.state_metrics import arguments, custom_resource_state
from components.records import history_exporter as exporter
from components.records import monitoring as record
from components.records.history import PAGE as HISTORY_PAGE
from components.records.model import PodRequest

USER: Final = 65532
"""Uid of all programs here; the images are made for it."""

KUBELET_SERVICE: Final = "kubelet"
"""Service of all kubelets."""

FILE_SYSTEMS_LEFT_OUT: Final = (
    "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|mqueue|nsfs|overlay|proc"
    "|procfs|pstore|securityfs|sysfs|tmpfs|tracefs)$"
)
MOUNTS_LEFT_OUT: Final = (
    "^/(dev|proc|run|sys|var/lib/containerd/.+|var/lib/kubelet/.+|var/lib/.+/(kubelet|containerd)/.+)($|/)"
)
"""Mounts of single pods: a series for each, gone with it. What counts is the disk that they lie on."""

HISTORY_NAMES: Final = 200
"""Application names of one namespace that the history exporter counts apart; the rest shares one."""

HISTORY_FORGET_DAYS: Final = 32
"""Days without a run after which an application's counters go: a monthly job keeps its own."""

HISTORY_POLL_SECONDS: Final = 30
HISTORY_RUNS_PER_POLL: Final = 10
"""Runs read at a time: for each the history server replays an event log. 20 a minute, and the rest waits."""


@dataclass(frozen=True, kw_only=True)
class HistoryExporterPlan:
    """What the history exporter is told.

    Args:
        image: its image.
        teams: team of each tenant's namespace.
        scrape_seconds: seconds between two scrapes.
        volume_claim: claim of the volume that its ledger lies on.
    """

    image: str
    teams: Mapping[str, str]
    scrape_seconds: int
    volume_claim: str


def state_metrics(image: str, memory: str) -> list[Manifest]:
    """Make kube-state-metrics: what it is told, the Deployment, and the Service that it is scraped by.

    Args:
        image: its image.
        memory: its memory, request and limit.
    """
    name = record.STATE_METRICS
    files = {"custom-resource-state.yaml": json.dumps(custom_resource_state(), indent=2)}
    container = _container(
        name,
        image,
        arguments(port=record.STATE_METRICS_PORT, telemetry_port=record.STATE_METRICS_TELEMETRY_PORT),
        {"http": record.STATE_METRICS_PORT, "telemetry": record.STATE_METRICS_TELEMETRY_PORT},
        reserved=replace(record.RECORD.pods[name].ours, memory=memory),
        path="/readyz",
        port="telemetry",
        mounts=[{"name": "configuration", "mountPath": "/etc/kube-state-metrics", "readOnly": True}],
    )
    volumes = [{"name": "configuration", "configMap": {"name": name}}]
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(name), "data": files},
        deployment(name, _pod(container, account=name, volumes=volumes)),
        _service(name, {"http": record.STATE_METRICS_PORT}),
    ]


def prometheus_operator(image: str) -> list[Manifest]:
    """Make the Prometheus operator. It watches its own namespace alone, and keeps the kubelets' addresses.

    Args:
        image: its image, which also holds the program that it puts beside Prometheus.
    """
    name = record.OPERATOR
    reloader = record.RECORD.pods[record.RELOADER]
    given = [
        f"--namespaces={MONITORING_NAMESPACE}",
        f"--kubelet-service={record.KUBELET_NAMESPACE}/{KUBELET_SERVICE}",
        "--kubelet-endpoints=false",
        "--kubelet-endpointslice=true",
        f"--prometheus-config-reloader={image}",
        f"--config-reloader-cpu-request={reloader.ours.cpu}",
        "--config-reloader-cpu-limit=0",
        f"--config-reloader-memory-request={reloader.ours.memory}",
        f"--config-reloader-memory-limit={reloader.memory}",
        "--disable-unmanaged-prometheus-configuration=true",
        "--log-format=json",
        f"--web.listen-address=:{record.OPERATOR_PORT}",
    ]
    container = _container(
        name,
        image,
        given,
        {"http": record.OPERATOR_PORT},
        reserved=record.RECORD.pods[name].ours,
        path="/healthz",
        port="http",
    )
    return [_kubelet_service(), deployment(name, _pod(container, account=name))]


def _kubelet_service() -> Manifest:
    """Make the Service that the operator writes the nodes' addresses to.

    The operator would make it as well, and leave it behind: nothing owns it then. So it has all that the
    operator writes there (pkg/kubelet/controller.go of its release), and neither changes the other's.
    """
    ports = {"https-metrics": KUBELET_PORT, "http-metrics": 10255, "cadvisor": 4194}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": KUBELET_SERVICE,
            "namespace": record.KUBELET_NAMESPACE,
            "labels": {
                **labels(KUBELET_SERVICE, "monitoring"),
                "k8s-app": "kubelet",
                "app.kubernetes.io/managed-by": "prometheus-operator",
            },
        },
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "None",
            "ports": [{"name": key, "port": port} for key, port in ports.items()],
        },
    }


def history_exporter(plan: HistoryExporterPlan) -> Manifest:
    """Make the history exporter: one pod with a volume, and never two at once.

    Args:
        plan: what it is told.
    """
    environment = {
        "HISTORY_URL": HISTORY_PAGE.url,
        "LEDGER": "/var/lib/history-exporter/ledger.json",
        "TEAMS": json.dumps(dict(sorted(plan.teams.items()))),
        "PORT": str(exporter.METRICS_PORT),
        "POLL_SECONDS": str(HISTORY_POLL_SECONDS),
        "RUNS_PER_POLL": str(HISTORY_RUNS_PER_POLL),
        "NAMES_PER_NAMESPACE": str(HISTORY_NAMES),
        "FORGET_SECONDS": str(HISTORY_FORGET_DAYS * 24 * 3600),
        # Two scrapes and a bit: see the exporter's metrics.py.
        "ANNOUNCE_SECONDS": str(2 * plan.scrape_seconds + 5),
    }
    container = _container(
        exporter.EXPORTER,
        plan.image,
        [],
        {METRICS_PORT_NAME: exporter.METRICS_PORT},
        reserved=exporter.RECORD.pods[exporter.EXPORTER],
        path="/metrics",
        port=METRICS_PORT_NAME,
        mounts=[{"name": "ledger", "mountPath": "/var/lib/history-exporter"}],
    )
    container["env"] = [{"name": key, "value": value} for key, value in environment.items()]
    volumes = [{"name": "ledger", "persistentVolumeClaim": {"claimName": plan.volume_claim}}]
    made = deployment(exporter.EXPORTER, _pod(container, account=None, volumes=volumes))
    # The volume belongs to one pod at a time, and so does the ledger.
    made["spec"]["strategy"] = {"type": "Recreate"}
    return made


def node_exporter(image: str) -> list[Manifest]:
    """Make the node exporter: on every node, with the node's network and a read-only look at its files.

    Args:
        image: its image.
    """
    given = [
        f"--web.listen-address=[$(HOST_IP)]:{record.NODE_EXPORTER_PORT}",
        "--path.procfs=/host/proc",
        "--path.sysfs=/host/sys",
        "--path.rootfs=/host/root",
        f"--collector.filesystem.fs-types-exclude={FILE_SYSTEMS_LEFT_OUT}",
        f"--collector.filesystem.mount-points-exclude={MOUNTS_LEFT_OUT}",
        # A pair of interfaces for each pod, gone with it.
        "--collector.netclass.ignored-devices=^(veth|cali|eni|lo).*$",
        "--collector.netdev.device-exclude=^(veth|cali|eni|lo).*$",
        "--collector.disable-defaults",
        *(
            f"--collector.{name}"
            for name in (
                "cpu",
                "diskstats",
                "filesystem",
                "loadavg",
                "meminfo",
                "netdev",
                "pressure",
                "uname",
            )
        ),
    ]
    container = _container(
        record.NODE_EXPORTER,
        image,
        given,
        {"http-metrics": record.NODE_EXPORTER_PORT},
        reserved=record.RECORD.pods[record.NODE_EXPORTER].ours,
        path="/",
        port="http-metrics",
        mounts=[
            # Without mount propagation: a node whose root is not a shared mount would refuse it.
            {"name": name, "mountPath": f"/host/{name}", "readOnly": True}
            for name in ("proc", "sys", "root")
        ],
    )
    container["env"] = [{"name": "HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}]
    pod = _pod(
        container,
        account=None,
        volumes=[
            {"name": name, "hostPath": {"path": path}}
            for name, path in (("proc", "/proc"), ("sys", "/sys"), ("root", "/"))
        ],
    )
    # Its files are the node's: no group may be given to them.
    del pod["securityContext"]["fsGroup"], pod["securityContext"]["fsGroupChangePolicy"]
    pod |= {"hostNetwork": True, "tolerations": [{"operator": "Exists"}]}
    found = _labels(record.NODE_EXPORTER)
    place = metadata(record.NODE_EXPORTER, NODE_METRICS_NAMESPACE)
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": place,
            "spec": {
                "selector": {"matchLabels": _selector(record.NODE_EXPORTER)},
                "template": {"metadata": {"labels": found}, "spec": pod},
            },
        },
    ]


def deployment(name: str, pod: Mapping[str, Any]) -> Manifest:
    """Make a Deployment of one pod.

    Args:
        name: its name.
        pod: the pod's spec.
    """
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(name),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": _selector(name)},
            "template": {"metadata": {"labels": _labels(name)}, "spec": dict(pod)},
        },
    }


def _labels(name: str) -> dict[str, str]:
    return labels(name, "monitoring")


def _selector(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name}


def _service(name: str, ports: Mapping[str, int]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(name),
        "spec": {
            "selector": _selector(name),
            "ports": [{"name": key, "port": port, "targetPort": key} for key, port in ports.items()],
        },
    }


def _pod(
    container: dict[str, Any], *, account: str | None, volumes: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    return {
        **({"serviceAccountName": account} if account else {}),
        "automountServiceAccountToken": account is not None,
        "enableServiceLinks": False,
        "securityContext": restricted_pod(USER),
        "containers": [container],
        **({"volumes": list(volumes)} if volumes else {}),
    }


def _container(
    name: str,
    image: str,
    given: Sequence[str],
    ports: Mapping[str, int],
    *,
    reserved: PodRequest,
    path: str,
    port: str,
    mounts: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """A container that is asked at one port for its health, and reserves next to no CPU."""
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        **({"args": list(given)} if given else {}),
        "ports": [{"name": key, "containerPort": number} for key, number in ports.items()],
        "readinessProbe": {"httpGet": {"path": path, "port": port}, "periodSeconds": 5},
        "resources": reserved.resources(),
        "securityContext": restricted_container(),
        **({"volumeMounts": list(mounts)} if mounts else {}),
    }
