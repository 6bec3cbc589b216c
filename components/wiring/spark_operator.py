"""From settings to the Spark operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi

from components import versions
from components.naming import priority_class
from components.records.spark_operator import OPERATOR
from components.services.spark_operator.chart_values import operator_memory_mib
from components.services.spark_operator.release import SparkOperator, SparkOperatorArgs
from components.settings import Settings
from components.spark.conf import JobDefaults
from components.wiring.ground import Ground
from components.wiring.presence import Presence

OPERATOR_REPOSITORY: Final = "https://kubeflow.github.io/spark-operator"
"""Upstream's Helm repository (README of the chart spark-operator)."""


def wanted(settings: Settings) -> Presence | None:
    """What a stack has of it.

    Args:
        settings: the stack's settings.
    """
    chosen = settings.operator
    return Presence(
        cpu={OPERATOR: chosen.cpu_request}, memory={OPERATOR: f"{operator_memory_mib(chosen.workers)}Mi"}
    )


def spark_operator(ground: Ground, conf: JobDefaults, tenants: Sequence[pulumi.Resource]) -> SparkOperator:
    """Make the operator. It comes after the tenants' namespaces: its chart makes Roles in them.

    Args:
        ground: what every service is wired with.
        conf: what every job gets.
        tenants: the tenants' namespaces.
    """
    foundation, chosen = ground.foundation, ground.settings.operator
    named = not chosen.chart.startswith((".", "/"))
    address = "://" in chosen.chart
    return SparkOperator(
        "spark-operator",
        SparkOperatorArgs(
            chart=chosen.chart,
            chart_version=(chosen.chart_version or versions.SPARK_OPERATOR) if named else None,
            repository=(chosen.repository or OPERATOR_REPOSITORY) if named and not address else None,
            image=chosen.image or ground.image("spark-operator"),
            namespaces=ground.namespaces,
            priorities={each.namespace: priority_class(each.priority) for each in ground.tenants},
            spark_defaults=conf,
            network=ground.network,
            workers=chosen.workers,
            cpu=chosen.cpu_request,
            keep_seconds=ground.settings.jobs.keep_seconds,
            after=tenants,
            driver_placement=foundation.driver_placement,
            executor_placement=foundation.executor_placement,
            digests=foundation.digests,
        ),
        ground.options,
    )
