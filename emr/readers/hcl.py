"""Reads Terraform's HCL with python-hcl2. Pure; expressions that only Terraform can compute are holes."""

from __future__ import annotations

import io
import re
from typing import Any, Final

import hcl2
from lark.exceptions import LarkError

from emr.model.tree import hole

_INTERPOLATED: Final = re.compile(r"\$\{((?:[^{}]|\{[^{}]*\})*)\}")


class NoHclError(ValueError):
    """A text that is no HCL."""


def load(text: str) -> dict[str, Any]:
    """Read a file as plain data: quotes gone, locals and defaults of variables filled in.

    Args:
        text: of the file.

    Raises:
        NoHclError: it is none.
    """
    try:
        data = hcl2.load(io.StringIO(text))
    except (LarkError, ValueError, RecursionError) as error:
        raise NoHclError(str(error).splitlines()[0]) from error
    plain = _plain(data)
    names = _names(plain)
    found = _resolved(plain, names)
    return found if isinstance(found, dict) else {}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_unquoted(str(key)): _plain(part) for key, part in value.items() if key != "__is_block__"}
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
    whole = re.fullmatch(r"\$\{([\w.]+)\}", value)
    if whole and whole[1] in names:
        return _resolved(names[whole[1]], names, depth + 1)
    if value.startswith("${jsonencode(") and value.endswith(")}"):
        return _encoded(value[len("${jsonencode(") : -2], names, depth)
    return _INTERPOLATED.sub(lambda match: _one(match[1], names, depth), value)


def _one(name: str, names: dict[str, Any], depth: int) -> str:
    found = _resolved(names[name.strip()], names, depth + 1) if name.strip() in names else None
    if isinstance(found, bool):
        return str(found).lower()
    return str(found) if isinstance(found, str | int | float) else hole(name.strip())


def _encoded(text: str, names: dict[str, Any], depth: int) -> Any:
    """The argument of jsonencode(), which is HCL."""
    try:
        data = _plain(hcl2.load(io.StringIO(f"value = {text}\n")))
    except (LarkError, ValueError):
        return hole("jsonencode(...)")
    return _resolved(data.get("value"), names, depth + 1)
