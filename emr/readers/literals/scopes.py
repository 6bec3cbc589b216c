"""Where an expression of Python is evaluated, and what its names mean there. Pure: nothing is run.

What is known only when it runs is a hole whose name is the expression; so is a list of which that is
true, and an element that a list takes over from such a value.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from emr.model.tree import Leaf, Node, hole
from emr.readers.literals.bindings import Binding, Names, Owner

Evaluator: TypeAlias = "Callable[[Any, Scope], Node | None]"

REST: Final = "..."
"""Name of the key whose value stands for what a mapping or a list takes over from elsewhere."""

_DEPTH: Final = 40
"""Names that lead to names: a text that goes deeper is not one that a person wrote."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where an expression is evaluated.

    Args:
        names: of the module.
        kinds: kind of an expression -> what works out its value; None for one that the text does not say.
        owner: the function that it stands in.
        use: the statement or call that it belongs to; None where that is not known.
        given: (loop or function, name) -> the value that it gives the name.
        own: variables of comprehensions.
        depth: how deep the evaluation is.
    """

    names: Names
    kinds: Mapping[type[ast.AST], Evaluator]
    owner: Owner = None
    use: ast.AST | None = None
    given: Mapping[tuple[ast.AST, str], Node] = field(default_factory=dict)
    own: Mapping[str, Node] = field(default_factory=dict)
    depth: int = 0

    def at(self, use: ast.AST) -> Scope:
        """The same names at another place of the same function.

        Args:
            use: node at that place.
        """
        return replace(self, use=use, own={})

    def of(self, owner: Owner) -> Scope:
        """Names of another function, seen from here: nobody knows what it was given.

        Args:
            owner: the function; None for the module.
        """
        return replace(self, owner=owner, use=None, given={}, own={})


def evaluate(node: ast.expr, scope: Scope) -> Node:
    """The value of an expression.

    Args:
        node: the expression.
        scope: what names mean.
    """
    scope.names.left -= 1
    if scope.depth > _DEPTH or scope.names.left < 0:
        return unknown(node)
    inner = replace(scope, depth=scope.depth + 1)
    evaluator = scope.kinds.get(type(node))
    found = evaluator(node, inner) if evaluator else None
    return unknown(node) if found is None else found


def place(node: ast.AST) -> str:
    """Line and column of a node, as people count them.

    Args:
        node: of a Python module.
    """
    return f"{getattr(node, 'lineno', 0)}:{getattr(node, 'col_offset', 0) + 1}"


def unknown(node: ast.expr) -> Leaf:
    """A hole for an expression.

    Args:
        node: the expression, whose text names the hole.
    """
    return Leaf(hole(ast.unparse(node)), place(node))


def marked(node: Node, mark: str) -> Node:
    """The same tree, its leaves at places of their own: one literal stands for several values.

    Args:
        node: the tree.
        mark: what tells this value apart.
    """
    if isinstance(node, dict):
        return {key: marked(part, mark) for key, part in node.items()}
    if isinstance(node, list):
        return [marked(part, mark) for part in node]
    return replace(node, at=f"{node.at}#{mark}")


def bound_value(binding: Binding, scope: Scope) -> Node | None:
    """The value of a binding; None if it is none of the text's.

    Args:
        binding: with its expression.
        scope: of its function.
    """
    return None if binding.value is None else evaluate(binding.value, scope.at(binding.node))
