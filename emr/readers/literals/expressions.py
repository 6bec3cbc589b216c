"""Values of Python's literals, operators, texts and built-in functions. Pure: nothing is imported or run."""

from __future__ import annotations

import ast
import json
import textwrap
from typing import Final

from emr.model.tree import Leaf, Node, hole, holes, plant
from emr.readers.literals import texts
from emr.readers.literals.scopes import REST, Evaluator, Scope, evaluate, place


def _constant(node: ast.Constant, scope: Scope) -> Node | None:
    value = node.value
    if isinstance(value, str | int | float | bool) or value is None:
        return Leaf(value, place(node))
    return None


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


def _text(node: ast.JoinedStr, scope: Scope) -> Node:
    return Leaf("".join(_piece(each, scope) for each in node.values), place(node))


def _piece(node: ast.expr, scope: Scope) -> str:
    spec = ""
    if isinstance(node, ast.FormattedValue):
        if node.conversion not in (-1, ord("s")):
            return hole(ast.unparse(node.value))
        form = evaluate(node.format_spec, scope) if node.format_spec is not None else None
        spec = form.text if isinstance(form, Leaf) else ""
        node = node.value
    value = evaluate(node, scope)
    made = texts.formatted(value, spec) if isinstance(value, Leaf) else None
    return hole(ast.unparse(node)) if made is None else made


def _combined(node: ast.BinOp, scope: Scope) -> Node | None:
    left, right = evaluate(node.left, scope), evaluate(node.right, scope)
    if isinstance(node.op, ast.Add):
        return _sum(left, right, place(node))
    if isinstance(node.op, ast.BitOr) and isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    if isinstance(node.op, ast.Mod) and isinstance(left, Leaf) and isinstance(left.value, str):
        made = texts.percent(left.text, right)
        return None if made is None else Leaf(made, place(node))
    return None


def _sum(left: Node, right: Node, at: str) -> Node | None:
    if isinstance(left, list) or isinstance(right, list):
        first = left if isinstance(left, list) else [left]
        return [*first, *(right if isinstance(right, list) else [right])]
    known = [each.value for each in (left, right) if isinstance(each, Leaf) and isinstance(each.value, str)]
    return Leaf("".join(known), at) if len(known) == 2 else None


def _negative(node: ast.UnaryOp, scope: Scope) -> Node | None:
    value = evaluate(node.operand, scope)
    if isinstance(node.op, ast.USub) and isinstance(value, Leaf) and isinstance(value.value, int | float):
        return Leaf(-value.value, place(node))
    return None


def _item(node: ast.Subscript, scope: Scope) -> Node | None:
    whole, key = evaluate(node.value, scope), evaluate(node.slice, scope)
    if not isinstance(key, Leaf):
        return None
    if isinstance(whole, dict):
        return whole.get(key.text)
    if not isinstance(whole, list) or any(_is_rest(each) for each in whole):
        return None
    number = key.value
    return whole[number] if isinstance(number, int) and -len(whole) <= number < len(whole) else None


def _is_rest(node: Node) -> bool:
    """Whether an element may stand for several that nobody knows."""
    return isinstance(node, Leaf) and bool(holes(node.text))


def called(node: ast.Call, scope: Scope) -> Node | None:
    """The value of a call of what Python itself has.

    Args:
        node: the call.
        scope: where it stands.
    """
    function = node.func
    if isinstance(function, ast.Attribute):
        return _method(node, function, scope)
    if not isinstance(function, ast.Name):
        return None
    return _built_in(node, function.id, scope)


def _built_in(node: ast.Call, name: str, scope: Scope) -> Node | None:
    given = [evaluate(each, scope) for each in node.args]
    if name == "dict" and all(isinstance(each, dict) for each in given):
        found: dict[str, Node] = {}
        for each in given:
            found.update(each if isinstance(each, dict) else {})
        return found | {key.arg or REST: evaluate(key.value, scope) for key in node.keywords}
    if len(given) != 1 or node.keywords:
        return None
    if name in {"list", "tuple", "deepcopy"}:
        return given[0] if isinstance(given[0], list | dict) and (name != "list" or _is_list(given)) else None
    if name == "str" and isinstance(given[0], Leaf):
        return Leaf(texts.of(given[0]), place(node))
    return None


def _is_list(given: list[Node]) -> bool:
    return isinstance(given[0], list)


def _method(node: ast.Call, function: ast.Attribute, scope: Scope) -> Node | None:
    name = function.attr
    if isinstance(function.value, ast.Name) and (made := _of_module(node, function.value.id, name, scope)):
        return made
    whole = evaluate(function.value, scope)
    given = [evaluate(each, scope) for each in node.args]
    if name == "copy" and not isinstance(whole, Leaf):
        return whole
    if name == "get" and isinstance(whole, dict) and given and isinstance(given[0], Leaf):
        return whole.get(given[0].text, given[1] if len(given) > 1 else None)
    if not isinstance(whole, Leaf) or not isinstance(whole.value, str):
        return None
    if name == "format":
        named = {key.arg: evaluate(key.value, scope) for key in node.keywords if key.arg}
        return Leaf(texts.braces(whole.text, given, named), place(node))
    if name == "join" and len(given) == 1:
        return _joined(whole.text, given[0], place(node))
    return None if node.keywords else texts.method(name, whole, given)


def _joined(separator: str, parts: Node, at: str) -> Node | None:
    if isinstance(parts, list) and all(isinstance(each, Leaf) for each in parts):
        return Leaf(separator.join(each.text for each in parts if isinstance(each, Leaf)), at)
    return None


def _of_module(node: ast.Call, module: str, name: str, scope: Scope) -> Node | None:
    """Functions of the standard library that people build descriptions with."""
    if (module, name) not in _LIBRARY or len(node.args) != 1:
        return None
    given = evaluate(node.args[0], scope)
    if module == "copy":
        return given
    if not isinstance(given, Leaf):
        return Leaf(json.dumps(_plain(given)), place(node)) if name == "dumps" and not node.keywords else None
    if name == "dedent":
        return given.with_text(textwrap.dedent(given.text))
    if name == "loads":
        try:
            return plant(json.loads(given.text, strict=False), f"{given.at}#")
        except (ValueError, RecursionError):
            return None
    return None


_LIBRARY: Final = {
    ("copy", "copy"),
    ("copy", "deepcopy"),
    ("textwrap", "dedent"),
    ("json", "loads"),
    ("json", "dumps"),
}


def _plain(node: Node) -> object:
    if isinstance(node, dict):
        return {key: _plain(part) for key, part in node.items()}
    return [_plain(each) for each in node] if isinstance(node, list) else node.value


KINDS: Final[dict[type[ast.AST], Evaluator]] = {
    ast.Constant: _constant,
    ast.Dict: _mapping,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.JoinedStr: _text,
    ast.BinOp: _combined,
    ast.UnaryOp: _negative,
    ast.Subscript: _item,
    ast.Call: called,
}
