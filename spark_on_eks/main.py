"""All commands, and how a problem is told."""

from __future__ import annotations

import sys
from typing import Final

import typer
from rich.markup import escape

from spark_on_eks import aws, cost, emr, files, images, machine, platform
from spark_on_eks.console import problems
from workspace.errors import ReportedError

app: Final = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Spark on EKS: the platform on this machine, and what a stack on AWS needs from here.",
)

PLATFORM: Final = "The platform on this machine, or on the cluster that KUBECONFIG names"
AWS: Final = "Stacks on AWS"
FROM_EMR: Final = "From EMR"
CHECKOUT: Final = "This machine and this checkout"

for name, command, panel in (
    ("up", platform.up, PLATFORM),
    ("preview", platform.preview, PLATFORM),
    ("status", platform.status, PLATFORM),
    ("password", platform.password, PLATFORM),
    ("metrics-cost", platform.metrics_cost, PLATFORM),
    ("memory", platform.memory, PLATFORM),
    ("bench", platform.bench, PLATFORM),
    ("down", platform.down, PLATFORM),
    ("cost", cost.cost, AWS),
    ("refresh-prices", cost.refresh_prices, AWS),
    ("rights", aws.rights, AWS),
    ("leftovers", aws.leftovers, AWS),
    ("rehearse", aws.rehearse, AWS),
    ("doctor", machine.doctor, CHECKOUT),
    ("tools", machine.tools, CHECKOUT),
    ("test", machine.run_tests, CHECKOUT),
    ("generated", files.generated, CHECKOUT),
    ("drawing", files.draw, CHECKOUT),
):
    app.command(name, rich_help_panel=panel)(command)
app.add_typer(emr.app, name="emr", rich_help_panel=FROM_EMR)
app.add_typer(images.app, name="images", rich_help_panel=CHECKOUT)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; a problem that a person can act on is printed without a traceback.

    Args:
        arguments: the command line without the program's name; None for this process's own.

    Raises:
        SystemExit: always; with 1 after such a problem, with 2 when the command line itself is wrong.
    """
    try:
        app(arguments)
    except ReportedError as error:
        problems.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)
