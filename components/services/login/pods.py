"""The login proxy's pod, and whom it reaches. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.kube.network_rules import (
    ANY_ADDRESS,
    HTTPS,
    NAME_LABEL,
    Spec,
    base_policies,
    cidrs,
    from_,
    namespace,
    policy,
    to,
)
from components.kube.pod_security import restricted_container, restricted_pod
from components.naming import labels
from components.records.login import HEALTH, PORT, PROXY, RECORD
from components.records.model import Page
from components.services.login.config import PAGES_FILE, SETTINGS_FILE

CONFIG: Final = "/etc/login-proxy"
SECRETS: Final = "/etc/login-proxy-secrets"
HOME: Final = "/etc/login-proxy-home"
"""Folders of the pod."""

_USER: Final = 65532


def proxy_labels() -> dict[str, str]:
    """Labels of the proxy and all that belongs to it."""
    return labels(PROXY, "login")


def proxy_selector() -> dict[str, str]:
    """The label that finds its pod."""
    return {NAME_LABEL: PROXY}


def proxy_pod(image: str, annotations: Mapping[str, Any]) -> Spec:
    """Make the pod template.

    Args:
        image: reference of the image login-proxy.
        annotations: annotations of the pod; a changed one restarts it.
    """
    health = {"httpGet": {"path": HEALTH, "port": "http"}, "timeoutSeconds": 5}
    container = {
        "name": PROXY,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": [f"--config={CONFIG}/{SETTINGS_FILE}", f"--alpha-config={CONFIG}/{PAGES_FILE}"],
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "readinessProbe": {**health, "periodSeconds": 10},
        "livenessProbe": {**health, "periodSeconds": 20},
        "resources": RECORD.pods[PROXY].resources(),
        "securityContext": restricted_container(),
        "volumeMounts": [
            {"name": "config", "mountPath": CONFIG, "readOnly": True},
            {"name": "home", "mountPath": HOME, "readOnly": True},
            {"name": "secrets", "mountPath": SECRETS, "readOnly": True},
        ],
    }
    return {
        "metadata": {"labels": proxy_labels(), "annotations": dict(annotations)},
        "spec": {
            "serviceAccountName": PROXY,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": restricted_pod(_USER),
            "containers": [container],
            "volumes": [
                {"name": "config", "configMap": {"name": PROXY}},
                {"name": "home", "configMap": {"name": f"{PROXY}-home"}},
                {"name": "secrets", "secret": {"secretName": PROXY, "defaultMode": 0o440}},
            ],
        },
    }


def proxy_service(node_port: int | None) -> Spec:
    """Make the spec of the Service.

    Args:
        node_port: port on every node that opens it; None opens none.
    """
    port: dict[str, Any] = {"name": "http", "port": PORT, "targetPort": "http"}
    if node_port is not None:
        port["nodePort"] = node_port
    return {
        "type": "ClusterIP" if node_port is None else "NodePort",
        "selector": proxy_selector(),
        "ports": [port],
    }


def proxy_policies(
    pages: Sequence[Page], *, open_to_nodes: bool, asks_provider: bool = False
) -> dict[str, Spec]:
    """Make the policies of the proxy's namespace: it reaches the pages, and who says who people are.

    Args:
        pages: the pages.
        open_to_nodes: whether it has a port on every node, so that anyone may reach it.
        asks_provider: whether it asks a provider, whose addresses nobody promises.
    """
    return {
        **base_policies(),
        PROXY: policy(
            proxy_selector(),
            ingress=[from_(cidrs(ANY_ADDRESS), PORT)] if open_to_nodes else [],
            egress=[
                *(to([namespace(page.namespace)], page.port) for page in pages),
                *([to(cidrs(ANY_ADDRESS), HTTPS)] if asks_provider else []),
            ],
        ),
    }
