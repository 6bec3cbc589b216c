"""The node: a real kubelet that joins by TLS bootstrap, and kube-proxy."""

from __future__ import annotations

import http.client
import json
import secrets
import time
from pathlib import Path
from typing import Any, Final

import yaml

from local.cluster import api, cgroups, control_plane, network, processes
from local.cluster.spec import ClusterSpec
from workspace.errors import ReportedError

BOOTSTRAP_GROUP: Final = "system:bootstrappers:spark-on-eks"
"""Group of the bootstrap token's user; its only right is to ask for a node's certificate."""

BOOTSTRAP_LIFETIME: Final = 3600
"""Seconds that a bootstrap token is valid; it is used within the first ones."""

READY_TIMEOUT: Final = 90.0
"""Seconds for the node to be Ready; it takes 5 to 15."""

MAX_PODS: Final = 250
"""Pods on the node. Kubernetes' default of 110 is less than what the load tests start at once."""

POD_PIDS: Final = 4096
"""Processes and threads of one pod: a driver has some hundred threads, and without a limit one pod that forks
without end takes the machine's. Their scarcity (pid.available) evicts what has taken most."""


def kubelet_configuration(spec: ClusterSpec) -> dict[str, Any]:
    """The kubelet's configuration file.

    Args:
        spec: the cluster.
    """
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": str(spec.gateway),
        "port": spec.ports.kubelet,
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": spec.ports.kubelet_health,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(api.pki(spec) / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "serverTLSBootstrap": True,
        "rotateCertificates": True,
        "containerRuntimeEndpoint": f"unix://{spec.containerd_socket}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{spec.cgroup}",
        "clusterDomain": "cluster.local",
        "clusterDNS": [str(spec.dns_service)],
        "resolvConf": str(network.resolver_file()),
        "podLogsDir": str(spec.pod_logs),
        "volumePluginDir": str(spec.state / "volume-plugins"),
        "maxPods": MAX_PODS,
        "podPidsLimit": POD_PIDS,
        "failSwapOn": False,
        "serializeImagePulls": False,
        # Images have no registry to come back from: never collect them, and evict only on a full disk.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "imagefs.available": "1%",
            # Naming any threshold leaves out Kubernetes' others; a pod of many small files takes these first.
            "nodefs.inodesFree": "1%",
            "imagefs.inodesFree": "1%",
            "pid.available": "5%",
        },
        # Fresh state sooner than the default minute: job status and volumes follow within seconds.
        "syncFrequency": "10s",
        "shutdownGracePeriod": "0s",
    }


def proxy_configuration(spec: ClusterSpec) -> dict[str, Any]:
    """kube-proxy's configuration file.

    Args:
        spec: the cluster.
    """
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clientConnection": {"kubeconfig": str(spec.state / "kube-proxy.kubeconfig")},
        "hostnameOverride": spec.node_name,
        "clusterCIDR": str(spec.pod_cidr),
        "bindAddress": "127.0.0.1",
        "healthzBindAddress": f"127.0.0.1:{spec.ports.proxy_health}",
        "metricsBindAddress": f"127.0.0.1:{spec.ports.proxy_metrics}",
        # Services with a node port answer on this machine and to its pods, not to the whole network.
        "nodePortAddresses": ["127.0.0.0/8", f"{spec.gateway}/32"],
        "iptables": {"localhostNodePorts": True, "minSyncPeriod": "0.1s", "syncPeriod": "30s"},
        # Zero leaves the machine's own connection tracking limits and time-outs alone.
        "conntrack": {
            "maxPerCore": 0,
            "min": 0,
            "tcpEstablishedTimeout": "0s",
            "tcpCloseWaitTimeout": "0s",
        },
    }


