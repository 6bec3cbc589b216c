"""How every command speaks to people: one console, and problems without a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

from rich.console import Console
from rich.markup import escape

from workspace.errors import LocalError

PIPED_WIDTH: Final = 120
"""Characters of a line where no terminal says how wide it is; Rich takes 80, and cuts tables to pieces."""

console: Final = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def run(command: Callable[[], object]) -> None:
    """Run a command; a problem that a person can act on is printed without a traceback.

    Args:
        command: what to run.

    Raises:
        SystemExit: with 1, after such a problem.
    """
    try:
        command()
    except LocalError as error:
        console.print(f"[red]error:[/red] {escape(str(error))}", markup=True, soft_wrap=True)
        sys.exit(1)
