"""The exporter that reads the history server, with the volume that its ledger lies on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components.kube.claims import NOT_AWAITED, claim_spec
from components.kube.monitors import metadata
from components.kube.objects import declare
from components.naming import type_token
from components.observability.workloads import HistoryExporterPlan, history_exporter
from components.records.history_exporter import EXPORTER

LEDGER_SIZE: Final = "1Gi"
"""The ledger takes some hundred KiB; no cloud has smaller volumes."""


@dataclass(frozen=True, kw_only=True)
class HistoryExporterArgs:
    """Arguments of a `HistoryExporter`.

    Args:
        plan: what it is told.
        namespace: the monitoring namespace, which must exist already.
        storage_class: StorageClass of its volume; None means the cluster's default.
    """

    plan: HistoryExporterPlan
    namespace: pulumi.Resource
    storage_class: str | None = None


class HistoryExporter(pulumi.ComponentResource):
    """What Spark itself does not export, as metrics: rows, bytes, durations and outcomes of finished runs."""

    def __init__(
        self, name: str, args: HistoryExporterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(type_token("HistoryExporter"), name, {}, opts)
        volume = declare(
            f"{name}-ledger",
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {**metadata(args.plan.volume_claim), "annotations": dict(NOT_AWAITED)},
                "spec": claim_spec(LEDGER_SIZE, args.storage_class),
            },
            pulumi.ResourceOptions(parent=self, depends_on=[args.namespace]),
        )
        declare(
            f"{name}-{EXPORTER}",
            history_exporter(args.plan),
            pulumi.ResourceOptions(parent=self, depends_on=[args.namespace, volume]),
        )
        self.register_outputs({})
