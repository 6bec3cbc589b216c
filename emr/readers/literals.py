"""Values of Python expressions, as far as they stand in the text. Pure: nothing is imported or run.

What is known only when it runs is a hole whose name is the expression; so is a list of which that is
true, and an element that a list takes over from such a value.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Final

from emr.model.tree import Leaf, Node, hole

REST: Final = "..."
"""Name of the key whose value stands for what a mapping or a list takes over from elsewhere."""

_DEPTH: Final = 40
"""Names that lead to names: a text that goes deeper is not one that a person wrote."""


@dataclass(kw_only=True)
class Scope:
    """Names of a module that are bound to an expression once.

    Args:
        names: name -> its expression.
        depth: how deep the evaluation is.
    """

    names: dict[str, ast.expr] = field(default_factory=dict)
    depth: int = 0


def scope_of(module: ast.Module) -> Scope:
    """Names that mean the same wherever they stand: bound once, in whatever function.

    Args:
        module: the text's tree.
    """
    bound: dict[str, list[ast.expr | None]] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                _bind(bound, target, node.value)
        elif isinstance(node, ast.AnnAssign):
            _bind(bound, node.target, node.value)
        elif isinstance(node, ast.AugAssign):
            _bind(bound, node.target, None)
        elif isinstance(node, ast.arg):
            bound.setdefault(node.arg, []).append(None)
        elif isinstance(node, ast.For | ast.comprehension):
            for each in ast.walk(node.target):
                _bind(bound, each, None)
    one = {name: values[0] for name, values in bound.items() if len(values) == 1}
    return Scope(names={name: value for name, value in one.items() if value is not None})


def _bind(bound: dict[str, list[ast.expr | None]], target: ast.AST, value: ast.expr | None) -> None:
    if isinstance(target, ast.Name):
        bound.setdefault(target.id, []).append(value)
    elif isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            _bind(bound, each, None)


def evaluate(node: ast.expr, scope: Scope) -> Node:
    """The value of an expression.

    Args:
        node: the expression.
        scope: what names mean.
    """
    if scope.depth > _DEPTH:
        return _unknown(node)
    inner = Scope(names=scope.names, depth=scope.depth + 1)
    match node:
        case ast.Constant():
            return _constant(node)
        case ast.Dict():
            return _mapping(node, inner)
        case ast.List() | ast.Tuple():
            return _sequence(node, inner)
        case ast.Name(id=name) if name in scope.names:
            return evaluate(scope.names[name], inner)
        case ast.JoinedStr():
            return Leaf("".join(_piece(each, inner) for each in node.values), _at(node))
        case ast.BinOp():
            return _combined(node, inner)
        case ast.Call():
            return _called(node, inner)
        case ast.Subscript():
            return _item(node, inner)
    return _unknown(node)


def _at(node: ast.expr) -> str:
    return f"{node.lineno}:{node.col_offset + 1}"


def _unknown(node: ast.expr) -> Leaf:
    return Leaf(hole(ast.unparse(node)), _at(node))


def _constant(node: ast.Constant) -> Leaf:
    value = node.value
    if isinstance(value, str | int | float | bool) or value is None:
        return Leaf(value, _at(node))
    return _unknown(node)


def _mapping(node: ast.Dict, scope: Scope) -> Node:
    found: dict[str, Node] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            other = evaluate(value, scope)
            found.update(other if isinstance(other, dict) else {REST: other})
            continue
        name = evaluate(key, scope)
        found[name.text if isinstance(name, Leaf) else REST] = evaluate(value, scope)
    return found


def _sequence(node: ast.List | ast.Tuple, scope: Scope) -> Node:
    found: list[Node] = []
    for each in node.elts:
        if isinstance(each, ast.Starred):
            other = evaluate(each.value, scope)
            found += other if isinstance(other, list) else [other]
        else:
            found.append(evaluate(each, scope))
    return found


def _piece(node: ast.expr, scope: Scope) -> str:
    if isinstance(node, ast.FormattedValue):
        if node.format_spec is not None or node.conversion != -1:
            return hole(ast.unparse(node.value))
        node = node.value
    value = evaluate(node, scope)
    return value.text if isinstance(value, Leaf) else hole(ast.unparse(node))


def _combined(node: ast.BinOp, scope: Scope) -> Node:
    left, right = evaluate(node.left, scope), evaluate(node.right, scope)
    if isinstance(node.op, ast.Add):
        if isinstance(left, list) or isinstance(right, list):
            return [
                *(left if isinstance(left, list) else [left]),
                *(right if isinstance(right, list) else [right]),
            ]
        if isinstance(left, Leaf) and isinstance(right, Leaf) and _texts(left, right):
            return Leaf(left.text + right.text, _at(node))
    if isinstance(node.op, ast.Mod) and isinstance(left, Leaf) and isinstance(left.value, str):
        values: list[Node] = right if isinstance(right, list) else [right]
        return _formatted(node, re.split(r"%[sd]", left.text), values)
    return _unknown(node)


def _texts(*found: Leaf) -> bool:
    return all(isinstance(each.value, str) for each in found)


def _formatted(node: ast.expr, pieces: list[str], values: list[Node]) -> Node:
    """Pieces of a text with values between them; unknown if their numbers do not fit."""
    texts = [value.text for value in values if isinstance(value, Leaf)]
    if len(texts) != len(pieces) - 1 or any("%" in piece for piece in pieces):
        return _unknown(node)
    return Leaf("".join(piece + text for piece, text in zip(pieces, [*texts, ""], strict=True)), _at(node))


def _called(node: ast.Call, scope: Scope) -> Node:
    function = node.func
    if isinstance(function, ast.Name) and function.id == "dict" and not node.args:
        return {key.arg or REST: evaluate(key.value, scope) for key in node.keywords}
    if isinstance(function, ast.Name) and function.id == "str" and len(node.args) == 1:
        inner = evaluate(node.args[0], scope)
        return Leaf(inner.text, _at(node)) if isinstance(inner, Leaf) else _unknown(node)
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.expr):
        return _method(node, function, scope)
    return _unknown(node)


def _method(node: ast.Call, function: ast.Attribute, scope: Scope) -> Node:
    name = function.attr
    if name == "format":
        text = evaluate(function.value, scope)
        return _format_call(node, text, scope) if isinstance(text, Leaf) else _unknown(node)
    if name in {"strip", "split"} and not node.args:
        text = evaluate(function.value, scope)
        if isinstance(text, Leaf) and isinstance(text.value, str):
            if name == "strip":
                return Leaf(text.text.strip(), text.at)
            return [text.with_text(word, f"word {n}") for n, word in enumerate(text.text.split(), start=1)]
    if name == "join" and len(node.args) == 1:
        separator, parts = evaluate(function.value, scope), evaluate(node.args[0], scope)
        if (
            isinstance(separator, Leaf)
            and isinstance(parts, list)
            and all(isinstance(p, Leaf) for p in parts)
        ):
            return Leaf(separator.text.join(p.text for p in parts if isinstance(p, Leaf)), _at(node))
    return _unknown(node)


def _format_call(node: ast.Call, text: Leaf, scope: Scope) -> Node:
    named = {key.arg: evaluate(key.value, scope) for key in node.keywords if key.arg}
    numbered = [evaluate(each, scope) for each in node.args]
    counter = iter(range(len(numbered)))

    def value(match: re.Match[str]) -> str:
        name = match[1]
        found: Node | None = named.get(name)
        if found is None and (not name or name.isdigit()):
            number = int(name) if name else next(counter, len(numbered))
            found = numbered[number] if number < len(numbered) else None
        return found.text if isinstance(found, Leaf) else hole(name or "?")

    # Doubled braces are single ones; Jinja in such a text has four.
    pieces = re.split(r"(\{\{|\}\})", text.text)
    made = "".join(
        piece[0] if piece in ("{{", "}}") else re.sub(r"\{(\w*)\}", value, piece) for piece in pieces
    )
    return Leaf(made, _at(node))


def _item(node: ast.Subscript, scope: Scope) -> Node:
    whole, key = evaluate(node.value, scope), evaluate(node.slice, scope)
    if isinstance(whole, dict) and isinstance(key, Leaf) and key.text in whole:
        return whole[key.text]
    if (
        isinstance(whole, list)
        and isinstance(key, Leaf)
        and isinstance(key.value, int)
        and abs(key.value) < len(whole)
    ):
        return whole[key.value]
    return _unknown(node)
