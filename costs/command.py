"""Answers what a stack costs a month, and a workload on it, on EMR on EC2 and on EMR on EKS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from costs import estimate, figures, idle, prices, report, shape, stack_file
from costs.workload import BadInputError, parse, read_yaml

ROOT: Final = Path(__file__).parent.parent
WORKLOADS: Final = Path(__file__).parent / "workloads"

REFERENCE: Final = "us-east-1"
"""The region that the articles priced, and of which the table has most."""

PROBLEMS: Final = (BadInputError, prices.UnknownPriceError, stack_file.NotPricedError)
"""What a person can act on."""


def show(
    console: Console,
    stack: str,
    *,
    workload: str,
    given: Mapping[str, Any],
    prices_of: str | None = None,
    with_prices: bool = False,
    with_figures: bool = False,
    as_json: bool = False,
) -> None:
    """Print the answer.

    Args:
        console: where to.
        stack: which Pulumi.<stack>.yaml to price.
        workload: a name in costs/workloads/, or a YAML file.
        given: what replaces the workload's own values; None leaves one as it is.
        prices_of: region to price as if the stack were there; None for its own.
        with_prices: whether to show each price with its source.
        with_figures: whether to show the articles' figures instead.
        as_json: whether a program reads it.

    Raises:
        BadInputError: the workload is wrong; all of it at once.
        UnknownPriceError: the table has no such price.
        NotPricedError: the stack is not on AWS, or there is none of that name.
    """
    if with_figures:
        report.show_figures(console, figures.all_figures(prices.load(prices_of or REFERENCE)))
        return
    platform = stack_file.read(stack, root=ROOT, today=_today())
    table = prices.load(prices_of or _priced(platform))
    described = parse(_description(workload, given), known_types=table.priced)
    fixed = idle.fixed_cost(platform, table)
    comparison = estimate.compare(described, platform, fixed, table)
    if as_json:
        console.print_json(json.dumps(report.as_json(platform, fixed, comparison, table)))
        return
    _show(console, platform, fixed, comparison, table, with_prices=with_prices)


def _show(
    console: Console,
    platform: shape.PlatformShape,
    fixed: idle.FixedCost,
    comparison: estimate.Comparison,
    table: prices.PriceTable,
    *,
    with_prices: bool,
) -> None:
    if table.region != platform.region:
        console.print(
            f"[yellow]warning:[/yellow] everything below is priced as if the stack were in {table.region}, "
            f"and it is in {platform.region}: the bill will differ."
        )
    report.show_fixed(console, platform, fixed)
    console.print()
    report.show_comparison(console, comparison)
    lines = report.used(fixed, comparison, table)
    if with_prices:
        report.show_prices(console, lines)
    report.show_age(console, lines, _today())


def _priced(platform: shape.PlatformShape) -> str:
    """The stack's region, if the table has it; another region's bill is for who asks for it."""
    known = prices.regions()
    if platform.region in known:
        return platform.region
    raise stack_file.NotPricedError(
        f"stack {platform.stack} is in {platform.region}, and the table has prices of "
        f"{', '.join(sorted(known))} alone. To see what the same stack would cost there, run `make cost "
        f"STACK={platform.stack} PRICES_OF={REFERENCE}`. To price {platform.region}, add its lines to "
        "costs/prices.yaml and costs/instances.yaml, each with its source and date"
    )


def _today() -> date:
    return datetime.now(UTC).date()


def _description(name: str, given: Mapping[str, Any]) -> object:
    """The workload file, with the command line's values over it.

    Raises:
        BadInputError: there is no such file, or it is not YAML.
    """
    path = WORKLOADS / f"{name}.yaml" if (WORKLOADS / f"{name}.yaml").is_file() else Path(name)
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in WORKLOADS.glob("*.yaml")))
        raise BadInputError([f"there is no workload {name}: name one of {known}, or a file"])
    document = read_yaml(path.read_text())
    if not isinstance(document, dict):
        return document
    return {**document, **{key: value for key, value in given.items() if value is not None}}
