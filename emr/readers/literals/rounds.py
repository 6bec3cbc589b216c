"""Rounds of loops and comprehensions over what stands in the text. Pure: nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from emr.model.tree import Leaf, Node, holes
from emr.readers.literals.scopes import REST, Evaluator, Scope, evaluate, marked, place

MOST: Final = 200
"""Rounds of a loop, and calls of a function, that are followed."""


def of_generators(generators: Sequence[ast.comprehension], scope: Scope) -> list[Scope] | None:
    """A scope for each round of a comprehension; None if the text does not say them.

    Args:
        generators: its `for` parts.
        scope: where it stands.
    """
    scopes = [scope]
    for each in generators:
        if each.ifs or each.is_async:
            return None
        made: list[Scope] = []
        for outer in scopes:
            elements = _elements(each.iter, outer)
            if elements is None:
                return None
            for element in elements:
                values = _unpacked(each.target, element)
                if values is None:
                    return None
                made.append(replace(outer, own={**outer.own, **values}))
        scopes = made
        if len(scopes) > MOST:
            return None
    return scopes


def of_loop(loop: ast.For, scopes: Sequence[Scope]) -> list[Scope] | None:
    """A scope for each round of a loop; None if the text does not say them.

    Args:
        loop: the loop.
        scopes: in which it is entered.
    """
    if _left_early(loop):
        return None
    made: list[Scope] = []
    for outer in scopes:
        elements = _elements(loop.iter, outer.at(loop))
        if elements is None:
            return None
        for element in elements:
            values = _unpacked(loop.target, element)
            if values is None:
                return None
            given: dict[tuple[ast.AST, str], Node] = {(loop, key): part for key, part in values.items()}
            made.append(replace(outer, given={**outer.given, **given}))
    return made if len(made) <= MOST else None


def _left_early(loop: ast.For) -> bool:
    return any(isinstance(each, ast.Break | ast.Continue) for each in ast.walk(loop))


def _elements(node: ast.expr, scope: Scope) -> list[Node] | None:
    """What a loop goes over; None if the text does not say it."""
    if isinstance(node, ast.Call) and (made := _of_call(node, scope)) is not None:
        return made
    value = evaluate(node, scope)
    if isinstance(value, dict):
        return [Leaf(key, place(node)) for key in value] if REST not in value else None
    if not isinstance(value, list) or any(_open(each) for each in value):
        return None
    return value


def _open(node: Node) -> bool:
    """Whether an element may stand for several."""
    return isinstance(node, Leaf) and bool(holes(node.text))


def _of_call(node: ast.Call, scope: Scope) -> list[Node] | None:
    if isinstance(node.func, ast.Attribute) and not node.args:
        return _of_mapping(node.func, scope)
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name == "range":
        return _range(node, scope)
    if name in {"enumerate", "zip"}:
        lists = [_elements(each, scope) for each in node.args]
        known = [each for each in lists if each is not None]
        if len(known) < len(lists) or not known or node.keywords:
            return None
        if name == "enumerate":
            return [[Leaf(number, place(node)), each] for number, each in enumerate(known[0])]
        return [list(each) for each in zip(*known, strict=False)]
    if name in {"list", "tuple"} and len(node.args) == 1:
        return _elements(node.args[0], scope)
    return None


def _of_mapping(function: ast.Attribute, scope: Scope) -> list[Node] | None:
    if function.attr not in {"items", "keys", "values"}:
        return None
    value = evaluate(function.value, scope)
    if not isinstance(value, dict) or REST in value:
        return None
    pairs = [(Leaf(key, place(function)), part) for key, part in value.items()]
    if function.attr == "items":
        return [[key, part] for key, part in pairs]
    return [key if function.attr == "keys" else part for key, part in pairs]


def _range(node: ast.Call, scope: Scope) -> list[Node] | None:
    given = [evaluate(each, scope) for each in node.args]
    numbers = [each.value for each in given if isinstance(each, Leaf) and isinstance(each.value, int)]
    if len(numbers) < len(given) or not numbers or len(numbers) > 3 or node.keywords:
        return None
    if len(numbers) == 3 and numbers[2] == 0:
        return None
    found = range(*numbers)
    return [Leaf(number, place(node)) for number in found] if len(found) <= MOST else None


def _unpacked(target: ast.expr, value: Node) -> dict[str, Node] | None:
    if isinstance(target, ast.Name):
        return {target.id: value}
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, list):
        if len(target.elts) != len(value):
            return None
        found: dict[str, Node] = {}
        for each, part in zip(target.elts, value, strict=True):
            inner = _unpacked(each, part)
            if inner is None:
                return None
            found |= inner
        return found
    return None


def _comprehension(node: ast.ListComp | ast.GeneratorExp, scope: Scope) -> Node | None:
    scopes = of_generators(node.generators, scope)
    if scopes is None:
        return None
    return [marked(evaluate(node.elt, each), str(number)) for number, each in enumerate(scopes, start=1)]


def _mapping_comprehension(node: ast.DictComp, scope: Scope) -> Node | None:
    scopes = of_generators(node.generators, scope)
    if scopes is None:
        return None
    found: dict[str, Node] = {}
    for number, each in enumerate(scopes, start=1):
        key = evaluate(node.key, each)
        found[key.text if isinstance(key, Leaf) else REST] = marked(evaluate(node.value, each), str(number))
    return found


KINDS: Final[dict[type[ast.AST], Evaluator]] = {
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _mapping_comprehension,
}
