"""The commands that compare two outputs of the same job."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from spark_on_eks.console import console, problems

DIFFERENT = 1
NOT_COMPARABLE = 2
"""Exit statuses, as `diff` has them; 0 is equal."""


def shadow(
    left: Annotated[
        str, typer.Argument(help="The output that is right, such as EMR's: a path or s3a:// URL.")
    ],
    right: Annotated[str, typer.Argument(help="The output that is judged by it.")],
    format: Annotated[  # noqa: A002 - the option's name
        str | None,
        typer.Option(help="parquet, orc, csv, json or iceberg; told by the files' names if absent."),
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="Column that divides the rows, where no folders do.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="Column that differs between any two runs.")
    ] = None,
    approximate: Annotated[
        list[str] | None, typer.Option(help="Column whose last digits may differ, such as a mean.")
    ] = None,
    tolerance: Annotated[str, typer.Option(help="By how much sums and bounds of those may differ.")] = "0",
    header: Annotated[bool, typer.Option(help="Whether CSV files begin with their columns.")] = True,
    delimiter: Annotated[str, typer.Option(help="Of CSV.")] = ",",
    endpoint: Annotated[
        str | None,
        typer.Option(envvar="AWS_ENDPOINT_URL_S3", help="The S3 server's URL, where it is not AWS's."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs, with every difference.")] = False,
) -> None:
    """Compare two outputs by partition: exit status 0 equal, 1 different, 2 not comparable.

    A side may be a file that `shadow-fingerprint` wrote. Keys are those that the AWS SDKs find.
    """
    from emr.shadow import compare, report
    from emr.shadow.fingerprint import Options
    from emr.shadow.side import Reading, figures

    options = Options(tuple(by or ()), tuple(ignore or ()), tuple(approximate or ()))
    reading = Reading(format, header, delimiter)
    try:
        sides = [figures(place, options, reading, endpoint) for place in (left, right)]
        differences = compare.compare(sides[0], sides[1], _number(tolerance))
    except ValueError as error:
        problems.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(NOT_COMPARABLE) from error
    shown = report.document if as_json else report.text
    typer.echo(shown(sides[0], sides[1], differences), nl=False)
    raise typer.Exit(DIFFERENT if differences else 0)


def shadow_fingerprint(
    place: Annotated[str, typer.Argument(help="An output: a path or s3a:// URL.")],
    target: Annotated[Path, typer.Argument(help="The file that is written.")],
    format: Annotated[str | None, typer.Option(help="As of `shadow`.")] = None,  # noqa: A002
    by: Annotated[list[str] | None, typer.Option(help="As of `shadow`.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="As of `shadow`.")] = None,
    approximate: Annotated[list[str] | None, typer.Option(help="As of `shadow`.")] = None,
    header: Annotated[bool, typer.Option(help="As of `shadow`.")] = True,
    delimiter: Annotated[str, typer.Option(help="As of `shadow`.")] = ",",
    endpoint: Annotated[
        str | None, typer.Option(envvar="AWS_ENDPOINT_URL_S3", help="As of `shadow`.")
    ] = None,
) -> None:
    """Keep an output's figures in a file, to compare them where the output can't be read, or is gone."""
    from emr.shadow import fingerprint
    from emr.shadow.fingerprint import Options
    from emr.shadow.side import Reading, figures

    options = Options(tuple(by or ()), tuple(ignore or ()), tuple(approximate or ()))
    try:
        found = figures(place, options, Reading(format, header, delimiter), endpoint)
    except ValueError as error:
        problems.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(NOT_COMPARABLE) from error
    target.write_text(fingerprint.to_json(found))
    console.print(f"written: {target}: {found.rows:,} rows in {len(found.partitions):,} partitions")


def shadow_kit(
    target: Annotated[Path, typer.Argument(help="The file that is written; it ends in .zip.")],
) -> None:
    """Write what the Spark job jobs/shadow/shadow.py needs, for a job that compares large outputs."""
    from emr.shadow import bundle

    try:
        console.print(f"written: {bundle.write(target)}")
    except ValueError as error:
        problems.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(NOT_COMPARABLE) from error


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"--tolerance {text} is no number: write it as 0.01") from error
    if not number.is_finite() or number < 0:
        raise ValueError(f"--tolerance {text} is no tolerance: 0 or more, such as 0.01")
    return number
