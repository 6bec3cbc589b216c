"""Finds descriptions of EMR's work in Python: DAGs of Airflow, and programs that call boto3. Pure.

The text is parsed and never imported: what it says in literals is taken, what it computes is a hole.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from emr.model.job import Form, Reading, Source
from emr.model.ledger import End, Finding, Level
from emr.model.tree import Leaf, Node, below, leaves
from emr.readers import operators, shapes, shell, steps
from emr.readers.literals.calls import scope_of, scopes_at
from emr.readers.literals.scopes import Scope, evaluate, marked

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
"""Function -> the argument that describes the work; None where its arguments themselves do."""

_APPLICATIONS: Final = {
    "EmrServerlessCreateApplicationOperator": "release_label",
    "create_application": "releaseLabel",
}
"""Function that makes an application of EMR Serverless -> its argument that is a label."""

_COMMANDS: Final = {"BashOperator": "bash_command", "SSHOperator": "command"}
_SUBMIT: Final = "SparkSubmitOperator"
_EXPAND: Final = "expand"
_T = TypeVar("_T", bound=ast.expr)
_STARTS: Final = re.compile(r"[^\s#)\]}]")


def parsed(text: str) -> tuple[ast.Module, tuple[int, ...]]:
    """The text's tree, and the lines of statements that are no Python and were left out.

    Args:
        text: of a module.

    Raises:
        SyntaxError: none of its statements is Python.
    """
    for whole in (text, _of_python_2(text)):
        try:
            return ast.parse(whole), ()
        except SyntaxError:
            continue
    return _without_broken(_of_python_2(text))


def _of_python_2(text: str) -> str:
    """A text of Python 2 with its prints and exceptions as Python 3 has them, on their lines."""
    text = re.sub(r"(?m)^(\s*)print[ \t]+(?![(=])(.*?)(,?)$", r"\1print(\2)", text)
    return re.sub(r"(?m)^(\s*except [\w., ()]+),\s*(\w+):", r"\1 as \2:", text)


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
    """What a module describes, each literal once.

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
            if _is_of_interest(call):
                self._each_round(call, self._call)
        for node in ast.walk(self._module):
            if isinstance(node, ast.Dict | ast.List) and _at(node) not in self._taken and _is_telling(node):
                self._each_round(node, self._literal)

    def _each_round(self, node: _T, take: Callable[[_T, Scope, str], None]) -> None:
        """Take in a piece of the text as often as it runs, each time with its own values."""
        scopes, known = scopes_at(node, self._scope)
        before = len(self._reading.sources)
        for number, scope in enumerate(scopes, start=1):
            take(node, scope, str(number) if len(scopes) > 1 else "")
        if len(self._reading.sources) > before:
            if not known:
                self._reading.findings.append(_in_a_loop(_at(node)))
            if any(isinstance(each, ast.If) for each in self._scope.names.blocks(node)):
                self._reading.findings.append(_in_a_branch(_at(node)))

    def _call(self, call: ast.Call, scope: Scope, mark: str) -> None:
        name = operators.called(call)
        if name == _EXPAND:
            self._expanded(call, scope, mark)
        elif name in _COMMANDS:
            self._command(operators.arguments(call, scope).get(_COMMANDS[name]), mark)
        elif name == _SUBMIT:
            self._submit(call, operators.arguments(call, scope), mark)
        elif name in _APPLICATIONS:
            label = operators.arguments(call, scope).get(_APPLICATIONS[name])
            if isinstance(label, Leaf):
                self._reading.sources.append(Source(form=Form.SERVERLESS, tree={"releaseLabel": label}))
        elif name in _CALLS:
            self._described(name, operators.arguments(call, scope), mark)

    def _expanded(self, call: ast.Call, scope: Scope, mark: str) -> None:
        """Dynamic tasks of Airflow: `Operator.partial(...).expand(steps=[...])`."""
        inner = operators.partial(call)
        if inner is None:
            return
        name, shared = inner[0], operators.arguments(inner[1], scope)
        for key, part in operators.arguments(call, scope).items():
            for number, each in enumerate(part if isinstance(part, list) else [part], start=1):
                own = f"{mark}.{number}" if mark else str(number)
                if name == _SUBMIT:
                    self._submit(call, {**shared, key: each}, own)
                else:
                    self._described(name, {**shared, key: each}, own)

    def _described(self, name: str, tree: dict[str, Node], mark: str) -> None:
        """What the arguments of a call describe."""
        tree = operators.with_parameters(tree)
        wanted = _CALLS[name]
        if wanted is not None:
            found = tree.get(wanted)
            if found is not None and not isinstance(found, Leaf):
                self._take(found, mark)
            elif isinstance(found, Leaf) and "\ue000" in found.text:
                self._computed(found, wanted)
        elif name.endswith("Operator"):
            self._take(operators.run(tree), mark)
        else:
            handed = tree.get("Steps")
            if isinstance(handed, Leaf) and "\ue000" in handed.text:
                self._computed(handed, "Steps")
            self._take(tree, mark)

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

    def _command(self, text: Node | None, mark: str) -> None:
        if not isinstance(text, Leaf) or not any(word in text.text for word in ("spark-submit", "aws emr")):
            return
        inner = shell.read(text.text, at=f"{text.at}#{mark}" if mark else text.at)
        self._reading.sources += inner.sources
        self._reading.findings += inner.findings
        self._reading.leaves += inner.leaves

    def _submit(self, call: ast.Call, tree: dict[str, Node], mark: str) -> None:
        """Airflow's SparkSubmitOperator: its arguments are options of spark-submit."""
        words = operators.submission(tree, _at(call))
        self._reading.sources.append(
            Source(
                form=Form.COMMAND,
                tree={"Command": [marked(each, mark) for each in words] if mark else words},
                schedule=self._schedule,
            )
        )

    def _literal(self, node: ast.Dict | ast.List, scope: Scope, mark: str) -> None:
        tree = evaluate(node, scope)
        if isinstance(tree, list) and not steps.are_steps(tree):
            return
        self._take(tree, mark)

    def _take(self, tree: Node, mark: str) -> None:
        tree = marked(tree, mark) if mark else tree
        found = list(shapes.sources(tree))
        places = {leaf.at for leaf in leaves(tree)}
        if not found or places <= self._taken:
            return
        self._taken |= places | self._literal_places({each.partition("#")[0] for each in places})
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


