"""Names of a module of Python: where each is bound, and where what it means is changed. Pure.

Nothing is evaluated here: see `emr.readers.literals`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Owner: TypeAlias = "Function | None"
"""Whose names they are: a function's; None for the module's."""

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)
_BRANCHES: Final = (*LOOPS, ast.If, ast.ExceptHandler, ast.Match)
_CHANGING: Final = frozenset(
    (
        *("append", "extend", "insert", "update", "setdefault"),
        *("pop", "popitem", "remove", "clear", "sort", "reverse"),
    )
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Binding:
    """Where a name gets a value.

    Args:
        node: the statement, loop or function.
        value: its expression; None if it is no plain assignment.
        given: whether a loop or a caller gives the value.
    """

    node: ast.AST
    value: ast.expr | None = None
    given: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Change:
    """Where the list or mapping that a name means is changed.

    Args:
        node: the statement or call.
        method: name of the method; `=` for an element that is set, `+=` for what is added.
        keys: on the way to the element that is set.
        values: what is handed in.
        named: what is handed in by name.
    """

    node: ast.AST
    method: str
    keys: tuple[ast.expr, ...] = ()
    values: tuple[ast.expr, ...] = ()
    named: tuple[ast.keyword, ...] = ()


def position(node: ast.AST) -> tuple[int, int]:
    """Line and column of a node.

    Args:
        node: of a Python module.
    """
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


class Names:
    """All names of a module.

    Args:
        module: its tree.
    """

    def __init__(self, module: ast.Module) -> None:
        self.left = MOST_STEPS
        self._parents = {child: node for node in ast.walk(module) for child in ast.iter_child_nodes(node)}
        self.bound: dict[Owner, dict[str, list[Binding]]] = {None: {}}
        self.changes: dict[tuple[Owner, str], list[Change]] = {}
        self.attributes: dict[str, list[Binding]] = {}
        self.functions: dict[str, list[Function]] = {}
        self.calls: dict[str, list[ast.Call]] = {}
        nodes = sorted(ast.walk(module), key=position)
        for node in nodes:
            self._collect(node)
        for node in nodes:
            self._collect_change(node)

    def owner(self, node: ast.AST) -> Owner:
        """The function that a node stands in.

        Args:
            node: of the module.
        """
        return next((each for each in self.around(node) if isinstance(each, _FUNCTIONS)), None)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, from the inside.

        Args:
            node: of the module.
        """
        while (found := self._parents.get(node)) is not None:
            yield found
            node = found

    def blocks(self, node: ast.AST) -> tuple[ast.AST, ...]:
        """Branches and loops around a node in its function, from the outside.

        Args:
            node: of the module.
        """
        found: list[ast.AST] = []
        inner = node
        for each in self.around(node):
            if isinstance(each, _FUNCTIONS):
                break
            if isinstance(each, _BRANCHES) and not _always(each) and inner is not getattr(each, "iter", None):
                found.append(each)
            inner = each
        return tuple(reversed(found))

    def _collect(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, Binding(node=node, value=node.value))
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._bind(node.target, Binding(node=node, value=node.value))
        elif isinstance(node, ast.For | ast.AsyncFor):
            for each in ast.walk(node.target):
                if isinstance(each, ast.Name):
                    self._bound(self.owner(node), each.id).append(Binding(node=node, given=True))
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._bind(node.optional_vars, Binding(node=node.context_expr))
        elif isinstance(node, _FUNCTIONS):
            self._enter(node)
        elif isinstance(node, ast.Call):
            self._call(node)

    def _call(self, node: ast.Call) -> None:
        self.calls.setdefault(_called(node), []).append(node)
        if (handed := _handed(node)) is not None:
            self._parents[handed] = node
            self.calls.setdefault(_called(handed), []).append(handed)

    def _enter(self, node: Function) -> None:
        self.functions.setdefault(node.name, []).append(node)
        self.bound.setdefault(node, {})
        for argument in _parameters(node):
            self._bound(node, argument.arg).append(Binding(node=node, given=True))

    def _bound(self, owner: Owner, name: str) -> list[Binding]:
        return self.bound.setdefault(owner, {}).setdefault(name, [])

    def _bind(self, target: ast.AST, binding: Binding) -> None:
        if isinstance(target, ast.Name):
            outer = next(self.around(binding.node), None)
            if isinstance(outer, ast.ClassDef):
                self.attributes.setdefault(f"{outer.name}.{target.id}", []).append(binding)
                self.attributes.setdefault(f"self.{target.id}", []).append(binding)
            else:
                self._bound(self.owner(binding.node), target.id).append(binding)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            self.attributes.setdefault(f"{target.value.id}.{target.attr}", []).append(binding)
        elif isinstance(target, ast.Tuple | ast.List):
            given = binding.value.elts if isinstance(binding.value, ast.Tuple | ast.List) else []
            paired = len(given) == len(target.elts)
            for number, each in enumerate(target.elts):
                self._bind(each, Binding(node=binding.node, value=given[number] if paired else None))

    def _collect_change(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript):
                    self._change(target, node, "=", (node.value,))
        elif isinstance(node, ast.AugAssign):
            self._change(node.target, node, "+=" if isinstance(node.op, ast.Add) else "?", (node.value,))
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self._change(target, node, "del", ())
        elif isinstance(node, ast.Call) and (whole := _changed(node)) is not None:
            self._change(whole, node, _called(node), tuple(node.args), tuple(node.keywords))

    def _change(
        self,
        target: ast.expr,
        node: ast.AST,
        method: str,
        values: tuple[ast.expr, ...],
        named: tuple[ast.keyword, ...] = (),
    ) -> None:
        keys: list[ast.expr] = []
        while isinstance(target, ast.Subscript):
            keys.insert(0, target.slice)
            target = target.value
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            # What becomes of an object's own list depends on who calls whom: nobody follows that here.
            self.attributes.setdefault(f"{target.value.id}.{target.attr}", []).append(Binding(node=node))
            return
        if not isinstance(target, ast.Name):
            return
        owner = self.home(target.id, self.owner(node))
        change = Change(node=node, method=method, keys=tuple(keys), values=values, named=named)
        self.changes.setdefault((owner, target.id), []).append(change)

    def home(self, name: str, owner: Owner) -> Owner:
        """The function whose name it is, seen from another; None for the module's.

        Args:
            name: as it is written.
            owner: the function that it is used in; None for the module.
        """
        while owner is not None and name not in self.bound.get(owner, {}):
            owner = self.owner(owner)
        return owner