def start_kubelet(spec: ClusterSpec) -> bool:
    """Start the kubelet if it does not run, or runs with another configuration or program.

    Args:
        spec: the cluster.

    Returns:
        Whether it was started.

    Raises:
        ReportedError: it does not start.
    """
    config = _write_configuration(spec, "kubelet.yaml", kubelet_configuration(spec))
    inputs = processes.digest([config, spec.bin / "kubelet"])
    cgroups.create(spec)
    record = processes.read_record(spec, "kubelet")
    if processes.alive(record) and record is not None and record.inputs == inputs:
        return False
    if record is not None:
        processes.end([record], grace=10)
    kubeconfig = spec.state / "kubelet.kubeconfig"
    if not kubeconfig.exists():
        _bootstrap(spec)
    processes.spawn(
        spec,
        "kubelet",
        [
            str(spec.bin / "kubelet"),
            f"--config={config}",
            f"--kubeconfig={kubeconfig}",
            f"--bootstrap-kubeconfig={spec.state / 'kubelet-bootstrap.kubeconfig'}",
            f"--root-dir={spec.state / 'kubelet'}",
            f"--cert-dir={spec.state / 'kubelet-pki'}",
            f"--hostname-override={spec.node_name}",
            f"--node-ip={spec.gateway}",
            # Where cAdvisor, inside the kubelet, learns which container a cgroup is; it has no other setting.
            f"--containerd={spec.containerd_socket}",
            "--v=1",
        ],
        inputs=inputs,
        environment=api.environment(spec),
    )
    return True


def start_proxy(spec: ClusterSpec) -> bool:
    """Start kube-proxy if it does not run, or runs with another configuration or program.

    Args:
        spec: the cluster.

    Returns:
        Whether it was started.

    Raises:
        ReportedError: it does not start.
    """
    config = _write_configuration(spec, "kube-proxy.yaml", proxy_configuration(spec))
    inputs = processes.digest([config, spec.bin / "kube-proxy"])
    record = processes.read_record(spec, "kube-proxy")
    if processes.alive(record) and record is not None and record.inputs == inputs:
        return False
    if record is not None:
        processes.end([record], grace=10)
    kubeconfig = spec.state / "kube-proxy.kubeconfig"
    if not kubeconfig.exists():
        control_plane.write_private(
            kubeconfig, control_plane.client_kubeconfig(spec, "system:kube-proxy", "system:node-proxier")
        )
    processes.spawn(
        spec,
        "kube-proxy",
        [str(spec.bin / "kube-proxy"), f"--config={config}", "--v=1"],
        inputs=inputs,
        environment=api.environment(spec),
    )
    return True


def _write_configuration(spec: ClusterSpec, name: str, content: dict[str, Any]) -> Path:
    file = spec.state / name
    text = yaml.safe_dump(content, sort_keys=False)
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
    return file


def _bootstrap(spec: ClusterSpec) -> None:
    """Give the kubelet a token with which it may ask the cluster for its own certificate."""
    token_id, token_secret = secrets.token_hex(3), secrets.token_hex(8)
    api.apply(spec, bootstrap_objects(token_id, token_secret))
    user = control_plane.client_kubeconfig(spec)
    config = yaml.safe_load(user)
    config["users"][0]["user"] = {"token": f"{token_id}.{token_secret}"}
    control_plane.write_private(spec.state / "kubelet-bootstrap.kubeconfig", json.dumps(config))


def bootstrap_objects(token_id: str, token_secret: str) -> list[dict[str, Any]]:
    """Objects by which a kubelet with the token gets a client certificate, as kubeadm sets them up.

    Args:
        token_id: six characters, public.
        token_secret: sixteen characters.
    """
    expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + BOOTSTRAP_LIFETIME))

    def binding(name: str, role: str, group: str) -> dict[str, Any]:
        return {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": f"spark-on-eks:{name}"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
        }

    approver = "system:certificates.k8s.io:certificatesigningrequests:"
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"bootstrap-token-{token_id}", "namespace": "kube-system"},
            "type": "bootstrap.kubernetes.io/token",
            "stringData": {
                "token-id": token_id,
                "token-secret": token_secret,
                "expiration": expires,
                "usage-bootstrap-authentication": "true",
                "auth-extra-groups": BOOTSTRAP_GROUP,
            },
        },
        binding("kubelet-bootstrap", "system:node-bootstrapper", BOOTSTRAP_GROUP),
        binding("node-certificates", f"{approver}nodeclient", BOOTSTRAP_GROUP),
        binding("node-renewal", f"{approver}selfnodeclient", "system:nodes"),
        binding("node-proxier", "system:node-proxier", "system:node-proxier"),
    ]


