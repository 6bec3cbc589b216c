"""What a DAG of Airflow says of its tasks: retries, timeouts, rules, pools, XComs. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from emr.model.tree import Leaf, holes
from emr.readers.literals.calls import scope_of
from emr.readers.literals.names import expression
from emr.readers.literals.scopes import Scope, evaluate
from emr.readers.operators import called
from emr.readers.python import parsed

KEPT: Final = (
    "retries",
    "retry_delay",
    "execution_timeout",
    "trigger_rule",
    "pool",
    "priority_weight",
    "depends_on_past",
)
"""Arguments of a task that the tasks here should have as well."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task of a DAG.

    Args:
        name: its `task_id`; empty if that is computed.
        operator: its class.
        line: where it is made.
        kept: arguments of `KEPT`, as they stand in the text.
        pulls: uses of XComs in its arguments.
    """

    name: str
    operator: str
    line: int
    kept: tuple[tuple[str, str], ...]
    pulls: tuple[str, ...]

    @property
    def of_emr(self) -> bool:
        """Whether it is about EMR: nothing of it is left here."""
        return self.operator.startswith("Emr")


@dataclass(frozen=True, kw_only=True)
class Dag:
    """A DAG.

    Args:
        name: its `dag_id`; empty if that is computed.
        schedule: cron or a preset; empty if there is none, or it is computed.
        start: arguments of its start's `datetime(...)`; empty if it is another expression.
        catchup: whether it says that missed intervals are made up for.
        defaults: arguments of `KEPT` among its default arguments, as they stand in the text.
        tasks: its tasks, in the order of the text.
    """

    name: str
    schedule: str
    start: tuple[int, ...]
    catchup: bool
    defaults: tuple[tuple[str, str], ...]
    tasks: tuple[Task, ...]


def read(text: str) -> Dag:
    """Read a DAG.

    Args:
        text: of its module.

    Raises:
        SyntaxError: it is no Python.
    """
    module, _ = parsed(text)
    scope = scope_of(module)
    calls = sorted(
        (node for node in ast.walk(module) if isinstance(node, ast.Call)), key=lambda node: node.lineno
    )
    own = next((call for call in calls if called(call) in ("DAG", "dag")), None)
    scope = scope.of(scope.names.owner(own)) if own is not None else scope
    defaults = _default_arguments(own, scope)
    return Dag(
        name=_name(own, scope),
        schedule=_text(own, ("schedule", "schedule_interval"), scope),
        start=_start([own, *defaults], scope),
        catchup=_text(own, ("catchup",), scope) == "true",
        defaults=tuple(_kept(_pairs(defaults))),
        tasks=tuple(_task(call, scope.of(scope.names.owner(call))) for call in calls if _is_task(call)),
    )


def _is_task(call: ast.Call) -> bool:
    return called(call).endswith(("Operator", "Sensor")) and any(
        key.arg == "task_id" for key in call.keywords
    )


def _task(call: ast.Call, scope: Scope) -> Task:
    pairs = [(key.arg, key.value) for key in call.keywords if key.arg]
    pulls = [ast.unparse(value) for _, value in pairs if "xcom_pull" in ast.unparse(value)]
    return Task(
        name=_text(call, ("task_id",), scope),
        operator=called(call),
        line=call.lineno,
        kept=tuple(_kept(pairs)),
        pulls=tuple(pulls),
    )


def _kept(pairs: list[tuple[str, ast.expr]]) -> Iterator[tuple[str, str]]:
    for name, value in pairs:
        if name in KEPT:
            yield name, ast.unparse(value)


def _pairs(nodes: list[ast.expr]) -> list[tuple[str, ast.expr]]:
    found: list[tuple[str, ast.expr]] = []
    for node in nodes:
        if isinstance(node, ast.Dict):
            found += [
                (str(key.value), value)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            ]
        elif isinstance(node, ast.Call):
            found += [(key.arg, key.value) for key in node.keywords if key.arg]
    return found


def _default_arguments(own: ast.Call | None, scope: Scope) -> list[ast.expr]:
    for key in own.keywords if own else ():
        if key.arg == "default_args":
            return [expression(key.value, scope)]
    return []


def _name(own: ast.Call | None, scope: Scope) -> str:
    if own is None:
        return ""
    if own.args:
        found = evaluate(own.args[0], scope)
        return found.text if isinstance(found, Leaf) and not holes(found.text) else ""
    return _text(own, ("dag_id",), scope)


def _text(call: ast.Call | None, names: tuple[str, ...], scope: Scope) -> str:
    for key in call.keywords if call else ():
        if key.arg in names:
            found = evaluate(key.value, scope)
            if isinstance(found, Leaf) and not holes(found.text):
                return found.text
    return ""


def _start(nodes: list[ast.expr | None], scope: Scope) -> tuple[int, ...]:
    """Year, month, day and so on of `datetime(2021, 1, 1)`."""
    for name, value in _pairs([node for node in nodes if node is not None]):
        if name != "start_date":
            continue
        said = expression(value, scope)
        if isinstance(said, ast.Call) and called(said) == "datetime":
            numbers = [each.value for each in said.args if isinstance(each, ast.Constant)]
            if len(numbers) == len(said.args) >= 3 and all(isinstance(each, int) for each in numbers):
                return tuple(int(str(each)) for each in numbers[:5])
    return ()
