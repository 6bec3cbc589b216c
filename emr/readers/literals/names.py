"""What a name of a module of Python means where it is used. Pure: nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from emr.model.tree import Leaf, Node, hole
from emr.readers.literals import rounds
from emr.readers.literals.bindings import LOOPS, Binding, Change, Names, Owner, position
from emr.readers.literals.scopes import Evaluator, Scope, bound_value, evaluate, marked, place


def lookup(name: str, scope: Scope) -> Node | None:
    """What a name means; None if the text does not say, or says several things.

    Args:
        name: the name.
        scope: where it is used.
    """
    names = scope.names
    owner = names.home(name, scope.owner)
    found = names.bound.get(owner, {}).get(name, [])
    here = scope if owner is scope.owner else scope.of(owner)
    binding = _last(found, here)
    if binding is None:
        return None
    value = here.given.get((binding.node, name)) if binding.given else bound_value(binding, here)
    if value is None:
        return None
    for change in _between(names, owner, name, binding, here.use):
        value = _changed(value, change, binding, here)
        if value is None:
            return None
    return value


def expression(node: ast.expr, scope: Scope) -> ast.expr:
    """The expression that a name stands for; what is no name, or none that is bound once, as it is.

    Args:
        node: the name.
        scope: where it is used.
    """
    if not isinstance(node, ast.Name):
        return node
    found = scope.names.bound.get(scope.names.home(node.id, scope.owner), {}).get(node.id, [])
    value = found[0].value if len(found) == 1 else None
    return node if value is None else value


def _last(found: Sequence[Binding], scope: Scope) -> Binding | None:
    """The binding that counts where a name is used; None if that depends on how the program runs."""
    if scope.use is None:
        return found[0] if len(found) == 1 else None
    before = [each for each in found if position(each.node) < position(scope.use)]
    if not before:
        return found[0] if len(found) == 1 else None
    last = before[-1]
    if len(found) == 1:
        return last
    around = set(scope.names.blocks(scope.use)) | ({last.node} if last.given else set())
    inside = set(scope.names.blocks(last.node))
    if not inside <= around:
        return None
    later = [each for each in found if each not in before]
    # A loop binds its own name anew in each round.
    loops = [each for each in around - inside - {last.node} if isinstance(each, LOOPS)]
    again = any(loop in scope.names.blocks(each.node) for loop in loops for each in later)
    return None if again else last


def _between(
    names: Names, owner: Owner, name: str, binding: Binding, use: ast.AST | None
) -> Iterator[Change]:
    """Changes of what a name means, from its binding up to its use."""
    for change in names.changes.get((owner, name), []):
        if position(change.node) <= position(binding.node):
            continue
        if use is None or position(change.node) < position(use):
            yield change


def _changed(value: Node, change: Change, binding: Binding, scope: Scope) -> Node | None:
    """A value after a change; None if nobody knows what is left of it."""
    names = scope.names
    if names.owner(change.node) is not scope.owner:
        return _perhaps(value, change)
    around = names.blocks(scope.use) if scope.use is not None else ()
    blocks = names.blocks(change.node)
    extra = [each for each in blocks if each not in around]
    shared = [each for each in blocks if each in around and isinstance(each, LOOPS)]
    if change.method != "=" and not set(shared) <= {binding.node, *names.blocks(binding.node)}:
        return None
    scopes: list[Scope] | None = [scope]
    for each in extra:
        scopes = rounds.of_loop(each, scopes) if isinstance(each, ast.For) and scopes else None
    if scopes is None:
        return _perhaps(value, change)
    for number, each_scope in enumerate(scopes, start=1):
        changed = _applied(value, change, each_scope.at(change.node), str(number) if extra else "")
        if changed is None:
            return None
        value = changed
    return value


def _perhaps(value: Node, change: Change) -> Node | None:
    """A value that is changed in some runs: what is added is known to none."""
    open_value = change.values[0] if change.values else None
    if change.method in {"append", "extend", "+="} and isinstance(value, list) and open_value is not None:
        return [*value, _open(open_value)]
    if change.method == "=" and change.keys and open_value is not None:
        return _set(value, [_key(each) for each in change.keys], _open(open_value))
    return None


def _open(node: ast.expr) -> Leaf:
    """What only some runs add: the text of it stands at the place itself, and may be read there."""
    return Leaf(hole(f"a condition at line {getattr(node, 'lineno', 0)}"), f"{place(node)}#perhaps")


def _key(node: ast.expr) -> str | int | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str | int) else None


def _applied(value: Node, change: Change, scope: Scope, mark: str) -> Node | None:
    given = [evaluate(each, scope) for each in change.values]
    given = [marked(each, mark) for each in given] if mark else given
    match change.method:
        case "=":
            keys = [_known(evaluate(each, scope)) for each in change.keys]
            return _set(value, keys, given[0])
        case "append" if isinstance(value, list) and not change.keys and given:
            return [*value, given[0]]
        case "append" | "extend" | "update" if change.keys:
            return _nested(value, change, scope, given)
        case "extend" | "+=" if isinstance(value, list) and not change.keys and given:
            return [*value, *(given[0] if isinstance(given[0], list) else [given[0]])]
        case "+=" if isinstance(value, Leaf) and isinstance(value.value, str) and isinstance(given[0], Leaf):
            return value.with_text(value.text + given[0].text) if isinstance(given[0].value, str) else None
        case "update" if isinstance(value, dict) and not change.keys:
            return _updated(value, given, change, scope)
    return None


def _nested(value: Node, change: Change, scope: Scope, given: Sequence[Node]) -> Node | None:
    """A change of what stands below some keys."""
    keys = [_known(evaluate(each, scope)) for each in change.keys]
    inner: Node | None = value
    for key in keys:
        inner = _below(inner, key)
    if inner is None:
        return None
    changed = _applied(inner, replace(change, keys=()), scope, "")
    return None if changed is None else _set(value, keys, changed)


def _updated(value: dict[str, Node], given: Sequence[Node], change: Change, scope: Scope) -> Node | None:
    if not all(isinstance(each, dict) for each in given) or any(key.arg is None for key in change.named):
        return None
    found = dict(value)
    for each in given:
        found.update(each if isinstance(each, dict) else {})
    return found | {key.arg: evaluate(key.value, scope) for key in change.named if key.arg}


def _known(node: Node) -> str | int | None:
    if not isinstance(node, Leaf):
        return None
    return node.value if isinstance(node.value, str | int) else None


def _below(node: Node | None, key: str | int | None) -> Node | None:
    if isinstance(node, dict) and isinstance(key, str):
        return node.get(key)
    if isinstance(node, list) and isinstance(key, int) and -len(node) <= key < len(node):
        return node[key]
    return None


def _set(value: Node, keys: Sequence[str | int | None], given: Node) -> Node | None:
    """A tree with another value below some keys; None if there is no such place."""
    if not keys:
        return given
    key = keys[0]
    if isinstance(value, dict) and isinstance(key, str):
        inner = given if len(keys) == 1 else _set(value[key], keys[1:], given) if key in value else None
        return None if inner is None else {**value, key: inner}
    if isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
        changed = _set(value[key], keys[1:], given)
        if changed is None:
            return None
        found = list(value)
        found[key] = changed
        return found
    return None


def _name(node: ast.Name, scope: Scope) -> Node | None:
    return scope.own[node.id] if node.id in scope.own else lookup(node.id, scope)


def _attribute(node: ast.Attribute, scope: Scope) -> Node | None:
    if not isinstance(node.value, ast.Name):
        return None
    owner = "self" if node.value.id == "cls" else node.value.id
    bound = scope.names.attributes.get(f"{owner}.{node.attr}", [])
    if len(bound) != 1 or bound[0].value is None:
        return None
    return bound_value(bound[0], scope.of(scope.names.owner(bound[0].node)))


KINDS: Final[dict[type[ast.AST], Evaluator]] = {ast.Name: _name, ast.Attribute: _attribute}
