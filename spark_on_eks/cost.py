"""The command that prices a stack."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from spark_on_eks.console import console
from workspace.errors import ReportedError

Text = Annotated[str | None, typer.Option()]


def cost(
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
    """Say what a stack costs a month, and a workload on it, on EMR on EC2 and on EMR on EKS."""
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
    from costs import command

    try:
        command.show(
            console,
            stack,
            workload=workload,
            given=given,
            prices_of=prices_of,
            with_prices=show_prices,
            with_figures=show_figures,
            as_json=as_json,
        )
    except command.PROBLEMS as error:
        raise ReportedError(str(error)) from error


def refresh_prices(
    prices: Annotated[Path, typer.Option(help="Karpenter's zz_generated.pricing_aws.go.")],
    sizes: Annotated[Path, typer.Option(help="Karpenter's instance-types.md.")],
    spot: Annotated[Path, typer.Option(help="Data of AWS's Spot Instance Advisor.")],
    spot_date: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Day on which that was read.")],
    regions: Annotated[Path, typer.Option(help="ec2instances.info's instances.json.")],
    databases: Annotated[Path, typer.Option(help="ec2instances.info's rds-instances.json.")],
    regions_date: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Day of these two.")],
) -> None:
    """Write costs/instances.yaml again from five public files; nothing is downloaded."""
    from costs import refresh

    written = refresh.write(
        prices=prices,
        sizes_page=sizes,
        spot=spot,
        spot_date=spot_date.date(),
        regions=regions,
        databases=databases,
        regions_date=regions_date.date(),
    )
    console.print(f"written: {written.name}; `git diff` shows what changed")
