"""Every PromQL expression of the platform in one list, with where it stands. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from components.observability.alerts import alert_groups, recorded
from components.observability.dashboard_files import dashboard_files
from components.observability.rule_model import Site, one_line

STAND_INS: Final = MappingProxyType({"$__rate_interval": "2m", "$__interval": "30s", "$__range": "1h"})
"""Values of Grafana's own variables: four scrapes, one scrape, and what a person looks at."""

_VARIABLE: Final = re.compile(r"\$(\w+)|\$\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Expression:
    """One expression.

    Args:
        kind: `record`, `alert`, `panel` or `variable`.
        where: the rule's name, or dashboard and panel.
        promql: the expression, with Grafana's variables replaced.
        eks_only: whether it is about what exists on EKS alone.
    """

    kind: str
    where: str
    promql: str
    eks_only: bool = False


def expressions(site: Site) -> list[Expression]:
    """List them all: rules in the order of evaluation, then every query of every dashboard.

    Args:
        site: the cluster that the rules are for.
    """
    return [*_rules(site), *_dashboards()]


def without_variables(expr: str) -> str:
    """An expression as Grafana sends it with `All` chosen everywhere.

    Args:
        expr: PromQL with Grafana's variables.
    """
    for variable, value in STAND_INS.items():
        expr = expr.replace(variable, value)
    return _VARIABLE.sub(".*", expr)


def _rules(site: Site) -> Iterator[Expression]:
    for group in (*recorded(site), *alert_groups(site)):
        for rule in group.recording:
            labels = ", ".join(f'{key}="{value}"' for key, value in rule.labels.items())
            where = f"{rule.record}{{{labels}}}" if labels else rule.record
            yield Expression(kind="record", where=where, promql=one_line(rule.expr))
        for alert in group.alerts:
            yield Expression(
                kind="alert",
                where=alert.name,
                promql=one_line(alert.expr),
                eks_only=alert.only_with_karpenter,
            )


def _dashboards() -> Iterator[Expression]:
    for text in dashboard_files().values():
        board = json.loads(text)
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                yield Expression(
                    kind="variable",
                    where=f"{board['title']} / {variable['name']}",
                    promql=without_variables(selector(variable["query"])),
                )
        for panel in board["panels"]:
            yield from _panel(board, panel)


def _panel(board: dict[str, Any], panel: dict[str, Any]) -> Iterator[Expression]:
    for target in panel.get("targets", ()):
        yield Expression(
            kind="panel",
            where=f"{board['title']} / {panel['title']}",
            promql=without_variables(target["expr"]),
            eks_only="karpenter_" in target["expr"],
        )


def selector(values: str) -> str:
    """The selector inside Grafana's `label_values(selector, label)`.

    Args:
        values: the query of a variable.

    Raises:
        ValueError: it is something else.
    """
    match = re.fullmatch(r"label_values\((.+),\s*\w+\)", values)
    if not match:
        raise ValueError(f"variable query {values!r}: write label_values(selector, label)")
    return match[1]