def _in_a_loop(at: str) -> Finding:
    return Finding(
        at=at,
        level=Level.BY_HAND,
        code="IN_A_LOOP",
        why="a loop goes over what the text does not say, or a function is called from where it can't be "
        "followed: this is read once",
        todo="see how often it runs, and with what; give those jobs as JSON to this command",
    )


def _in_a_branch(at: str) -> Finding:
    return Finding(
        at=at,
        level=Level.BY_HAND,
        code="IN_A_BRANCH",
        why="this runs only if a condition holds",
        todo="decide when it has to run",
    )


def _is_telling(node: ast.Dict | ast.List) -> bool:
    """Whether a literal is worth a look."""
    if isinstance(node, ast.Dict):
        return bool({key.value for key in node.keys if isinstance(key, ast.Constant)} & _TELLING)
    return bool(node.elts) and isinstance(node.elts[0], ast.Dict)


def _is_of_interest(call: ast.Call) -> bool:
    name = operators.called(call)
    if name == _EXPAND:
        inner = operators.partial(call)
        return inner is not None and (inner[0] == _SUBMIT or inner[0] in _CALLS)
    return name == _SUBMIT or name in _COMMANDS or name in _APPLICATIONS or name in _CALLS


def _at(node: ast.expr) -> str:
    return f"{node.lineno}:{node.col_offset + 1}"


def schedule(module: ast.Module, scope: Scope) -> str:
    """What a module's DAG says of its schedule; empty if it has none, several, or one that is computed.

    Args:
        module: its tree.
        scope: what its names mean.
    """
    return _one(_schedules(module, scope))


def _schedules(module: ast.Module, scope: Scope) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and operators.called(node) in {"DAG", "dag"}:
            arguments = operators.arguments(node, scope)
            for key in ("schedule", "schedule_interval"):
                value = below(arguments, key)
                if isinstance(value, Leaf) and isinstance(value.value, str) and "\ue000" not in value.text:
                    yield value.text


def _one(found: Iterator[str]) -> str:
    values = set(found)
    return values.pop() if len(values) == 1 else ""


def around(reading: Reading) -> Finding:
    """What becomes of the rest of a module.

    Args:
        reading: what was found in the module.
    """
    return Finding(
        at="1:1",
        level=Level.CHANGED,
        code="PYTHON",
        why=f"the code around {len(reading.sources)} description(s) is not looked at: it starts and "
        f"watches clusters",
        todo="`spark-on-eks emr dag` says what becomes of a DAG's tasks",
        end=End.DROPPED,
    )
