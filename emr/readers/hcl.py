"""Reads Terraform's HCL with python-hcl2. Pure; expressions that only Terraform can compute are holes."""

from __future__ import annotations

import io
import re
from typing import Any, Final

import hcl2
from lark.exceptions import LarkError

from emr.model.beside import Beside
from emr.model.tree import hole, shown

_OWN: Final = re.compile(r"__\w+__")
"""Keys that the parser adds: marks of blocks, and comments."""

_INTERPOLATED: Final = re.compile(r"\$\{((?:[^{}]|\{[^{}]*\})*)\}")


class NoHclError(ValueError):
    """A text that is no HCL."""


def load(text: str, beside: Beside | None = None) -> dict[str, Any]:
    """Read a file as plain data: quotes gone, locals and defaults of variables filled in.

    Args:
        text: of the file.
        beside: the files that are given with it.

    Raises:
        NoHclError: it is none.
    """
    try:
        data = hcl2.load(io.StringIO(text))
    except (LarkError, ValueError, RecursionError) as error:
        raise NoHclError(str(error).splitlines()[0]) from error
    plain = _with_files(_plain(data), beside or Beside())
    names = _names(plain)
    found = _expanded(_resolved(plain, names))
    return found if isinstance(found, dict) else {}


_FILE: Final = re.compile(r'\$\{file\("([^"]+)"\)\}')


def _with_files(value: Any, beside: Beside) -> Any:
    """The same data with the texts of files that it names, where they are given."""
    if isinstance(value, dict):
        return {key: _with_files(part, beside) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_files(each, beside) for each in value]
    match = _FILE.fullmatch(value) if isinstance(value, str) else None
    found = beside.take(re.sub(r"\$\{[^}]*\}", "", match[1])) if match else None
    return found[1] if found else value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_unquoted(str(key)): _plain(part) for key, part in value.items() if not _OWN.fullmatch(key)}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, str):
        return value
    if re.fullmatch(r'"<<-?\w+\n.*"', value, re.DOTALL):
        return _here_document(value[1:-1])
    if value.startswith('"') and value.endswith('"') and len(value) > 1:
        return _unquoted(value)
    # A word without quotes is an expression: a reference, a call, a number.
    return value if value.startswith("${") else f"${{{value}}}"


def _unquoted(text: str) -> str:
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        return text[1:-1].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
    return text


def _here_document(text: str) -> str:
    head, _, rest = text.partition("\n")
    name = head.lstrip("<-")
    body = re.sub(rf"\n?[ \t]*{re.escape(name)}\s*$", "", rest)
    if head.startswith("<<-"):
        lines = body.split("\n")
        indent = min((len(each) - len(each.lstrip()) for each in lines if each.strip()), default=0)
        body = "\n".join(each[indent:] for each in lines)
    return body


def _names(data: Any) -> dict[str, Any]:
    """What `local.x` and `var.x` mean, where the file says it."""
    found: dict[str, Any] = {}
    for block in data.get("locals", []) if isinstance(data, dict) else []:
        found.update({f"local.{name}": value for name, value in block.items()})
    for block in data.get("variable", []) if isinstance(data, dict) else []:
        for name, body in block.items():
            if isinstance(body, dict) and "default" in body:
                found[f"var.{name}"] = body["default"]
    return found


def _resolved(value: Any, names: dict[str, Any], depth: int = 0) -> Any:
    if isinstance(value, dict):
        return {key: _resolved(part, names, depth) for key, part in value.items()}
    if isinstance(value, list):
        return [_resolved(each, names, depth) for each in value]
    if not isinstance(value, str) or depth > 20:
        return value
    whole = re.fullmatch(r"\$\{([\w.]+)\}", _INDEX.sub(r".\1", value))
    if whole and whole[1] in names:
        return _resolved(names[whole[1]], names, depth + 1)
    if value.startswith("${concat(") and value.endswith(")}"):
        return _concatenated(value, names, depth)
    if value.startswith("${jsonencode(") and value.endswith(")}"):
        return _encoded(value[len("${jsonencode(") : -2], names, depth)
    return _INTERPOLATED.sub(lambda match: _one(match[1], names, depth), value)


def _one(name: str, names: dict[str, Any], depth: int) -> str:
    found = _resolved(names[name.strip()], names, depth + 1) if name.strip() in names else None
    if isinstance(found, bool):
        return str(found).lower()
    return str(found) if isinstance(found, str | int | float) else hole(name.strip())


_INDEX: Final = re.compile(r'\["([\w-]+)"\]')


def _concatenated(value: str, names: dict[str, Any], depth: int) -> Any:
    """Lists in one another's wake, if all of them are known."""
    parts = _encoded(f"[{value[len('${concat(') : -2]}]", names, depth)
    if isinstance(parts, list) and all(isinstance(part, list) for part in parts):
        return [each for part in parts for each in part]
    return hole(value[2:-1])


def _expanded(value: Any) -> Any:
    """The same data with its `dynamic` blocks written out, where it is known for what."""
    if isinstance(value, list):
        return [_expanded(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {key: _expanded(part) for key, part in value.items() if key != "dynamic"}
    blocks = value.get("dynamic")
    left = []
    for block in blocks if isinstance(blocks, list) else []:
        for name, body in block.items() if isinstance(block, dict) else ():
            made = _blocks(name, body) if isinstance(body, dict) else None
            if made is None:
                left.append({name: body})
            else:
                found[name] = [*found.get(name, []), *made]
    return {**found, "dynamic": left} if left else found


def _blocks(name: str, body: dict[str, Any]) -> list[Any] | None:
    """A block for each element; None if nobody knows for what."""
    each, content = body.get("for_each"), body.get("content")
    if not isinstance(each, list | dict) or not isinstance(content, list) or len(content) != 1:
        return None
    own = str(body.get("iterator", name)).removeprefix("${").removesuffix("}")
    pairs = each.items() if isinstance(each, dict) else ((part, part) for part in each)
    return [
        _resolved(_opened(content[0], own), {f"{own}.key": key, **_paths(f"{own}.value", part)})
        for key, part in pairs
    ]


def _opened(value: Any, own: str) -> Any:
    """What was a hole because only the block knows it, as the expression that it is."""
    if isinstance(value, dict):
        return {key: _opened(part, own) for key, part in value.items()}
    if isinstance(value, list):
        return [_opened(part, own) for part in value]
    return shown(value) if isinstance(value, str) and f"${{{own}." in shown(value) else value


def _paths(name: str, value: Any) -> dict[str, Any]:
    found = {name: value}
    for key, part in value.items() if isinstance(value, dict) else ():
        found |= _paths(f"{name}.{key}", part)
    return found


def _encoded(text: str, names: dict[str, Any], depth: int) -> Any:
    """The argument of jsonencode(), which is HCL."""
    try:
        data = _plain(hcl2.load(io.StringIO(f"value = {text}\n")))
    except (LarkError, ValueError):
        return hole("jsonencode(...)")
    return _resolved(data.get("value"), names, depth + 1)
