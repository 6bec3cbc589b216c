"""Steps in all their forms, as RunJobFlow writes them. Pure.

Forms: RunJobFlow and AddJobFlowSteps (`HadoopJarStep`), ListSteps and DescribeStep (`Config`), and the AWS
CLI's (`Type`, `Jar`, `Args`; awscli/customizations/emr/steputils.py of 1.46.2 says what each type becomes).
"""

from __future__ import annotations

from typing import Final

from emr.model.tree import Node, below, holes, leaf, words

RUNNER: Final = "command-runner.jar"

_PROGRAMS: Final = {
    "SPARK": "spark-submit",
    "HIVE": "hive-script",
    "PIG": "pig-script",
    "STREAMING": "hadoop-streaming",
    "IMPALA": "impala-script",
}
"""Type of the AWS CLI -> the program that command-runner.jar starts for it."""


def is_step(node: Node) -> bool:
    """Say whether a node is a step in any form."""
    if not isinstance(node, dict):
        return False
    if isinstance(below(node, "HadoopJarStep"), dict) or isinstance(below(node, "Config"), dict):
        return True
    if (computed := leaf(node, "HadoopJarStep")) is not None and holes(computed.text):
        return True
    return "Args" in node and ("Type" in node or "Jar" in node)


def are_steps(node: Node) -> bool:
    """Say whether a node is a list of steps."""
    return isinstance(node, list) and bool(node) and all(is_step(each) for each in node)


def canonical(step: Node) -> Node:
    """A step as RunJobFlow writes it; what is none stays as it is.

    Args:
        step: in any form.
    """
    if not isinstance(step, dict):
        return step
    if isinstance(config := below(step, "Config"), dict):
        rest = {key: part for key, part in step.items() if key != "Config"}
        return {**rest, "HadoopJarStep": {**config, "Args": list(words(below(config, "Args")))}}
    if isinstance(jar_step := below(step, "HadoopJarStep"), dict):
        if "StepProperties" in jar_step:
            jar_step = {**jar_step, "Properties": jar_step["StepProperties"]}
            del jar_step["StepProperties"]
        return {**step, "HadoopJarStep": {**jar_step, "Args": list(words(below(jar_step, "Args")))}}
    if (computed := leaf(step, "HadoopJarStep")) is not None:
        return {**step, "HadoopJarStep": {"Jar": computed.with_text(RUNNER, "jar"), "Args": [computed]}}
    return _of_command_line(step) if is_step(step) else step


def _of_command_line(step: dict[str, Node]) -> Node:
    kind = leaf(step, "Type")
    program = _PROGRAMS.get(kind.text.upper()) if kind else None
    given: list[Node] = list(words(step.get("Args")))
    inner: dict[str, Node] = {"Args": given}
    if program and kind:
        inner["Args"] = [kind.with_text(program), *given]
        inner["Jar"] = kind.with_text(RUNNER)
    for key in ("Jar", "MainClass", "Properties"):
        if key in step and key not in inner:
            inner[key] = step[key]
    rest = {key: part for key, part in step.items() if key not in {"Args", "Jar", "MainClass", "Properties"}}
    return {**rest, "HadoopJarStep": inner}
