"""Finds descriptions of EMR's work in Python: DAGs of Airflow, and programs that call boto3. Pure.

The text is parsed and never imported: what it says in literals is taken, what it computes is a hole.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from emr.model.job import Form, Reading, Source
from emr.model.ledger import End, Finding, Level
from emr.model.tree import Leaf, Node, below, leaves
from emr.readers import shapes, shell, steps
from emr.readers.literals import Scope, evaluate, scope_of

_CALLS: Final = {
    "run_job_flow": None,
    "add_job_flow_steps": None,
    "start_job_run": None,
    "create_job_template": None,
    "EmrCreateJobFlowOperator": "job_flow_overrides",
    "EmrAddStepsOperator": "steps",
    "EmrContainerOperator": None,
    "EmrServerlessStartJobOperator": None,
}
_APPLICATIONS: Final = {
    "EmrServerlessCreateApplicationOperator": "release_label",
    "create_application": "releaseLabel",
}
"""Function that makes an application of EMR Serverless -> its argument that is a label."""

"""Function -> the argument that describes the work; None where its arguments themselves do."""

_COMMANDS: Final = {"BashOperator": "bash_command", "SSHOperator": "command"}
_SUBMIT: Final = "SparkSubmitOperator"
_ARGUMENTS: Final = {
    "job_driver": "jobDriver",
    "configuration_overrides": "configurationOverrides",
    "release_label": "releaseLabel",
    "execution_role_arn": "executionRoleArn",
    "name": "name",
    "virtual_cluster_id": "virtualClusterId",
    "application_id": "applicationId",
}


_STARTS: Final = re.compile(r"[^\s#)\]}]")


def parsed(text: str) -> tuple[ast.Module, tuple[int, ...]]:
    """The text's tree, and the lines of statements that are no Python and were left out.

    Args:
        text: of a module.

    Raises:
        SyntaxError: none of its statements is Python.
    """
    try:
        return ast.parse(text), ()
    except SyntaxError:
        return _without_broken(text)


def _without_broken(text: str) -> tuple[ast.Module, tuple[int, ...]]:
    """Leave out the statements of a module that are none, so that those that are keep their lines."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if _STARTS.match(line)]
    broken: list[int] = []
    number = 0
    while number < len(starts):
        step = _whole(lines, starts, number)
        if step == 0:
            end = starts[number + 1] if number + 1 < len(starts) else len(lines)
            broken.append(starts[number] + 1)
            lines[starts[number] : end] = [""] * (end - starts[number])
        number += max(1, step)
    if len(broken) == len(starts):
        raise SyntaxError("no statement of it is Python", ("", broken[0] if broken else 1, 1, ""))
    return ast.parse("\n".join(lines)), tuple(broken)


def _whole(lines: list[str], starts: list[int], first: int) -> int:
    """How many pieces from one on are whole statements together; 0 for none."""
    for count in range(1, min(_MOST_PIECES, len(starts) - first) + 1):
        end = starts[first + count] if first + count < len(starts) else len(lines)
        try:
            ast.parse("\n".join(lines[starts[first] : end]))
        except SyntaxError:
            continue
        return count
    return 0


_MOST_PIECES: Final = 40
"""Lines without indentation that a text in triple quotes may have."""


def read(text: str) -> Reading:
    """Read a module.

    Args:
        text: of it.

    Raises:
        SyntaxError: it is no Python.
    """
    module, broken = parsed(text)
    reading = Reading(kind="Python")
    reading.findings += [
        Finding(
            at=f"{line}:1",
            level=Level.BY_HAND,
            code="NO_PYTHON",
            why="this statement is no Python 3, and was left out",
            todo="mend it: Airflow does not load the file",
        )
        for line in broken
    ]
    _Module(module, reading).walk()
    return reading


