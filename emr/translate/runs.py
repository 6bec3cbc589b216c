"""Reads runs of EMR on EKS and of EMR Serverless, and command lines: what they run, and on what. Pure."""

from __future__ import annotations

import re
from typing import Final

from emr.model.job import Cluster, Form, Job, Option, Property, Source, Submission
from emr.model.ledger import Finding, Ledger, Level
from emr.model.tree import Leaf, Node, below, hole, items, leaf, words
from emr.readers import spark_submit
from emr.translate import configurations, flow
from emr.translate.flow import Work

_PARAMETER: Final = r"\$\{(\w+)\}"


def read(source: Source, ledger: Ledger) -> Work:
    """Read one description.

    Args:
        source: of any form but a job flow.
        ledger: where the account is kept.
    """
    if source.form is Form.COMMAND:
        return _command(source, ledger)
    if source.form is Form.OPERATOR:
        return Work(cluster=Cluster(form=source.form))
    return _run(source, ledger)


def _command(source: Source, ledger: Ledger) -> Work:
    environment = below(source.tree, "Environment")
    variables = environment.items() if isinstance(environment, dict) else ()
    cluster = Cluster(
        form=Form.COMMAND,
        environment=tuple(
            Property(key=key, value=value, source="the command's own variable")
            for key, value in variables
            if isinstance(value, Leaf)
        ),
    )
    job = flow.command_job(source, "", "", ledger)
    if (stray := leaf(source.tree, "Stray")) is not None:
        submission = Submission(
            options=job.submission.options,
            program=job.submission.program,
            arguments=job.submission.arguments,
            wrong=f"{stray.text} stands on a line of its own behind it: a backslash is missing",
        )
        job = Job(name=job.name, at=job.at, submission=submission)
    return Work(cluster=cluster, jobs=[job], schedule=source.schedule)


def _run(source: Source, ledger: Ledger) -> Work:
    tree = _with_parameters(source.tree)
    overrides = [
        renamed_once(each)
        for each in [
            *items(tree, "runtimeConfiguration"),
            *items(tree, "configurationOverrides", "applicationConfiguration"),
        ]
    ]
    settings = configurations.read(overrides, ledger)
    label = leaf(tree, "releaseLabel")
    cluster = Cluster(
        form=source.form,
        label=label,
        properties=tuple(settings.properties),
        environment=tuple(settings.environment),
    )
    ledger.use(label)
    work = Work(cluster=cluster, glue=settings.glue, schedule=source.schedule)
    job = _job(source.form, tree, ledger)
    if job is not None:
        work.jobs.append(job)
    return work


def _with_parameters(tree: dict[str, Node]) -> dict[str, Node]:
    """Parameters of a job template as holes, filled in with what stands beside it."""
    given = below(tree, "jobTemplateParameters")
    values = (
        {key: each.text for key, each in given.items() if isinstance(each, Leaf)}
        if isinstance(given, dict)
        else {}
    )

    def fill(node: Node) -> Node:
        if isinstance(node, dict):
            return {key: fill(part) for key, part in node.items()}
        if isinstance(node, list):
            return [fill(part) for part in node]
        if not isinstance(node.value, str) or "${" not in node.value:
            return node
        return node.with_text(re.sub(_PARAMETER, lambda m: values.get(m[1], hole(m[1])), node.value))

    found = fill(tree)
    return found if isinstance(found, dict) else tree


def renamed_once(node: Node) -> Node:
    """A classification under RunJobFlow's names; its properties keep theirs.

    Args:
        node: a classification, or a part of one.
    """
    if not isinstance(node, dict):
        return node
    return {
        key[:1].upper() + key[1:]: ([renamed_once(each) for each in part] if isinstance(part, list) else part)
        for key, part in node.items()
    }


def _job(form: Form, tree: dict[str, Node], ledger: Ledger) -> Job | None:
    driver = below(tree, "jobDriver", "sparkSubmitJobDriver" if form is Form.EKS else "sparkSubmit")
    program = leaf(driver, "entryPoint")
    if not isinstance(driver, dict) or program is None:
        return None
    name = leaf(tree, "name")
    options, wrong = _options(leaf(driver, "sparkSubmitParameters"), ledger)
    arguments = tuple(words(driver.get("entryPointArguments")))
    ledger.use(program, name, *arguments)
    mode = leaf(tree, "mode")
    return Job(
        name=name.text if name else flow.called(program),
        at=program.at,
        submission=Submission(options=options, program=program, arguments=arguments, wrong=wrong),
        retries=_retries(tree),
        streaming=mode is not None and mode.text == "STREAMING",
    )


def _retries(tree: dict[str, Node]) -> int:
    """Further tries; EMR counts all of them."""
    for key in ("retryPolicyConfiguration", "retryPolicy"):
        most = leaf(tree, key, "maxAttempts")
        if most is not None and most.text.isdigit():
            return max(0, int(most.text) - 1)
    return 0


def _options(parameters: Leaf | None, ledger: Ledger) -> tuple[tuple[Option, ...], str]:
    """Options in one text; and what is wrong with it."""
    if parameters is None:
        return (), ""
    try:
        given = spark_submit.words_of(parameters)
    except ValueError as error:
        ledger.note(
            Finding(
                at=parameters.at,
                level=Level.BLOCKED,
                code="QUOTES",
                why=f"sparkSubmitParameters: {error}",
                todo="close the quote",
            )
        )
        return (), f"sparkSubmitParameters: {error}"
    ledger.use(parameters)
    found = spark_submit.parse(given)
    if found.program is not None:
        return found.options, f"{found.program.text} is no option, and the program has a field of its own"
    return found.options, "" if found.wrong == "no program" else found.wrong
