"""What an expression selects, read from its syntax tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import promql_parser


@dataclass(frozen=True)
class Selected:
    """One selector of an expression.

    Args:
        metric: its name.
        labels: labels that it compares.
    """

    metric: str
    labels: frozenset[str]


def selected(expr: str) -> list[Selected]:
    """Every selector of an expression.

    Args:
        expr: PromQL.

    Raises:
        ValueError: it does not parse.
    """
    found: list[Selected] = []

    def look(node: Any) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            names = frozenset(each.name for each in node.matchers.matchers)
            assert node.name, f"a selector without a metric's name: {node.prettify()}"
            found.append(Selected(node.name, names))
        return True

    promql_parser.walk(_parsed(expr), look)
    return found


def grouping(expr: str) -> set[str]:
    """Labels that an expression groups by, joins on or brings along, but for those that it makes itself.

    Args:
        expr: PromQL.
    """
    found: set[str] = set()
    made: set[str] = set()

    def look(node: Any) -> bool:
        modifier = getattr(node, "modifier", None)
        if isinstance(node, promql_parser.AggregateExpr) and modifier is not None:
            found.update(modifier.labels)
        if isinstance(node, promql_parser.BinaryExpr) and modifier is not None:
            found.update(modifier.matching.labels if modifier.matching else ())
            found.update(modifier.group_labels or ())
        if isinstance(node, promql_parser.Call) and node.func.name == "label_replace":
            made.add(node.args[1].val)
        return True

    promql_parser.walk(_parsed(expr), look)
    return found - made


def _parsed(expr: str) -> Any:
    return promql_parser.parse(expr)