MOST_STEPS: Final = 60_000
"""Expressions of a module that are evaluated: a text that needs more is not one that a person wrote."""


def _always(node: ast.AST) -> bool:
    """Whether a branch is taken whenever the file is run."""
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _handed(node: ast.Call) -> ast.Call | None:
    """The call that Airflow makes of a function that it is handed (PythonOperator); None for no such."""
    named = {key.arg: key.value for key in node.keywords}
    function, given, by_name = named.get("python_callable"), named.get("op_args"), named.get("op_kwargs")
    if not isinstance(function, ast.Name):
        return None
    words: list[ast.expr] = [] if given is None else [ast.Starred(value=given)]
    if isinstance(given, ast.List | ast.Tuple):
        words = list(given.elts)
    keywords = [] if by_name is None else [ast.keyword(arg=None, value=by_name)]
    return ast.copy_location(ast.Call(func=function, args=words, keywords=keywords), node)


def _parameters(node: Function) -> list[ast.arg]:
    given = node.args
    rest = [each for each in (given.vararg, given.kwarg) if each is not None]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *rest]


def _changed(node: ast.Call) -> ast.expr | None:
    """What a call changes; None if it is none that does."""
    function = node.func
    return function.value if isinstance(function, ast.Attribute) and function.attr in _CHANGING else None


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""
