"""Words of shell commands, evaluated as far as they can be without running anything. Pure.

The grammar is tree-sitter's for bash. What only a run knows becomes a hole (`emr.model.tree`): a variable
that the text does not set, the output of a command. `${NAME:-word}` is its word where nothing sets NAME.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from tree_sitter import Language, Node, Parser, Tree
from tree_sitter_bash import language

from emr.model.tree import Leaf, hole

_ESCAPE: Final = re.compile(r"\\(\r?\n|.)", re.DOTALL)
_IN_QUOTES: Final = re.compile(r"\\(\r?\n|[$`\"\\])")


@cache
def _parser() -> Parser:
    return Parser(Language(language()))


def parsed(text: str) -> Tree:
    """The syntax tree of a text; errors are nodes of it.

    Args:
        text: of a shell script.
    """
    return _parser().parse(text.encode())


@dataclass(kw_only=True)
class Place:
    """Where a text stands in its file.

    Args:
        at: of the leaf that it is; empty for a file of its own.
    """

    at: str = ""

    def of(self, node: Node) -> str:
        """Place of a node.

        Args:
            node: of the script's syntax tree.
        """
        row, column = node.start_point
        here = f"{row + 1}:{column + 1}"
        return f"{self.at}#{here}" if self.at else here


@dataclass(kw_only=True)
class Variables:
    """What the text itself sets.

    Args:
        values: name -> value, with its holes.
        defaults: names whose default was taken, as nothing sets them.
    """

    values: dict[str, str] = field(default_factory=dict)
    defaults: set[str] = field(default_factory=set)


def evaluated(node: Node, place: Place, variables: Variables) -> Leaf:
    """A word as the program gets it.

    Args:
        node: of the syntax tree.
        place: where its text stands.
        variables: what is set so far.
    """
    return Leaf(_text(node, variables), place.of(node))


def joined(first: Node, second: Node) -> bool:
    """Say whether two words are one for a shell: nothing, or nothing but a continued line, is between them.

    Args:
        first: of them.
        second: the next one of the same command.
    """
    command = second.parent
    if command is None or command.text is None:
        return False
    between = command.text[first.end_byte - command.start_byte : second.start_byte - command.start_byte]
    return re.fullmatch(rb"(\\\r?\n)*", between) is not None


def glued(first: str, second: str, variables: Variables) -> str:
    """Two parts of a word as one; the grammar cuts `$1]` behind the dollar.

    Args:
        first: the part that comes first.
        second: the part behind it.
        variables: what is set so far.
    """
    match = re.match(r"\d|[A-Za-z_]\w*", second) if first.endswith("$") else None
    if match is None:
        return first + second
    return first[:-1] + _variable(match[0], variables) + second[match.end() :]


def assigned(node: Node, place: Place, variables: Variables) -> tuple[Leaf, list[Node]]:
    """The value of an assignment, and what follows it of the same word.

    The grammar ends the value of `A=$B-$C/x` behind the second dollar.

    Args:
        node: the assignment.
        place: where its text stands.
        variables: what is set so far.
    """
    value = node.child_by_field_name("value")
    if value is None:
        return Leaf("", place.of(node)), []
    found = evaluated(value, place, variables)
    rest: list[Node] = []
    while (following := node.next_sibling) is not None and following.start_byte == node.end_byte:
        if not following.is_named or following.type.endswith("redirect"):
            break
        text = evaluated(following, place, variables).text
        found = found.with_text(glued(found.text, text, variables))
        rest.append(following)
        node = following
    return found, rest


def document(body: Node, variables: Variables) -> str:
    """The text of a here-document as the program gets it.

    Args:
        body: of it.
        variables: what is set so far.
    """
    raw = body.text or b""
    start = body.parent.children if body.parent else []
    if any(each.type == "heredoc_start" and _source(each)[:1] in "'\"\\" for each in start):
        return raw.decode(errors="replace")
    found, end = "", 0
    for child in body.named_children:
        if child.type != "heredoc_content":
            found += _between(raw[end : child.start_byte - body.start_byte], in_quotes=True)
            found += _text(child, variables)
            end = child.end_byte - body.start_byte
    return found + _between(raw[end:], in_quotes=True)


def destination(body: Node, place: Place, variables: Variables) -> str:
    """The file that a here-document is written to; empty for none.

    Args:
        body: of it.
        place: where its text stands.
        variables: what is set so far.
    """
    redirect = body.parent
    statement = redirect.parent if redirect is not None else None
    nodes = [each for outer in (redirect, statement) if outer is not None for each in outer.children]
    for each in nodes:
        tee = each.type == "command" and _source(each).startswith("tee ")
        if (tee or each.type == "file_redirect") and each.named_children:
            return evaluated(each.named_children[-1], place, variables).text
    return ""


def _source(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")


def _text(node: Node, variables: Variables) -> str:
    match node.type:
        case "raw_string":
            return _source(node)[1:-1]
        case "ansi_c_string":
            return _source(node)[2:-1].replace("\\n", "\n").replace("\\t", "\t").replace("\\'", "'")
        case "string" | "translated_string":
            return "".join(_parts(node, variables, in_quotes=True))
        case "concatenation" | "command_name":
            return "".join(_parts(node, variables, in_quotes=False))
        case "simple_expansion":
            return _variable(_source(node)[1:], variables)
        case "expansion":
            return _expansion(node, variables)
        case "command_substitution" | "process_substitution":
            return hole(_source(node).strip())
        case _:
            return _ESCAPE.sub(_unescaped, _source(node))


def _unescaped(match: re.Match[str]) -> str:
    return "" if match[1].endswith("\n") else match[1]


def _parts(node: Node, variables: Variables, *, in_quotes: bool) -> Iterator[str]:
    """Pieces of a word; what stands between the named ones counts as well: the grammar leaves blanks out."""
    raw = node.text or b""
    start, end = (1, len(raw) - 1) if in_quotes else (0, len(raw))
    if in_quotes and not raw.startswith(b'"'):
        start = 2
    for child in node.named_children:
        offset = child.start_byte - node.start_byte
        yield _between(raw[start:offset], in_quotes)
        if child.type == "string_content":
            yield _between(child.text or b"", in_quotes)
        else:
            yield _text(child, variables)
        start = child.end_byte - node.start_byte
    yield _between(raw[start:end], in_quotes)


def _between(raw: bytes, in_quotes: bool) -> str:
    pattern = _IN_QUOTES if in_quotes else _ESCAPE
    return pattern.sub(_unescaped, raw.decode(errors="replace"))


def _variable(name: str, variables: Variables) -> str:
    return variables.values.get(name, hole(name))


def _expansion(node: Node, variables: Variables) -> str:
    source = _source(node)
    plain = re.fullmatch(r"\$\{(\w+)\}", source)
    if plain:
        return _variable(plain[1], variables)
    default = re.fullmatch(r"\$\{(\w+)(:?[-=])(.*)\}", source, re.DOTALL)
    if default is None:
        return hole(source[2:-1])
    name, _, word = default.groups()
    if name in variables.values:
        return variables.values[name]
    variables.defaults.add(name)
    pieces = [child for child in node.named_children if child.type != "variable_name"]
    return "".join(_text(child, variables) for child in pieces) if pieces else word
