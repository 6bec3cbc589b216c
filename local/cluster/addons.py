"""What every cluster offers besides its API: DNS for Services, and volumes by a default StorageClass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from local.cluster import api, network
from local.cluster.runtime import NodeImages
from local.cluster.spec import ClusterSpec

READY_TIMEOUT: Final = 90.0
"""Seconds for the add-ons to run after the node is Ready; it takes 2 to 5."""

DESCRIPTION_SHOWN: Final = 2000
"""Characters, from the end, of what kubectl says about pods that do not get ready."""

UPSTREAM_MAX: Final = 15
"""Name servers that CoreDNS's forward plugin takes."""

DNS_SECONDS: Final = 0.5
"""Time that one question may take: the server is on this machine, and asked again until it answers."""

DNS_PORT: Final = 53
"""Port of DNS (RFC 1035)."""

STORAGE_NAMESPACE: Final = "local-path-storage"
"""Namespace of the volume provisioner: upstream's own."""

NOBODY: Final = 65532
"""User and group that images without a shell run as by convention."""

DEPLOYMENTS: Final = (("kube-system", "coredns"), (STORAGE_NAMESPACE, "local-path-provisioner"))
"""Namespace and name of every add-on."""

Object = dict[str, Any]
"""A Kubernetes object."""


def manifests(spec: ClusterSpec, images: NodeImages) -> list[Object]:
    """Every object of the add-ons, in the order in which they can be created.

    Args:
        spec: the cluster.
        images: references of the images to run.
    """
    return [*_dns(spec, images.coredns), *_storage(spec, images)]


def _digest(objects: list[Object]) -> str:
    """Digest of the objects, to tell whether they have to be applied again."""
    return hashlib.sha256(json.dumps(objects, sort_keys=True).encode()).hexdigest()[:16]


def _meta(name: str, namespace: str | None, labels: dict[str, str] | None = None) -> Object:
    meta: Object = {"name": name}
    if namespace:
        meta["namespace"] = namespace
    if labels:
        meta["labels"] = labels
    return meta


def _rbac(
    kind: str, name: str, namespace: str | None, rules: list[Object], account: tuple[str, str]
) -> list[Object]:
    group = "rbac.authorization.k8s.io"
    return [
        {
            "apiVersion": f"{group}/v1",
            "kind": kind,
            "metadata": _meta(name, namespace),
            "rules": rules,
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": f"{kind}Binding",
            "metadata": _meta(name, namespace),
            "roleRef": {"apiGroup": group, "kind": kind, "name": name},
            "subjects": [{"kind": "ServiceAccount", "namespace": account[0], "name": account[1]}],
        },
    ]


def _rule(group: str, resources: list[str], verbs: list[str]) -> Object:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


def _confined(user: int | None, *, writable: bool = False) -> Object:
    context: Object = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": not writable,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    if user is not None:
        context |= {"runAsNonRoot": True, "runAsUser": user, "runAsGroup": user}
    return context


def corefile(upstream: Sequence[str]) -> str:
    """CoreDNS's configuration.

    Short cache times: a Spark driver's Service is looked up within a second of its creation, and an answer
    that it does not exist must not stick. The ready plugin tells when the API has been read once.

    Args:
        upstream: the machine's name servers; without any, only the cluster's own names are known, where
            CoreDNS would otherwise not start.
    """
    forward = f"    forward . {' '.join(upstream[:UPSTREAM_MAX])}\n" if upstream else ""
    return f""".:53 {{
    errors
    health {{
        lameduck 1s
    }}
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {{
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }}
{forward}    cache 30 {{
        disable denial cluster.local
    }}
    loop
    reload
}}
"""


def _dns(spec: ClusterSpec, image: str) -> list[Object]:
    labels = {"k8s-app": "kube-dns", "app.kubernetes.io/name": "coredns"}
    read = ["get", "list", "watch"]
    container: Object = {
        "name": "coredns",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"name": "dns", "containerPort": DNS_PORT, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": DNS_PORT, "protocol": "TCP"},
        ],
        "resources": {"requests": {"cpu": "50m", "memory": "70Mi"}, "limits": {"memory": "170Mi"}},
        "livenessProbe": {"httpGet": {"path": "/health", "port": 8080}, "failureThreshold": 5},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
        "securityContext": _confined(NOBODY),
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
    }
    pod: Object = {
        "serviceAccountName": "coredns",
        "priorityClassName": "system-cluster-critical",
        "dnsPolicy": "Default",
        # The DNS port is below 1024, and the container runs without the right to bind such ports.
        "securityContext": {"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]},
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": "coredns"}}],
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": _meta("coredns", "kube-system", labels),
        },
        *_rbac(
            "ClusterRole",
            "system:coredns",
            None,
            [
                _rule("", ["endpoints", "services", "pods", "namespaces"], ["list", "watch"]),
                _rule("discovery.k8s.io", ["endpointslices"], read),
            ],
            ("kube-system", "coredns"),
        ),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": _meta("coredns", "kube-system", labels),
            "data": {"Corefile": corefile(network.name_servers(network.resolver_file()))},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": _meta("kube-dns", "kube-system", labels),
            "spec": {
                "clusterIP": str(spec.dns_service),
                "selector": {"k8s-app": "kube-dns"},
                "ports": [
                    {"name": "dns", "port": DNS_PORT, "protocol": "UDP", "targetPort": "dns"},
                    {"name": "dns-tcp", "port": DNS_PORT, "protocol": "TCP", "targetPort": "dns-tcp"},
                ],
            },
        },
        _deployment("coredns", "kube-system", labels, "k8s-app", pod),
    ]


