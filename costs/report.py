"""The report on the terminal: fixed cost, the workload in three places, the verdict, and the table's age."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from costs import verdict
from costs.estimate import EMR_ON_EKS_PRICES, Comparison
from costs.figures import Figure
from costs.idle import FixedCost
from costs.prices import Price, PriceTable, stale
from costs.shape import PlatformShape
from costs.verdict import money


def show_fixed(console: Console, shape: PlatformShape, fixed: FixedCost) -> None:
    """What the stack costs a month while nothing runs, line by line.

    Args:
        console: where it is printed.
        shape: what the stack has when no job runs.
        fixed: what that costs.
    """
    table = Table(title=f"Stack {shape.stack} in {shape.region}, idle: USD a month", title_justify="left")
    table.add_column("what")
    table.add_column("sum")
    table.add_column("USD", justify="right")
    for line in fixed.lines:
        table.add_row(line.what, line.arithmetic, money(line.month))
    for what in fixed.unknown:
        table.add_row(what, "no price in the table", "-")
    table.add_section()
    known = "fixed cost, without what has no price" if fixed.unknown else "fixed cost"
    table.add_row(known, "", money(fixed.month), style="bold")
    console.print(table)
    console.print("Paid by use, so not in that sum:")
    _bullets(console, fixed.by_use)


def show_comparison(console: Console, comparison: Comparison) -> None:
    """The workload in each place that has a price, and the verdict.

    Args:
        console: where it is printed.
        comparison: the same work in each place.
    """
    workload = comparison.workload
    table = Table(title=f"{workload.name}: USD a month", title_justify="left")
    table.add_column("")
    for estimate in comparison.estimates:
        table.add_column(estimate.name, justify="right")
    for label, amounts in _rows(comparison):
        table.add_row(label, *amounts)
    table.add_section()
    table.add_row("total", *(money(e.month) for e in comparison.estimates), style="bold")
    table.add_row("an hour of work", *(money(e.work / workload.hours) for e in comparison.estimates))
    if workload.terabytes:
        table.add_row("a TB, all in", *(money(e.month / workload.terabytes) for e in comparison.estimates))
    console.print(table)
    console.print(_described(comparison))
    for estimate in comparison.estimates:
        console.print(f"  {estimate.name}: {', '.join(map(str, estimate.nodes))}")
    console.print()
    first, *rest = verdict.sentences(comparison)
    console.print(first, style="bold")
    _bullets(console, rest)


def show_figures(console: Console, figures: Iterable[Figure]) -> None:
    """The articles' claims and what comes of them.

    Args:
        console: where it is printed.
        figures: claims with what was computed for each.
    """
    table = Table(title="What the articles say about cost, computed again", title_justify="left")
    for column in ("document", "claim", "sum"):
        table.add_column(column)
    table.add_column("result", justify="right")
    table.add_column("verdict")
    for figure in figures:
        table.add_row(
            figure.document,
            figure.claim,
            figure.arithmetic,
            f"{figure.value:,} {figure.unit}",
            figure.verdict,
        )
    console.print(table)


def show_prices(console: Console, lines: Sequence[Price]) -> None:
    """The lines of the table that a report used: price, unit, date and source of each.

    Args:
        console: where it is printed.
        lines: in the order of the report.
    """
    sources = list(dict.fromkeys(line.source for line in lines))
    table = Table(title="Prices used", title_justify="left")
    table.add_column("item", overflow="fold")
    table.add_column("price", justify="right")
    for column in ("unit", "region", "date"):
        table.add_column(column)
    table.add_column("source", justify="right")
    for line in lines:
        number = str(sources.index(line.source) + 1)
        table.add_row(line.item, str(line.amount), line.unit, line.region, line.date.isoformat(), number)
    console.print(table)
    for place, source in enumerate(sources, start=1):
        console.print(f"  {place}: {source}")
    _bullets(
        console, [f"{line.item} is not verified: {line.unverified}" for line in lines if line.unverified]
    )


def show_age(console: Console, lines: Sequence[Price], today: date) -> None:
    """Warn if lines that were used are old.

    Args:
        console: where it is printed.
        lines: those that a report used.
        today: the day that their age is counted to.
    """
    old = stale(lines, today)
    if old:
        oldest = old[0]
        console.print(
            f"[yellow]warning:[/yellow] {len(old)} of the {len(lines)} prices used are older than half a "
            f"year, the oldest of {oldest.date} ({oldest.item}); `--prices` shows them with their sources."
        )


def used(
    fixed: FixedCost, comparison: Comparison, table: PriceTable, *, extra: Iterable[str] = ()
) -> list[Price]:
    """The lines of the table behind a report, each once, in the table's order.

    Args:
        fixed: what the idle stack costs.
        comparison: the same work in each place.
        table: prices of both.
        extra: further items that the report names.
    """
    items = {line.price.item for line in fixed.lines}
    items |= {"ebs/gp3", "ebs/gp3-iops", "ebs/gp3-throughput", *extra}
    items |= {f"emr/{nodes.instance}" for nodes in comparison.emr.nodes}
    if comparison.on_eks:
        items |= set(EMR_ON_EKS_PRICES)
    for estimate in comparison.estimates:
        for nodes in estimate.nodes:
            items.add(f"ec2/{nodes.instance}")
            if nodes.spot:
                items.add(f"spot/{nodes.instance}")
    return [line for item, line in table.lines.items() if item in items]


def as_json(
    shape: PlatformShape, fixed: FixedCost, comparison: Comparison, table: PriceTable
) -> dict[str, Any]:
    """The report for programs: USD a month as strings with two decimals.

    Args:
        shape: what the stack has when no job runs.
        fixed: what that costs.
        comparison: the same work in each place.
        table: prices of both.
    """
    hours = comparison.break_even_hours
    rho = comparison.break_even_rho
    return {
        "stack": shape.stack,
        "region": shape.region,
        "pricesOf": table.region,
        "fixed": {line.what: _text(line.month) for line in fixed.lines},
        "fixedMonth": _text(fixed.month),
        "withoutPrice": list(fixed.unknown),
        "workload": comparison.workload.name,
        "places": {
            estimate.name: {
                "machines": _text(estimate.machines),
                "fee": _text(estimate.fee),
                "disks": _text(estimate.disks),
                "platform": _text(estimate.platform),
                "month": _text(estimate.month),
            }
            for estimate in comparison.estimates
        },
        "cheapest": comparison.cheapest.name,
        "stay": comparison.stay,
        "breakEvenHours": None if hours is None else f"{hours:.1f}",
        "breakEvenRunTimeRatio": None if rho is None else f"{rho:.2f}",
        "verdict": verdict.sentences(comparison),
    }


def _rows(comparison: Comparison) -> list[tuple[str, list[str]]]:
    return [
        ("hours that nodes are paid for", [f"{e.hours:.1f}" for e in comparison.estimates]),
        ("machines (EC2)", [money(e.machines) for e in comparison.estimates]),
        ("EMR's fee", [money(e.fee) for e in comparison.estimates]),
        ("their disks", [money(e.disks) for e in comparison.estimates]),
        ("platform, fixed", [money(e.platform) for e in comparison.estimates]),
    ]


def _described(comparison: Comparison) -> str:
    w = comparison.workload
    return (
        f"{w.executors} executors of {w.executor_cpu} CPU and {w.executor_memory_gib} GiB, "
        f"{w.spot_share:f} % on spot, {w.hours.normalize():f} hours in {w.runs.normalize():f} runs a month; "
        "all executors at once for the whole time."
    )


def _bullets(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(f"  - {line}")


def _text(amount: Decimal) -> str:
    return money(amount).replace(",", "")
