"""The commands that translate what people run on EMR."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spark_on_eks.console import console
from workspace.errors import ReportedError

Inputs = Annotated[
    list[Path],
    typer.Argument(
        help="Files or folders: job flows, steps, DAGs, Terraform, CloudFormation, state machines, runs "
        "of EMR on EKS or "
        "Serverless, shell scripts."
    ),
]
AnswersFile = Annotated[
    Path | None,
    typer.Option("--answers", help="What the inputs do not say: docs/emr-migration.md has its keys."),
]
Namespace = Annotated[str, typer.Option(help="The tenant's namespace in which the jobs will run.")]


def assess(
    inputs: Inputs,
    answers: AnswersFile = None,
    namespace: Namespace = "data-dev",
    html: Annotated[Path | None, typer.Option(help="Also write one page for the meeting.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also what goes without a loss.")] = False,
) -> None:
    """Say what moves, what changes and what is lost; write nothing."""
    from emr import command

    try:
        command.assess(
            console,
            inputs,
            command.read_answers(answers),
            namespace=namespace,
            as_json=as_json,
            html=html,
            everything=everything,
        )
    except command.InputError as error:
        raise ReportedError(str(error)) from error


def convert(
    inputs: Inputs,
    output: Annotated[Path, typer.Option(help="Folder for the applications and the report.")],
    answers: AnswersFile = None,
    namespace: Namespace = "data-dev",
    schedule: Annotated[str, typer.Option(help="Cron, to run them on a schedule.")] = "",
) -> None:
    """Write SparkApplications of all jobs that are not blocked, and the report."""
    from emr import command

    try:
        command.convert(
            console,
            inputs,
            command.read_answers(answers),
            namespace=namespace,
            output=output,
            schedule=schedule,
        )
    except command.InputError as error:
        raise ReportedError(str(error)) from error


def dag(
    source: Annotated[Path, typer.Argument(help="A DAG with tasks of EMR; it is read, and never run.")],
    output: Annotated[Path, typer.Option(help="Folder for the DAG and its applications.")],
    answers: AnswersFile = None,
    namespace: Namespace = "data-dev",
) -> None:
    """Write a DAG whose tasks are applications, in the place of one whose tasks are steps on EMR."""
    from emr import command

    try:
        command.dag(console, source, command.read_answers(answers), namespace=namespace, output=output)
    except command.InputError as error:
        raise ReportedError(str(error)) from error


def cost(
    inputs: Inputs,
    hours: Annotated[str, typer.Option(help="Hours a month that the executors run.")],
    runs: Annotated[str, typer.Option(help="Runs a month.")],
    stack: Annotated[str, typer.Option(help="Which Pulumi.<stack>.yaml to price.")] = "prod",
    prices_of: Annotated[str | None, typer.Option(help="Price as if the stack were in this region.")] = None,
    answers: AnswersFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say what the same work costs on EMR and here, and when to stay."""
    from costs import command as costs
    from emr import command
    from emr.report import cost as emr_cost
    from emr.translate.kit import translate

    try:
        results = translate(command.texts(inputs), command.read_answers(answers), namespace="data-dev")
        given = emr_cost.workload(results, hours=hours, runs=runs)
        costs.show(console, stack, workload="nightly", given=given, prices_of=prices_of, as_json=as_json)
    except (command.InputError, emr_cost.NoClusterError, *costs.PROBLEMS) as error:
        raise ReportedError(str(error)) from error
