"""Alertmanager with its volume, and the page of what it has sent, on the foundation `kubernetes`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.kube.objects import declare
from components.naming import type_token
from components.observability.alert_routing import AlertRouting
from components.observability.alert_secrets import alert_secrets
from components.services.alerts.pods import alertmanager_objects


@dataclass(frozen=True, kw_only=True)
class AlertmanagerArgs:
    """Arguments of an `Alertmanager`.

    Args:
        image: reference of its image.
        routing: who is told of what.
        runbooks: file name -> text of every runbook, for the page.
        namespace: the monitoring namespace, which must exist already.
        secrets: Secrets that are made here: name -> key -> value; others that `routing` names exist already.
        storage_class: StorageClass of its volume; None means the cluster's default.
    """

    image: str
    routing: AlertRouting
    runbooks: Mapping[str, str]
    namespace: pulumi.Resource
    secrets: Mapping[str, Mapping[str, pulumi.Input[str]]] = field(default_factory=dict)
    storage_class: str | None = None


class Alertmanager(pulumi.ComponentResource):
    """Who is told of alerts, and how. On AWS the upstream chart has one."""

    def __init__(self, name: str, args: AlertmanagerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("Alertmanager"), name, {}, opts)
        made: list[pulumi.Resource] = [
            args.namespace,
            *alert_secrets(
                name, args.secrets, pulumi.ResourceOptions(parent=self, depends_on=[args.namespace])
            ),
        ]
        manifests = alertmanager_objects(
            args.image,
            args.routing,
            runbooks=args.runbooks,
            storage_class=args.storage_class,
        )
        for manifest in manifests:
            needs = [*made] if manifest["kind"] == "Deployment" else [args.namespace]
            part = f"{name}-{manifest['metadata']['name']}-{manifest['kind'].lower()}"
            made.append(declare(part, manifest, pulumi.ResourceOptions(parent=self, depends_on=needs)))
        self.register_outputs({})
