"""Loki: a search index over the newest logs of drivers and executors, for Grafana."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.naming import LOGS_NAMESPACE, type_token
from components.services.logs.loki_values import RELEASE, LokiValues, chart_values


@dataclass(frozen=True, kw_only=True)
class LokiArgs:
    """Arguments of a `Loki`.

    Args:
        chart: the chart's name in the repository, or its folder.
        chart_version: its version; None for a folder.
        repository: its Helm repository; None for a folder.
        values: what the platform decides of its values.
        after: what must be in place first: the namespace above all.
    """

    chart: str
    chart_version: str | None
    repository: str | None
    values: LokiValues
    after: Sequence[pulumi.Resource] = ()


class Loki(pulumi.ComponentResource):
    """The upstream chart in its smallest form: one process and one volume."""

    def __init__(self, name: str, args: LokiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(type_token("Loki"), name, {}, opts)
        k8s.helm.v4.Chart(
            f"{name}-chart",
            name=RELEASE,
            namespace=LOGS_NAMESPACE,
            chart=args.chart,
            version=args.chart_version,
            repository_opts=k8s.helm.v4.RepositoryOptsArgs(repo=args.repository) if args.repository else None,
            values=chart_values(args.values),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.register_outputs({})
