"""`python -m costs --stack prod`: what the platform costs a month, and a workload on it and on EMR."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from costs import estimate, figures, prices, report, shape, stack_file
from costs.workload import BadInputError, parse, read_yaml

ROOT = Path(__file__).parent.parent
WORKLOADS = Path(__file__).parent / "workloads"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Text = Annotated[str | None, typer.Option()]


@app.command(help=__doc__)
def main(
    stack: Annotated[str, typer.Option(help="Which Pulumi.<stack>.yaml to price.")] = "prod",
    workload: Annotated[
        str, typer.Option(help="A name in costs/workloads/, or a YAML file of your own.")
    ] = "nightly",
    executors: Text = None,
    executor_cpu: Text = None,
    executor_memory_gib: Text = None,
    hours: Annotated[str | None, typer.Option(help="Hours a month.")] = None,
    runs: Annotated[str | None, typer.Option(help="Runs a month.")] = None,
    spot_share: Annotated[str | None, typer.Option(help="Percent of the executors on spot.")] = None,
    instances: Annotated[str | None, typer.Option(help="Instance types, with commas.")] = None,
    run_time_ratio: Annotated[str | None, typer.Option(help="Run time here over that on EMR.")] = None,
    prices_of: Annotated[str | None, typer.Option(help="Price as if the stack were in this region.")] = None,
    show_prices: Annotated[bool, typer.Option("--prices", help="Show each price with its source.")] = False,
    show_figures: Annotated[bool, typer.Option("--figures", help="The articles' claims instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """See the module."""
    console = Console(highlight=False)
    given = {
        "executors": executors,
        "executorCpu": executor_cpu,
        "executorMemoryGiB": executor_memory_gib,
        "hours": hours,
        "runs": runs,
        "spotShare": spot_share,
        "instances": instances.split(",") if instances else None,
        "runTimeRatio": run_time_ratio,
    }
    if show_figures:
        report.show_figures(console, figures.all_figures(prices.load(prices_of or "us-east-1")))
        return
    platform = stack_file.read(stack, root=ROOT, today=_today())
    table = prices.load(prices_of or _priced(platform.region))
    described = parse(_description(workload, given), known_types=frozenset(table.instances))
    fixed = shape.fixed_cost(platform, table)
    comparison = estimate.compare(described, platform, fixed, table)
    if as_json:
        typer.echo(json.dumps(report.as_json(platform, fixed, comparison, table), indent=2))
        return
    _show(console, platform, fixed, comparison, table, with_prices=show_prices)


def _show(
    console: Console,
    platform: shape.PlatformShape,
    fixed: shape.FixedCost,
    comparison: estimate.Comparison,
    table: prices.PriceTable,
    *,
    with_prices: bool,
) -> None:
    if table.region != platform.region:
        console.print(
            f"[yellow]warning:[/yellow] prices of {platform.region} are not known here. Everything below is "
            f"priced as if the stack were in {table.region}; the bill will differ. Add the region's lines to "
            "costs/prices.yaml and costs/instances.yaml to know."
        )
    report.show_fixed(console, platform, fixed)
    console.print()
    report.show_comparison(console, comparison)
    lines = report.used(fixed, comparison, table)
    if with_prices:
        report.show_prices(console, lines)
    report.show_age(console, lines, _today())


def _priced(region: str) -> str:
    """The region itself if the table has it, else the one whose prices are shown in its place."""
    return region if region in prices.regions() else prices.FALLBACK


def _today() -> date:
    return datetime.now(UTC).date()


def _description(name: str, given: dict[str, Any]) -> object:
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


def run() -> None:
    """Run the command; what a person can act on is printed without a traceback."""
    try:
        app()
    except (BadInputError, prices.UnknownPriceError, stack_file.NotPricedError) as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    run()
