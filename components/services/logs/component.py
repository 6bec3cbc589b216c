"""Logs of drivers and executors: collected on every node, kept in the object store, shown by a page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s
import yaml

from components.kube.accounts import account_subject, role_manifests
from components.kube.credentials import Credentials
from components.kube.network_rules import NetworkPlan, Spec
from components.kube.objects import declare, typed
from components.kube.placement import ANY_NODE, Placement
from components.kube.pod_security import NAMESPACE_LABELS
from components.kube.service_space import (
    hidden_secret,
    key_secret,
    network_walls,
    service_account,
    service_namespace,
)
from components.naming import (
    LOG_NODES_NAMESPACE,
    LOGS_NAMESPACE,
    type_token,
)
from components.records.logs import PAGE_PORT, RECORD
from components.services.logs.collector import CollectorPlan, collector_config
from components.services.logs.network import collector_policies, log_policies
from components.services.logs.pods import (
    CLEANER,
    COLLECTOR,
    CONFIG_FILE,
    PAGE,
    PASSWORD,
    PRIORITY_CLASS,
    NodeFolders,
    PageViewers,
    PodPlan,
    Sight,
    cleaner_job,
    collector_pod,
    page_pod,
    part_labels,
)

PRIORITY: Final = 1_000_000
"""Above every tenant's pods: a node full of them still gets its collector. Far below the system's own."""

NODE_LABELS: Final[Mapping[str, str]] = {
    # Folders of the node are what the privileged standard is for; nobody but the platform makes pods here.
    "pod-security.kubernetes.io/enforce": "privileged",
}


@dataclass(frozen=True, kw_only=True)
class PageLogin(Sight):
    """The login in front of the page.

    Args:
        password: what the login proxy proves itself by, a secret.
    """

    password: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class RunLogsArgs(CollectorPlan):
    """Arguments of a `RunLogs`, besides what its collectors are to do.

    Args:
        image: reference of the image run-logs.
        network: what lies around.
        clean_days: days after which a job deletes stored logs; None where the store does that by itself.
        credentials: S3 keys of the three parts, by the part's name; empty where the cloud gives identities.
        login: how people reach the page; None where nothing asks them who they are.
        placements: where Spark pods run.
        folders: folders of the nodes that the collector uses.
        after: what must be in place first: the bucket above all.
    """

    image: str
    network: NetworkPlan
    clean_days: int | None
    credentials: Mapping[str, Credentials] = field(default_factory=dict)
    login: PageLogin | None = None
    placements: Sequence[Placement] = (ANY_NODE,)
    folders: NodeFolders
    after: Sequence[pulumi.Resource] = ()


class RunLogs(pulumi.ComponentResource):
    """What drivers and executors print, kept after their pods.

    Outputs:
        namespace: the namespace, known once it exists.
    """

    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: RunLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("RunLogs"), name, {}, opts)
        self._name, self._args = name, args
        self._pods = PodPlan(image=args.image, storage=args.storage)
        loki = args.loki is not None
        policies = log_policies(args.network, loki=loki)
        inside = self._namespace("namespace", LOGS_NAMESPACE, NAMESPACE_LABELS, policies)
        on_nodes = self._namespace(
            "nodes", LOG_NODES_NAMESPACE, NODE_LABELS, collector_policies(args.network, loki=loki)
        )
        self._options = {
            COLLECTOR: pulumi.ResourceOptions(parent=self, depends_on=[on_nodes]),
            PAGE: pulumi.ResourceOptions(parent=self, depends_on=[inside]),
            CLEANER: pulumi.ResourceOptions(parent=self, depends_on=[inside]),
        }
        self._collector()
        self._page()
        if args.clean_days is not None:
            self._cleaner(args.clean_days)
        self.namespace = inside.metadata.apply(lambda _: LOGS_NAMESPACE)
        self.register_outputs({"namespace": self.namespace})

    def _namespace(
        self, key: str, name: str, standard: Mapping[str, str], policies: Mapping[str, Spec]
    ) -> k8s.core.v1.Namespace:
        namespace = service_namespace(
            f"{self._name}-{key}",
            name,
            service=name,
            parent=self,
            standard=standard,
            after=self._args.after,
        )
        metadata = {
            policy: {"name": policy, "namespace": name, "labels": part_labels(policy)} for policy in policies
        }
        network_walls(f"{self._name}-{key}", namespace, policies, metadata, parent=self)
        return namespace

    def _collector(self) -> None:
        args = self._args
        text = yaml.safe_dump(collector_config(args), sort_keys=False)
        config = k8s.core.v1.ConfigMap(
            f"{self._name}-config",
            metadata=_metadata(COLLECTOR),
            data={CONFIG_FILE: text},
            opts=self._options[COLLECTOR],
        )
        priority = k8s.scheduling.v1.PriorityClass(
            f"{self._name}-priority",
            metadata=typed({"name": PRIORITY_CLASS, "labels": part_labels(COLLECTOR)}),
            value=PRIORITY,
            global_default=False,
            description="Log collectors: every node with Spark pods has room for one.",
            opts=pulumi.ResourceOptions(parent=self),
        )
        needs = [config, priority, self._account(COLLECTOR), *self._rights(), *self._keys(COLLECTOR)]
        pod = collector_pod(
            self._pods,
            memory=args.memory,
            placements=args.placements,
            folders=args.folders,
            # The collector reads its configuration at start only.
            annotations={"spark-on-eks/config": hashlib.sha256(text.encode()).hexdigest()[:12]},
        )
        k8s.apps.v1.DaemonSet(
            f"{self._name}-collector",
            metadata=_metadata(COLLECTOR),
            spec=typed(
                {
                    "selector": {"matchLabels": _selector(COLLECTOR)},
                    "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
                    "template": pod,
                }
            ),
            opts=self._after(COLLECTOR, *needs),
        )

    def _rights(self) -> list[pulumi.Resource]:
        (grant,) = RECORD.grants
        role, binding = role_manifests(
            {"name": COLLECTOR, "labels": part_labels(COLLECTOR)},
            [rule.manifest() for rule in grant.rules],
            [account_subject(grant.account, grant.home)],
        )
        return [
            declare(f"{self._name}-role", role, pulumi.ResourceOptions(parent=self)),
            declare(f"{self._name}-binding", binding, self._options[COLLECTOR]),
        ]

    def _page(self) -> None:
        login, viewers = self._args.login, None
        secrets: list[pulumi.Resource] = []
        if login is not None:
            viewers = PageViewers(
                path=login.path, secret=f"{PAGE}-login", seen=login.seen, groups=login.groups
            )
            secrets.append(
                hidden_secret(
                    f"{self._name}-page-login",
                    _metadata(PAGE) | {"name": viewers.secret},
                    {PASSWORD: login.password},
                    self._options[PAGE],
                )
            )
        k8s.apps.v1.Deployment(
            f"{self._name}-page",
            metadata=_metadata(PAGE),
            spec=typed(
                {
                    "replicas": 1,
                    "selector": {"matchLabels": _selector(PAGE)},
                    "template": page_pod(self._pods, viewers),
                }
            ),
            opts=self._after(PAGE, self._account(PAGE), *self._keys(PAGE), *secrets),
        )
        k8s.core.v1.Service(
            f"{self._name}-service",
            metadata=_metadata(PAGE),
            spec=typed(
                {
                    "type": "ClusterIP",
                    "selector": _selector(PAGE),
                    "ports": [{"name": "http", "port": PAGE_PORT, "targetPort": "http"}],
                }
            ),
            opts=self._options[PAGE],
        )

    def _cleaner(self, days: int) -> None:
        k8s.batch.v1.CronJob(
            f"{self._name}-cleaner",
            metadata=_metadata(CLEANER),
            spec=typed(cleaner_job(self._pods, days=days)),
            opts=self._after(CLEANER, self._account(CLEANER), *self._keys(CLEANER)),
        )

    def _account(self, part: str) -> pulumi.Resource:
        return service_account(
            f"{self._name}-{part}-account", _metadata(part), self._options[part], token=part == COLLECTOR
        )

    def _keys(self, part: str) -> list[pulumi.Resource]:
        key = self._args.credentials.get(part)
        if key is None:
            return []
        return [key_secret(f"{self._name}-{part}-key", _metadata(part), key, self._options[part])]

    def _after(self, part: str, *needs: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(
            self._options[part], pulumi.ResourceOptions(depends_on=list(needs))
        )


def _selector(part: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": part}


def _metadata(part: str) -> Any:
    namespace = LOG_NODES_NAMESPACE if part == COLLECTOR else LOGS_NAMESPACE
    return {"name": part, "namespace": namespace, "labels": part_labels(part)}
