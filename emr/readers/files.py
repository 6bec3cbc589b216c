"""Tells what a file is by its text, and has it read. Pure: it gets texts, and opens nothing."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import yaml

from emr.model.job import Reading
from emr.model.ledger import End, Finding, Level
from emr.model.tree import Node, hole, leaves, plant
from emr.readers import hcl, python, shapes, shell

LARGEST: Final = 2 * 1024**2
"""Characters of a file: what is larger is no description that a person wrote."""

_DEEPEST: Final = 100
"""Lists and mappings in one another."""


def read(name: str, text: str) -> Reading:
    """Read a file.

    Args:
        name: its name: the ending says what it probably is.
        text: what stands in it.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > LARGEST:
        return _unreadable(f"has {len(text)} characters, and a file may have {LARGEST}", "split it")
    name = re.sub(r"(?i)\.(tpl|tmpl|j2|jinja2?|tftpl)$", "", name)
    if re.search(r"(?i)\.(md|markdown|rst)$", name):
        return shell.read(_commands_of_page(text))
    if re.search(r"(?i)\.py$", name):
        return _read_python(text)
    if re.search(r"(?i)\.(tf|hcl)$", name):
        return _read_hcl(text)
    if re.search(r"(?i)\.(json|ya?ml|template|asl)$", name) or text.lstrip().startswith(("{", "[")):
        found = _read_data(text)
        if found is not None:
            return found
    return _guessed(text)


def _commands_of_page(text: str) -> str:
    """The commands that a page shows, on their lines; the rest of it is blank."""
    found: list[str] = []
    inside = False
    for line in text.split("\n"):
        fence = re.match(r"\s*(```|~~~)\s*(\w*)", line)
        if fence:
            inside = not inside and fence[2].lower() in ("", "bash", "sh", "shell", "console", "zsh", "text")
            found.append("")
            continue
        found.append(re.sub(r"^\s*\$ ", "", line) if inside else "")
    return "\n".join(found)


def _guessed(text: str) -> Reading:
    """A file whose ending says nothing."""
    if re.search(r"(?m)^\s*(from|import) \w+|^\w+ = [\[{]", text):
        found = _read_python(text)
        if found.sources:
            return found
    if re.search(r'(?m)^\s*resource\s+"aws_', text):
        return _read_hcl(text)
    return shell.read(text)


def _unreadable(why: str, todo: str) -> Reading:
    return Reading(
        kind="nothing that can be read",
        findings=[
            Finding(at="1:1", level=Level.BLOCKED, code="UNREADABLE", why=f"the file {why}", todo=todo)
        ],
    )


def _read_python(text: str) -> Reading:
    try:
        found = python.read(text)
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        where = f" at line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        return _unreadable(f"is no Python 3{where}", "mend it, or give the literals alone as JSON")
    found.findings.append(python.around(found))
    return found


def _read_hcl(text: str) -> Reading:
    try:
        data = hcl.load(text)
    except hcl.NoHclError as error:
        return _unreadable(f"is no HCL: {error}", "mend it; `terraform validate` says where")
    return _of_data(data, "Terraform")


def _read_data(text: str) -> Reading | None:
    """JSON or YAML; None if it is neither."""
    try:
        data = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        try:
            documents = [each for each in yaml.load_all(text, Loader=_Loader) if each is not None]
        except (yaml.YAMLError, RecursionError, ValueError):
            return None
        data = documents[0] if len(documents) == 1 else documents
    if not isinstance(data, dict | list):
        return None
    if _too_deep(data):
        return _unreadable(
            f"has more than {_DEEPEST} lists and mappings in one another", "give the job alone"
        )
    return _of_data(data, "JSON or YAML")


def _too_deep(data: Any, depth: int = 0) -> bool:
    if depth > _DEEPEST:
        return True
    parts = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return any(_too_deep(part, depth + 1) for part in parts)


def _of_data(data: Any, kind: str) -> Reading:
    tree = plant(data)
    reading = Reading(kind=kind, sources=list(shapes.sources(tree)))
    taken = {each.at for source in reading.sources for each in leaves(source.tree)}
    taken |= {at.partition("#")[0] for at in taken}
    for each in leaves(tree):
        if each.at in taken:
            continue
        reading.leaves.append(each)
        reading.findings.append(_around(each.at, each.text, tree))
    return reading


def _around(at: str, value: str, tree: Node) -> Finding:
    if isinstance(tree, dict) and "States" in tree:
        return Finding(
            at=at,
            level=Level.CHANGED,
            code="STATE_MACHINE",
            value=value,
            why="the order of the states, their retries and branches are not the job's own",
            todo="write them as a DAG of Airflow, with the jobs as tasks",
        )
    return Finding(
        at=at,
        level=Level.EXACT,
        code="AROUND",
        value=value,
        end=End.DROPPED,
        why="it stands around the descriptions of jobs and clusters, and belongs to none of them",
    )


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags, which are holes or what they wrap."""


def _tagged(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        text = str(loader.construct_scalar(node))
        if suffix == "Sub":
            return re.sub(r"\$\{([^}]+)\}", lambda match: hole(match[1]), text)
        return hole(f"{suffix} {text}")
    if isinstance(node, yaml.SequenceNode):
        parts = loader.construct_sequence(node, deep=True)
        if suffix == "Join" and len(parts) == 2 and isinstance(parts[1], list):
            return str(parts[0]).join(map(str, parts[1]))
        if suffix == "Sub" and parts:
            return re.sub(r"\$\{([^}]+)\}", lambda match: hole(match[1]), str(parts[0]))
        return hole(f"{suffix} {json.dumps(parts, default=str)}")
    return hole(suffix)


def _timestamp(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _tagged)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)
