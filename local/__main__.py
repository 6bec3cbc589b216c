"""The commands behind the Makefile."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console

from local.errors import LocalError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console(highlight=False)

StackName = Annotated[str, typer.Option("--stack", help="Which Pulumi.<stack>.yaml to apply.")]


@app.command()
def tools() -> None:
    """Build the tools that this machine lacks."""
    from local.toolchain import progress

    progress.ensure(console)


@app.command()
def doctor() -> None:
    """Every tool: version, where it came from, and what is wrong."""
    from local.toolchain import doctor as toolchain_doctor

    toolchain_doctor.show(console)


def main(run: Callable[[], object] = app) -> None:
    """Run a command; a problem that a person can act on is printed without a traceback."""
    try:
        run()
    except LocalError as error:
        console.print(f"[red]error:[/red] {error}", markup=True, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
