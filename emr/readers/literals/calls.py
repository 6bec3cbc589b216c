"""Calls of a module's own functions: what they give, and what they are given. Pure: nothing is run.

A function that nobody calls in the text, and a loop over what it does not say, run once with values that
nobody knows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from emr.model.tree import Node
from emr.readers.literals import expressions, names, rounds
from emr.readers.literals.bindings import LOOPS, Function, Names
from emr.readers.literals.scopes import Evaluator, Scope, evaluate, marked, place

_DEEPEST: Final = 4
"""Functions that call one another."""


def returned(name: str, call: ast.Call, scope: Scope) -> Node | None:
    """What a call of a module's own function gives; None if its text does not say.

    Args:
        name: of the function.
        call: the call.
        scope: where it stands.
    """
    found = scope.names.functions[name]
    if len(found) != 1 or isinstance(found[0], ast.AsyncFunctionDef):
        return None
    function = found[0]
    ends = [
        each
        for each in ast.walk(function)
        if isinstance(each, ast.Return | ast.Yield) and scope.names.owner(each) is function
    ]
    if len(ends) != 1 or not isinstance(ends[0], ast.Return) or ends[0].value is None:
        return None
    if scope.names.blocks(ends[0]):
        return None
    inner = entered(function, call, scope)
    return marked(evaluate(ends[0].value, inner.at(ends[0])), place(call))


def entered(function: Function, call: ast.Call, scope: Scope, *, method: bool = False) -> Scope:
    """Names of a function as a call gives them.

    Args:
        function: what is called.
        call: the call.
        scope: where it stands.
        method: whether its first parameter is the object.
    """
    parameters = [*function.args.posonlyargs, *function.args.args][1 if method else 0 :]
    given: dict[tuple[ast.AST, str], Node] = {}
    outer = replace(scope, owner=scope.names.owner(function), use=None, given={}, own={})
    for parameter, default in _defaults(function):
        given[function, parameter] = evaluate(default, outer)
    if not any(isinstance(each, ast.Starred) for each in call.args):
        for argument, value in zip(parameters, call.args, strict=False):
            given[function, argument.arg] = evaluate(value, scope)
    for key in call.keywords:
        value_of = evaluate(key.value, scope)
        if key.arg:
            given[function, key.arg] = value_of
        elif isinstance(value_of, dict):
            given |= {(function, name): part for name, part in value_of.items()}
        else:
            given = {}
    return replace(outer, owner=function, given=given)


def _defaults(function: Function) -> Iterator[tuple[str, ast.expr]]:
    given = function.args
    plain = [*given.posonlyargs, *given.args]
    for argument, default in zip(reversed(plain), reversed(given.defaults), strict=False):
        yield argument.arg, default
    for argument, of_key in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if of_key is not None:
            yield argument.arg, of_key


def scopes_at(node: ast.AST, scope: Scope, depth: int = 0) -> tuple[list[Scope], bool]:
    """A scope for each time that a piece of the text runs; and whether all of them are known.

    Args:
        node: the piece.
        scope: names of the module.
        depth: of calls that were followed to it.
    """
    owner = scope.names.owner(node)
    scopes, known = ([scope.of(None)], True) if owner is None else _callers(owner, scope, depth)
    around = list(scope.names.around(node))
    inside = around[: around.index(owner)] if owner is not None else around
    for each in reversed(inside):
        made: list[Scope] | None
        if isinstance(each, ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp):
            made = _in_comprehension(each, [one.at(node) for one in scopes])
        elif isinstance(each, LOOPS):
            made = rounds.of_loop(each, scopes) if isinstance(each, ast.For) else None
        else:
            continue
        known = known and made is not None
        scopes = made if made is not None else scopes
    return [replace(each, use=node) for each in scopes], known


def _in_comprehension(
    node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp, scopes: list[Scope]
) -> list[Scope] | None:
    made: list[Scope] = []
    for each in scopes:
        found = rounds.of_generators(node.generators, each)
        if found is None:
            return None
        made += found
    return made


def _callers(function: Function, scope: Scope, depth: int) -> tuple[list[Scope], bool]:
    """A scope of a function for each call of it; one with no values if there is none."""
    calls = scope.names.calls.get(function.name, [])
    unknown = [scope.of(function)]
    if not calls or depth > _DEEPEST or len(scope.names.functions[function.name]) > 1:
        return unknown, not calls
    method = _is_method(function, scope)
    found: list[Scope] = []
    known = True
    for call in calls:
        if scope.names.owner(call) is function:
            continue
        around, sure = scopes_at(call, scope, depth + 1)
        known = known and sure
        found += [entered(function, call, each, method=method) for each in around]
    unique: dict[str, Scope] = {}
    for made in found:
        unique.setdefault(repr(sorted(made.given.items(), key=lambda pair: pair[0][1])), made)
    scopes = list(unique.values())
    return (scopes, known) if 0 < len(scopes) <= rounds.MOST else (unknown, False)


def _is_method(function: Function, scope: Scope) -> bool:
    outer = next(iter(scope.names.around(function)), None)
    plain = any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in function.decorator_list)
    return isinstance(outer, ast.ClassDef) and not plain


def _called(node: ast.Call, scope: Scope) -> Node | None:
    function = node.func
    if isinstance(function, ast.Name) and function.id in scope.names.functions:
        return returned(function.id, node, scope)
    return expressions.called(node, scope)


_KINDS: Final[dict[type[ast.AST], Evaluator]] = {
    **expressions.KINDS,
    **rounds.KINDS,
    **names.KINDS,
    ast.Call: _called,
}


def scope_of(module: ast.Module) -> Scope:
    """Names of a module, as they are at its end.

    Args:
        module: the text's tree.
    """
    return Scope(names=Names(module), kinds=_KINDS)