def _deployment(name: str, namespace: str, labels: dict[str, str], key: str, pod: Object) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _meta(name, namespace, labels),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {key: labels[key]}},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


HELPER_SETUP: Final = """#!/bin/sh
set -eu
mkdir -m 0777 -p "$VOL_DIR"
"""
"""Makes a volume's folder; pods of any user may write to it, as to a fresh disk with fsGroup."""

HELPER_TEARDOWN: Final = """#!/bin/sh
set -eu
rm -rf "$VOL_DIR"
"""
"""Removes a released volume's folder."""


def _storage(spec: ClusterSpec, images: NodeImages) -> list[Object]:
    name = "local-path-provisioner"
    labels = {"app.kubernetes.io/name": name}
    helper: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "helper-pod"},
        "spec": {
            "priorityClassName": "system-node-critical",
            "automountServiceAccountToken": False,
            "containers": [
                {"name": "helper-pod", "image": images.base, "imagePullPolicy": "IfNotPresent"},
            ],
        },
    }
    folders = {
        "nodePathMap": [{"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": [str(spec.volumes)]}],
    }
    container: Object = {
        "name": name,
        "image": images.local_path_provisioner,
        "imagePullPolicy": "IfNotPresent",
        "args": [
            "start",
            "--config=/etc/config/config.json",
            f"--configmap-name={name}",
            f"--service-account-name={name}",
            f"--helper-image={images.base}",
        ],
        "env": [
            {"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
            {"name": "CONFIG_MOUNT_PATH", "value": "/etc/config/"},
        ],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
        "securityContext": _confined(NOBODY),
        "volumeMounts": [{"name": "config", "mountPath": "/etc/config", "readOnly": True}],
    }
    pod: Object = {
        "serviceAccountName": name,
        "priorityClassName": "system-cluster-critical",
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": name}}],
    }
    read = ["get", "list", "watch"]
    write = [*read, "create", "patch", "update", "delete"]
    account = (STORAGE_NAMESPACE, name)
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": _meta(STORAGE_NAMESPACE, None, {"pod-security.kubernetes.io/enforce": "privileged"}),
        },
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": _meta(name, STORAGE_NAMESPACE, labels),
        },
        *_rbac("Role", name, STORAGE_NAMESPACE, [_rule("", ["pods"], write)], account),
        *_rbac(
            "ClusterRole",
            "spark-on-eks:local-path-provisioner",
            None,
            [
                _rule("", ["nodes", "persistentvolumeclaims", "configmaps", "pods", "pods/log"], read),
                _rule("", ["persistentvolumes"], write),
                _rule("", ["events"], ["create", "patch"]),
                _rule("storage.k8s.io", ["storageclasses"], read),
            ],
            account,
        ),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": _meta(name, STORAGE_NAMESPACE, labels),
            "data": {
                "config.json": json.dumps(folders),
                "setup": HELPER_SETUP,
                "teardown": HELPER_TEARDOWN,
                "helperPod.yaml": json.dumps(helper),
            },
        },
        _deployment(name, STORAGE_NAMESPACE, labels, "app.kubernetes.io/name", pod),
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {
                "name": "standard",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": "rancher.io/local-path",
            "volumeBindingMode": "WaitForFirstConsumer",
            "reclaimPolicy": "Delete",
        },
    ]


def apply(spec: ClusterSpec, images: NodeImages) -> bool:
    """Create or update the add-ons, unless exactly these have been applied before.

    Args:
        spec: the cluster.
        images: references of the node's own images.

    Returns:
        Whether they were applied.

    Raises:
        ReportedError: the API server refused an object.
    """
    objects = manifests(spec, images)
    note = spec.state / "addons"
    if note.exists() and note.read_text() == _digest(objects):
        return False
    api.apply(spec, objects)
    note.write_text(_digest(objects))
    return True


def dns_answers(spec: ClusterSpec, name: str = "kubernetes.default.svc.cluster.local") -> bool:
    """Say whether the DNS Service, asked through its cluster address, knows `name`.

    Args:
        spec: the cluster.
        name: absolute host name to ask for.
    """
    question = dns.message.make_query(name, dns.rdatatype.A)
    try:
        answer = dns.query.udp(question, str(spec.dns_service), timeout=DNS_SECONDS)
    except (dns.exception.DNSException, OSError):
        return False
    return answer.rcode() == dns.rcode.NOERROR and bool(answer.answer)


def _rolled_out(spec: ClusterSpec, namespace: str, name: str) -> bool:
    """Say whether a Deployment runs as it was last applied."""
    found = api.get_object(spec, f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}") or {}
    state = found.get("status", {})
    counts = {state.get(kind) for kind in ("replicas", "updatedReplicas", "availableReplicas")}
    return counts == {1} and bool(state["observedGeneration"] == found["metadata"]["generation"])


def wait_ready(spec: ClusterSpec) -> None:
    """Wait until the add-ons run as applied, and DNS answers.

    Args:
        spec: the cluster.

    Raises:
        ReportedError: not in time; with what the API server knows about the pods.
    """
    for namespace, name in DEPLOYMENTS:
        api.wait_for(
            f"Deployment {namespace}/{name} running",
            partial(_rolled_out, spec, namespace, name),
            timeout=READY_TIMEOUT,
            hint=partial(_describe, spec, namespace),
        )
    api.wait_for(
        f"DNS answering at {spec.dns_service}",
        lambda: dns_answers(spec),
        timeout=READY_TIMEOUT,
        hint=partial(_describe, spec, "kube-system"),
    )


def _describe(spec: ClusterSpec, namespace: str) -> str:
    return api.kubectl(spec, [f"--namespace={namespace}", "describe", "pods"])[-DESCRIPTION_SHOWN:]
