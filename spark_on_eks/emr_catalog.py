"""The command that says what becomes of a catalog's tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workspace.errors import ReportedError


def catalog(
    exports: Annotated[
        list[Path],
        typer.Argument(help="What `aws glue get-tables --database-name NAME` printed; a file each."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say what each table of a Glue Data Catalog is, what to do with it, and in which order."""
    from emr.catalog import command

    try:
        typer.echo(command.show(exports, as_json=as_json), nl=False)
    except ValueError as error:
        raise ReportedError(str(error)) from error
