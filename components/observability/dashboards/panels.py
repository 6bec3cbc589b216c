"""The few kinds of panels and variables that all dashboards are made of. Pure.

What a panel must have is an argument without a default here: title, description, unit, and a query. Grafana
gets the same JSON as the page without Grafana, so only what both can draw is used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus as prometheus_models

from components.observability.scrape_jobs import SPARK_DRIVER, SPARK_HISTORY

AnyPanel = timeseries.Panel | stat.Panel | table.Panel

COLUMNS: Final = 24
"""Width of Grafana's grid."""

DATASOURCE: Final = common_models.DataSourceRef(type_val="prometheus", uid="${datasource}")

DRIVERS: Final = f'job="{SPARK_DRIVER}", namespace=~"$namespace"'
"""Series of the chosen namespaces' drivers, of themselves and of their executors."""

HISTORY: Final = f'job="{SPARK_HISTORY}", namespace=~"$namespace"'
"""Series about the chosen namespaces' finished runs."""

MEASURED: Final = "30s"
"""How often everything is scraped; a finer step would draw the same point twice."""

EKS_ONLY: Final = "On EKS only: "
"""Beginning of the description of a panel whose metrics exist where Karpenter runs the nodes."""


@dataclass(frozen=True)
class Query:
    """One query of a panel.

    Args:
        expr: PromQL, with Grafana's variables.
        legend: text of a series, with `{{label}}`.
    """

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Thresholds:
    """Values from which a number turns yellow and red.

    Args:
        yellow: the first, in the panel's unit.
        red: the second, in the same.
    """

    yellow: float
    red: float


def lines(
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    width: int = 8,
    stacked: bool = False,
    maximum: float | None = None,
) -> AnyPanel:
    """Curves over time.

    Args:
        title: of the panel.
        description: what it shows, and what to do when it looks wrong.
        unit: Grafana's name of the unit, such as `s`, `bytes`, `percentunit`, `short`.
        queries: at least one.
        width: columns of 24.
        stacked: whether the curves add up to something.
        maximum: upper end of the axis, if it has one.
    """
    panel = timeseries.Panel().line_width(1.5).fill_opacity(25 if stacked else 8).show_points(_POINTS)
    panel = panel.legend(_legend()).tooltip(_tooltip()).min(0)
    if stacked:
        panel = panel.stacking(
            common_builders.StackingConfig().mode(common_models.StackingMode.NORMAL).group("A")
        )
    if maximum is not None:
        panel = panel.max(maximum)
    for ref, query in zip(_REFS, queries, strict=False):
        panel = panel.with_target(_query(query, ref).range())
    return panel.title(title).description(description).unit(unit).height(8).span(width).datasource(DATASOURCE)


def number(
    title: str, description: str, unit: str, query: Query, *, width: int = 4, limits: Thresholds | None = None
) -> AnyPanel:
    """One number of now, or one a series.

    Args:
        title: of the panel.
        description: what it shows, and what to do when it looks wrong.
        unit: Grafana's name of the unit.
        query: what is computed.
        width: columns of 24.
        limits: from where on it is yellow and red; without them it has no colour.
    """
    panel = stat.Panel().with_target(_query(query, "A").instant())
    panel = panel.color_mode(common_models.BigValueColorMode.VALUE).thresholds(_thresholds(limits))
    panel = panel.graph_mode(common_models.BigValueGraphMode.NONE)
    return panel.title(title).description(description).unit(unit).height(4).span(width).datasource(DATASOURCE)


def bars(
    title: str,
    description: str,
    unit: str,
    query: Query,
    *,
    width: int = 12,
    limits: Thresholds | None = None,
) -> AnyPanel:
    """A list of what is there now, the largest first, each with a bar.

    Args:
        title: of the panel.
        description: what it shows, and what to do when it looks wrong.
        unit: Grafana's name of the unit of the value.
        query: every series is a row, its labels are columns.
        width: columns of 24.
        limits: from where on a bar is yellow and red.
    """
    target = _query(query, "A").instant().format(prometheus_models.PromQueryFormat.TABLE)
    panel = table.Panel().with_target(target).thresholds(_thresholds(limits))
    bar = common_models.TableBarGaugeCellOptions(mode=common_models.BarGaugeDisplayMode.BASIC)
    panel = panel.override_by_name(
        "Value",
        [models.DynamicConfigValue(id_val="custom.cellOptions", value=bar)],
    )
    panel = panel.with_transformation(
        models.DataTransformerConfig(id_val="organize", options={"excludeByName": {"Time": True}})
    ).sort_by([common_builders.TableSortByFieldState().display_name("Value").desc(True)])
    return panel.title(title).description(description).unit(unit).height(8).span(width).datasource(DATASOURCE)