def approve_serving_certificate(spec: ClusterSpec) -> bool:
    """Approve the certificate that our kubelet asks for to serve logs and exec.

    Kubernetes leaves this decision to the cluster's owner. Only a request of our node's own identity is
    approved; the API server has already checked that it names no other node.

    Args:
        spec: the cluster.

    Returns:
        Whether the kubelet has a serving certificate.
    """
    if (spec.state / "kubelet-pki" / "kubelet-server-current.pem").exists():
        return True
    listed = api.get_object(spec, "/apis/certificates.k8s.io/v1/certificatesigningrequests") or {}
    waiting = [
        str(request["metadata"]["name"])
        for request in listed.get("items", [])
        if request["spec"]["signerName"] == "kubernetes.io/kubelet-serving"
        and request["spec"]["username"] == f"system:node:{spec.node_name}"
        and not request.get("status", {}).get("conditions")
    ]
    if waiting:
        api.kubectl(spec, ["certificate", "approve", *waiting])
    return False


def ready(spec: ClusterSpec) -> bool:
    """Say whether the node is Ready, by the API server's word and by its kubelet's.

    Args:
        spec: the cluster.
    """
    node = api.get_object(spec, f"/api/v1/nodes/{spec.node_name}")
    return api.condition(node, "Ready") and healthy(spec.ports.kubelet_health)


def caught_up(spec: ClusterSpec) -> bool:
    """Say whether the kubelet knows every pod that is placed on its node.

    After its restart the node still counts as Ready, but for a second logs and exec say that a pod does not
    exist. Asked through the API server, this also proves that the API server reaches the kubelet.

    Args:
        spec: the cluster.
    """
    placed = api.get_object(spec, f"/api/v1/pods?fieldSelector=spec.nodeName={spec.node_name}")
    known = api.get_object(spec, f"/api/v1/nodes/{spec.node_name}/proxy/pods")
    if placed is None or known is None:
        return False
    uids = {pod["metadata"]["uid"] for pod in known.get("items") or []}
    return all(
        pod["metadata"]["uid"] in uids
        for pod in placed.get("items") or []
        if pod["status"].get("phase") in ("Pending", "Running")
    )


def healthy(port: int) -> bool:
    """Say whether the process with this health port on this machine says that it is well."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=api.REQUEST_TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def wait_ready(spec: ClusterSpec) -> None:
    """Wait until the node is Ready, can serve logs, and Services work.

    Args:
        spec: the cluster.

    Raises:
        ReportedError: not in time; with the end of the log that tells why.
    """
    api.wait_for(
        f"node {spec.node_name} Ready",
        lambda: approve_serving_certificate(spec) and ready(spec) and caught_up(spec),
        timeout=READY_TIMEOUT,
        hint=lambda: _why(spec, "kubelet"),
        needs=lambda: processes.ended(spec, ["kubelet"]),
    )
    api.wait_for(
        "kube-proxy healthy",
        lambda: healthy(spec.ports.proxy_health),
        timeout=READY_TIMEOUT,
        hint=lambda: _why(spec, "kube-proxy"),
        needs=lambda: processes.ended(spec, ["kube-proxy"]),
    )


def _why(spec: ClusterSpec, name: str) -> str:
    log = spec.logs / f"{name}.log"
    node = api.get_object(spec, f"/api/v1/nodes/{spec.node_name}") or {}
    reasons = [
        f"{entry['type']}: {entry.get('message', '')}"
        for entry in node.get("status", {}).get("conditions", [])
        if entry["type"] == "Ready"
    ]
    return f"{json.dumps(reasons)}; {log} ends with:\n{processes.log_tail(log)}"


def require_linux_root(effective_user: int) -> None:
    """Refuse early when the cluster cannot be started by this user.

    Args:
        effective_user: numeric user id.

    Raises:
        ReportedError: it is not root's.
    """
    if effective_user != 0:
        raise ReportedError(
            f"the embedded cluster needs root, this is user id {effective_user}",
            hint="run it with sudo, or set KUBECONFIG to a cluster that you have",
        )
