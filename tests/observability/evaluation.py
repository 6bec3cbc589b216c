"""Evaluates everything on a Prometheus, and says in a table what each rule gave under which fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rich.table import Table

from tests.observability.api import PrometheusApi, QueryError
from tests.observability.catalogue import METRICS, TARGET_LABELS, Metric
from tests.observability.expressions import Expression

NOTHING = "·"


@dataclass(frozen=True)
class Value:
    """What an expression gave at one moment.

    Args:
        series: how many series.
        largest: the largest of their values; None for no series.
        error: what Prometheus said against it; empty if it was evaluated.
    """

    series: int = 0
    largest: float | None = None
    error: str = ""

    def __str__(self) -> str:
        """For a cell of the table."""
        if self.error:
            return "error"
        if self.largest is None:
            return NOTHING
        shown = f"{self.largest:.4g}"
        return shown if self.series == 1 else f"{shown} ({self.series})"


@dataclass
class Story:
    """What was evaluated, moment by moment.

    Args:
        expressions: all of them.
        moments: name of the moment -> what each expression gave, in their order.
    """

    expressions: Sequence[Expression]
    moments: dict[str, list[Value]] = field(default_factory=dict)

    def look(self, prometheus: PrometheusApi, moment: str) -> None:
        """Evaluate everything now; what an earlier look at the same moment saw stays.

        Args:
            prometheus: where.
            moment: what has just been done.
        """
        now = [evaluated(prometheus, each.promql) for each in self.expressions]
        before = self.moments.get(moment, now)
        self.moments[moment] = [
            new if new.series or new.error else old for new, old in zip(now, before, strict=True)
        ]

    def of(self, where: str, moment: str) -> Value:
        """What an expression gave at a moment; of several queries of a panel, the first.

        Args:
            where: the expression's place.
            moment: a moment's name.
        """
        index = next(at for at, each in enumerate(self.expressions) if each.where == where)
        return self.moments[moment][index]

    def errors(self) -> dict[str, str]:
        """Expressions that could not be evaluated, and why."""
        return {
            expression.where: value.error
            for values in self.moments.values()
            for expression, value in zip(self.expressions, values, strict=True)
            if value.error
        }

    def never(self, kinds: Iterable[str]) -> dict[str, str]:
        """Expressions of some kinds that gave nothing at any moment, but for those that only EKS can answer.

        Args:
            kinds: `record`, `panel`, `variable` or `alert`.
        """
        wanted = set(kinds)
        return {
            expression.where: expression.promql
            for at, expression in enumerate(self.expressions)
            if expression.kind in wanted
            and not expression.eks_only
            and not any(values[at].series for values in self.moments.values())
        }

    def table(self) -> Table:
        """Rule x fault x value."""
        table = Table("kind", "rule", *self.moments, title="rule x fault: largest value (series)")
        for at, expression in enumerate(self.expressions):
            cells = [str(values[at]) for values in self.moments.values()]
            kind = f"{expression.kind} (EKS)" if expression.eks_only else expression.kind
            table.add_row(kind, expression.where, *cells)
        return table


def evaluated(prometheus: PrometheusApi, promql: str) -> Value:
    """What an expression gives now.

    Args:
        prometheus: where.
        promql: the expression.
    """
    try:
        found = prometheus.query(promql)
    except QueryError as error:
        return Value(error=str(error))
    values = [float(each["value"][1]) for each in found]
    return Value(series=len(values), largest=max(values, default=None))


def missing(prometheus: PrometheusApi, *, start: float, end: float) -> dict[str, str]:
    """Metrics and labels of the catalogue that no live scrape had, but for those that only EKS has.

    Args:
        prometheus: where.
        start: Unix time from which on samples count.
        end: Unix time.
    """
    found: dict[str, str] = {}
    for name, metric in METRICS.items():
        if metric.source.eks_only:
            continue
        lacks = _lacks(metric, prometheus.series(name, start=start, end=end))
        if lacks:
            found[name] = lacks
    return found


def _lacks(metric: Metric, series: Sequence[Mapping[str, str]]) -> str:
    """What is not as the catalogue says; empty if all is."""
    job = metric.source.job
    own = [each for each in series if not job or each.get("job") == job]
    if not own:
        jobs = sorted({each.get("job", "") for each in series})
        where = f"only as job {', '.join(jobs)}" if jobs else "nowhere"
        return f"{where}; wanted from {job or 'Prometheus'} ({metric.source.when or 'always there'})"
    if not metric.source.job:
        return ""
    seen = frozenset[str]().union(*(each.keys() for each in own))
    lost = metric.labels - seen - TARGET_LABELS
    return f"without the labels {', '.join(sorted(lost))}" if lost else ""