def made(
    uid: str,
    title: str,
    description: str,
    variables: Sequence[dashboard.QueryVariable],
    rows: Sequence[tuple[str, Sequence[AnyPanel]]],
) -> models.Dashboard:
    """Put a dashboard together.

    Args:
        uid: stands in its address; never changes.
        title: of the dashboard.
        description: whom it is for.
        variables: what a person can choose, beside the data source.
        rows: title and panels of each row.
    """
    built = dashboard.Dashboard(title).uid(uid).description(description).tags(["spark"]).readonly()
    built = built.refresh("30s").time("now-3h", "now").timezone("browser")
    built = built.tooltip(models.DashboardCursorSync.CROSSHAIR)
    built = built.with_variable(
        dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
    )
    for variable in variables:
        built = built.with_variable(variable)
    panel_id = 0
    for name, panels in rows:
        panel_id += 1
        built = built.with_row(dashboard.Row(name).id(panel_id))
        for panel in panels:
            panel_id += 1
            built = built.with_panel(panel.id(panel_id))
    return built.link(
        dashboard.DashboardLink("Spark")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags(["spark"])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
    ).build()


TENANTS: Final = 'namespace=~"$namespace", team!=""'
"""What figures of teams select: All is every namespace, and the canary, which runs every few minutes, is no
team's."""


def variable(name: str, label: str, values: str) -> dashboard.QueryVariable:
    """Something to choose, several at once or all.

    Args:
        name: as queries use it.
        label: as people read it.
        values: Grafana's `label_values(...)`.
    """
    chosen = dashboard.QueryVariable(name).label(label).query(values).datasource(DATASOURCE)
    chosen = chosen.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(_BY_NAME)
    # All includes what has no such label, as nodes and bytes have no team.
    everything = models.VariableOption(text="All", value="$__all", selected=True)
    return chosen.multi(True).include_all(True).all_value(".*").current(everything)


def tenant_variables() -> list[dashboard.QueryVariable]:
    """Team and namespace."""
    return [
        variable("team", "Team", "label_values(spark:namespace:team, team)"),
        variable("namespace", "Namespace", 'label_values(spark:namespace:team{team=~"$team"}, namespace)'),
    ]


def app_variable() -> dashboard.QueryVariable:
    """Applications whose pods were there in the time that is shown."""
    return variable("app", "Application", 'label_values(spark:pod:info{namespace=~"$namespace"}, app)')


def _query(query: Query, ref: str) -> prometheus.Dataquery:
    expr = re.sub(r"\s+", " ", query.expr).strip()
    made_query = prometheus.Dataquery().expr(expr).ref_id(ref).interval(MEASURED)
    return made_query.legend_format(query.legend) if query.legend else made_query


def _thresholds(limits: Thresholds | None) -> dashboard.ThresholdsConfig:
    steps = [models.Threshold(value=None, color="text" if limits is None else "green")]
    if limits is not None:
        steps.append(models.Threshold(value=limits.yellow, color="yellow"))
        steps.append(models.Threshold(value=limits.red, color="red"))
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _legend() -> common_builders.VizLegendOptions:
    legend = common_builders.VizLegendOptions().show_legend(True)
    return legend.display_mode(common_models.LegendDisplayMode.LIST).placement(
        common_models.LegendPlacement.BOTTOM
    )


def _tooltip() -> common_builders.VizTooltipOptions:
    tooltip = common_builders.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI)
    return tooltip.sort(common_models.SortOrder.DESCENDING)


_REFS: Final = "ABCDEFGH"
_BY_NAME: Final = models.VariableSort.ALPHABETICAL_ASC
_POINTS: Final = common_models.VisibilityMode.AUTO
