"""The history server: the web UI of finished and running jobs, read from the event logs of all tenants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import pulumi
import pulumi_kubernetes as k8s

from components.domain import ObjectStorage
from components.kube.claims import NOT_AWAITED
from components.kube.credentials import Credentials
from components.kube.image_digests import Digests, in_pods
from components.kube.network_rules import (
    ANY_ADDRESS,
    HTTPS,
    POD_IDENTITY_AGENT,
    base_policies,
    store_address,
)
from components.kube.service_space import key_secret, network_walls, service_namespace
from components.naming import (
    CREDENTIALS_SECRET,
    HISTORY_NAMESPACE,
    labels,
    type_token,
)
from components.records.history import PAGE, PORT, SERVER

NAME: Final = SERVER
"""Name of the Helm release, and so of the Deployment, Service and volume claim."""

_LOG_DIRECTORY: Final = "spark.history.fs.logDirectory"
_OWNED_BY_CHART: Final = frozenset({"spark.history.ui.port", "spark.history.store.path"})


@dataclass(frozen=True, kw_only=True)
class LogPlace:
    """Where the history server finds the event logs.

    Args:
        port: TCP port of the object store.
        namespace: namespace that the object store runs in; give this or `cidr`.
        cidr: address range of the object store; give this or `namespace`.
    """

    port: int
    namespace: str | None = None
    cidr: str | None = None


AWS_LOG_PLACES: Final = (
    LogPlace(cidr=ANY_ADDRESS[0], port=HTTPS),
    LogPlace(cidr=POD_IDENTITY_AGENT, port=80),
)
"""S3, whose addresses AWS doesn't promise, and the node's EKS Pod Identity agent (EKS user guide)."""


def log_places(storage: ObjectStorage) -> tuple[LogPlace, ...]:
    """Find out where the event logs are; pure.

    Args:
        storage: the object store. An endpoint like `http://name.namespace.svc:7070` is in the cluster.

    Raises:
        ValueError: the endpoint is no URL with a host.
    """
    if storage.endpoint is None:
        return AWS_LOG_PLACES
    store = store_address(storage.endpoint)
    if store.service is None:
        return (LogPlace(cidr=ANY_ADDRESS[0], port=store.port),)
    return (LogPlace(namespace=store.service.namespace, port=store.port),)


@dataclass(frozen=True, kw_only=True)
class HistoryServerArgs:
    """Arguments of a `HistoryServer`.

    Args:
        chart: path of the chart spark-history-server, from the project's folder.
        image: reference of the Spark image that serves; it reads logs of older Sparks too.
        conf: Spark properties, the event log directory among them.
        credentials: S3 key; None where the pod gets its identity from the cloud.
        key_generation: generation of the key; the server reads it at start, so another one restarts it.
        egress: where the event logs are; see `log_places`.
        address: URL by which browsers open the UI; None for inside the cluster only.
        memory: memory of the pod, in Gi or Mi.
        store_size: size of the volume that keeps what was read from the logs, in Gi or Mi.
        storage_class: StorageClass of the volume; None takes the cluster's default.
        tenants: namespaces that have a folder of event logs each, below the event log directory.
        allowed_namespaces: namespaces whose pods may open the UI.
        after: what must be in place first: the event log directory above all.
        digests: images that have a digest, this one among them if it is pushed by the same program.
    """

    chart: str
    image: str
    conf: Mapping[str, str]
    credentials: Credentials | None = None
    key_generation: int = 1
    egress: Sequence[LogPlace] = AWS_LOG_PLACES
    address: str | None = None
    memory: str
    store_size: str
    storage_class: str | None = None
    tenants: Sequence[str] = ()
    allowed_namespaces: Sequence[str] = ()
    after: Sequence[pulumi.Resource] = ()
    digests: Digests = field(default_factory=dict)


class HistoryServer(pulumi.ComponentResource):
    """Spark's history server in a namespace of its own.

    Outputs:
        namespace: the namespace.
        url: address of the UI; from outside the cluster if there is a node port, else from inside.
    """

    namespace: pulumi.Output[str]
    url: pulumi.Output[str]

    def __init__(
        self, name: str, args: HistoryServerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("HistoryServer"), name, {}, opts)
        namespace = service_namespace(f"{name}-namespace", HISTORY_NAMESPACE, service=NAME, parent=self)
        walls = {"default-deny": base_policies()["default-deny"]}
        needs: list[pulumi.Resource] = [
            namespace,
            *args.after,
            *network_walls(name, namespace, walls, {key: _metadata(key) for key in walls}, parent=self),
        ]
        if args.credentials is not None:
            needs.append(
                key_secret(
                    f"{name}-credentials",
                    _metadata(CREDENTIALS_SECRET),
                    args.credentials,
                    pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
                )
            )
        k8s.helm.v4.Chart(
            f"{name}-chart",
            name=NAME,
            namespace=HISTORY_NAMESPACE,
            chart=args.chart,
            values=history_values(args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=needs, transforms=in_pods(args.digests)),
        )
        self.namespace = namespace.metadata.apply(lambda _: HISTORY_NAMESPACE)
        self.url = pulumi.Output.from_input(args.address or PAGE.url)
        self.register_outputs({"namespace": self.namespace, "url": self.url})


def history_values(args: HistoryServerArgs) -> dict[str, Any]:
    """Turn arguments into values of the chart; pure.

    Args:
        args: what the history server is to be.

    Raises:
        ValueError: the properties name no event log directory, or one that the chart sets by itself.
    """
    if _LOG_DIRECTORY not in args.conf:
        raise ValueError(
            f"history server: conf lacks {_LOG_DIRECTORY}; set it to the jobs' spark.eventLog.dir"
        )
    owned = sorted(_OWNED_BY_CHART & set(args.conf))
    if owned:
        raise ValueError(
            f"history server: {', '.join(owned)} belongs to the chart's pod; remove it from conf"
        )
    return {
        "image": args.image,
        "commonLabels": labels(NAME, "history-server"),
        "eventLogDir": args.conf[_LOG_DIRECTORY],
        "tenants": sorted(set(args.tenants)),
        "conf": {
            **{key: value for key, value in args.conf.items() if key != _LOG_DIRECTORY},
            **proxy_conf(args.address),
        },
        "memory": args.memory,
        "store": {
            "size": args.store_size,
            "storageClass": args.storage_class or "",
            "annotations": dict(NOT_AWAITED),
        },
        "credentials": {"existingSecret": CREDENTIALS_SECRET if args.credentials else ""},
        "service": {"type": "ClusterIP", "port": PORT},
        "networkPolicy": {
            "allowedNamespaces": list(args.allowed_namespaces),
            "allowedCidrs": [],
            "egress": [_egress_value(rule) for rule in args.egress],
        },
        "podAnnotations": {"spark-on-eks/key-generation": str(args.key_generation)},
    }


def proxy_conf(address: str | None) -> dict[str, str]:
    """Make the properties by which the UI's links and redirects lead to where a browser sees it; pure.

    Args:
        address: URL that a browser opens; None, or one without a path, needs none.
    """
    path = urlsplit(address or "").path
    if not path:
        return {}
    return {
        "spark.ui.proxyBase": path,
        # Redirects get the base too, and no host: one page may be seen at several (JettyUtils.scala).
        "spark.ui.proxyRedirectUri": "/",
    }


def _egress_value(rule: LogPlace) -> dict[str, Any]:
    if (rule.namespace is None) == (rule.cidr is None):
        raise ValueError(
            f"history server: egress to port {rule.port} needs either a namespace or a cidr, not both"
        )
    place = {"namespace": rule.namespace} if rule.namespace is not None else {"cidr": rule.cidr}
    return {**place, "port": rule.port}


def _metadata(name: str) -> Any:
    return {"name": name, "namespace": HISTORY_NAMESPACE, "labels": labels(NAME, "history-server")}