class _Module:
    """Collects what a module describes, each literal once.

    Args:
        module: its tree.
        reading: what is found.
    """

    def __init__(self, module: ast.Module, reading: Reading) -> None:
        self._module = module
        self._reading = reading
        self._scope: Scope = scope_of(module)
        self._taken: set[str] = set()
        self._schedule = schedule(module, self._scope)

    def walk(self) -> None:
        """Take in calls first, as they say what a literal is for, and then literals that no call names."""
        calls = sorted(
            (node for node in ast.walk(self._module) if isinstance(node, ast.Call)),
            key=lambda node: (node.lineno, node.col_offset),
        )
        for call in calls:
            self._call(call)
        for node in ast.walk(self._module):
            if isinstance(node, ast.Dict | ast.List) and _at(node) not in self._taken:
                self._literal(node)

    def _call(self, call: ast.Call) -> None:
        name = called(call)
        if name in _COMMANDS:
            self._command(call, _COMMANDS[name])
        elif name == _SUBMIT:
            self._submit(call)
        elif name in _APPLICATIONS:
            label = _arguments(call, self._scope).get(_APPLICATIONS[name])
            if isinstance(label, Leaf):
                self._reading.sources.append(Source(form=Form.SERVERLESS, tree={"releaseLabel": label}))
        elif name in _CALLS:
            tree = _arguments(call, self._scope)
            wanted = _CALLS[name]
            if wanted is not None:
                found = tree.get(wanted)
                if found is not None and not isinstance(found, Leaf):
                    self._take(found)
                elif isinstance(found, Leaf) and "\ue000" in found.text:
                    self._computed(found, wanted)
            elif name.endswith("Operator"):
                self._take(_of_operator(tree))
            else:
                self._take(tree)

    def _computed(self, found: Leaf, wanted: str) -> None:
        self._reading.findings.append(
            Finding(
                at=found.at,
                level=Level.BY_HAND,
                code="COMPUTED",
                why=f"{wanted} is computed when the DAG is loaded: its text does not say what it is",
                todo="give the file that it comes from to this command, or print the value and give that",
                value=found.text,
            )
        )

    def _command(self, call: ast.Call, argument: str) -> None:
        text = _arguments(call, self._scope).get(argument)
        if not isinstance(text, Leaf) or not any(word in text.text for word in ("spark-submit", "aws emr")):
            return
        inner = shell.read(text.text, at=text.at)
        self._reading.sources += inner.sources
        self._reading.findings += inner.findings
        self._reading.leaves += inner.leaves

    def _submit(self, call: ast.Call) -> None:
        """Airflow's SparkSubmitOperator: its arguments are options of spark-submit."""
        tree = _arguments(call, self._scope)
        words: list[Node] = [Leaf("spark-submit", _at(call))]
        for key, option in _SUBMIT_OPTIONS.items():
            if isinstance(value := tree.get(key), Leaf) and value.value is not None:
                words += [value.with_text(option, "option"), value]
        conf = tree.get("conf")
        for key, value in conf.items() if isinstance(conf, dict) else ():
            if isinstance(value, Leaf):
                words += [value.with_text("--conf", "option"), value.with_text(f"{key}={value.text}")]
        if isinstance(program := tree.get("application"), Leaf):
            words.append(program)
        arguments = tree.get("application_args")
        words += arguments if isinstance(arguments, list) else [arguments] if arguments is not None else []
        self._reading.sources.append(
            Source(form=Form.COMMAND, tree={"Command": words}, schedule=self._schedule)
        )

    def _literal(self, node: ast.Dict | ast.List) -> None:
        if isinstance(node, ast.Dict):
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            if not keys & _TELLING:
                return
        elif not node.elts or not isinstance(node.elts[0], ast.Dict):
            return
        tree = evaluate(node, self._scope)
        if isinstance(tree, list) and not steps.are_steps(tree):
            return
        self._take(tree)

    def _take(self, tree: Node) -> None:
        found = list(shapes.sources(tree))
        places = {leaf.at for leaf in leaves(tree)}
        if not found or places <= self._taken:
            return
        self._taken |= places | self._literal_places(places)
        self._reading.sources += [
            Source(form=each.form, tree=each.tree, schedule=self._schedule) for each in found
        ]

    def _literal_places(self, places: set[str]) -> set[str]:
        """Places of literals of which every leaf is taken: they are not looked at once more."""
        found = set()
        for node in ast.walk(self._module):
            if isinstance(node, ast.Dict | ast.List):
                constants = {_at(each) for each in ast.walk(node) if isinstance(each, ast.Constant)}
                keys = {
                    _at(key)
                    for each in ast.walk(node)
                    if isinstance(each, ast.Dict)
                    for key in each.keys
                    if key is not None
                }
                if constants - keys and constants - keys <= places:
                    found.add(_at(node))
        return found


_SUBMIT_OPTIONS: Final = {
    "name": "--name",
    "java_class": "--class",
    "jars": "--jars",
    "files": "--files",
    "py_files": "--py-files",
    "archives": "--archives",
    "packages": "--packages",
    "driver_memory": "--driver-memory",
    "executor_memory": "--executor-memory",
    "executor_cores": "--executor-cores",
    "num_executors": "--num-executors",
    "deploy_mode": "--deploy-mode",
    "properties_file": "--properties-file",
    "driver_class_path": "--driver-class-path",
}

_TELLING: Final = {
    "HadoopJarStep",
    "Instances",
    "ReleaseLabel",
    "sparkSubmitJobDriver",
    "sparkSubmit",
    "jobDriver",
    "Steps",
    "Config",
}
"""Keys of literals that are worth a look."""


def called(call: ast.Call) -> str:
    """Name of what is called, without what it belongs to."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _of_operator(tree: dict[str, Node]) -> dict[str, Node]:
    """A run, of the arguments of Airflow's operator; `config` has what its others have no name for."""
    found = {_ARGUMENTS[key]: part for key, part in tree.items() if key in _ARGUMENTS}
    if "job_retry_max_attempts" in tree:
        found["retryPolicyConfiguration"] = {"maxAttempts": tree["job_retry_max_attempts"]}
    config = tree.get("config")
    return {**config, **found} if isinstance(config, dict) else found


def _at(node: ast.expr) -> str:
    return f"{node.lineno}:{node.col_offset + 1}"


def _arguments(call: ast.Call, scope: Scope) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for key in call.keywords:
        value = evaluate(key.value, scope)
        if key.arg:
            found[key.arg] = value
        elif isinstance(value, dict):
            found.update(value)
    return found


def schedule(module: ast.Module, scope: Scope) -> str:
    """What a module's DAG says of its schedule; empty if it has none, several, or one that is computed.

    Args:
        module: its tree.
        scope: what its names mean.
    """
    return _one(_schedules(module, scope))


def _schedules(module: ast.Module, scope: Scope) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and called(node) in {"DAG", "dag"}:
            arguments = _arguments(node, scope)
            for key in ("schedule", "schedule_interval"):
                value = below(arguments, key)
                if isinstance(value, Leaf) and isinstance(value.value, str) and "\ue000" not in value.text:
                    yield value.text


def _one(found: Iterator[str]) -> str:
    values = set(found)
    return values.pop() if len(values) == 1 else ""


def around(reading: Reading) -> Finding:
    """What becomes of the rest of a module."""
    return Finding(
        at="1:1",
        level=Level.CHANGED,
        code="PYTHON",
        why=f"the code around {len(reading.sources)} description(s) is not looked at: it starts and "
        f"watches clusters",
        todo="`spark-on-eks emr dag` says what becomes of a DAG's tasks",
        end=End.DROPPED,
    )
