"""Tells what a file is by its text, and has it read. Pure: it gets texts, and opens nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, Final

import yaml

from emr.model.beside import Beside
from emr.model.job import Reading
from emr.model.ledger import End, Finding, Level
from emr.model.tree import Leaf, Node, hole, holes, leaves, plant, relocated, shown
from emr.readers import expressions, hcl, makefiles, oozie, pages, python, shapes, shell, terraform_parts

LARGEST: Final = 2 * 1024**2
"""Characters of a file: what is larger is no description that a person wrote."""

_UNREADABLE: Final = "nothing that can be read"
_ABOUT_EMR: Final = re.compile(
    r"spark-submit|HadoopJarStep|hadoop_jar_step|[sS]parkSubmit\w*|run_job_flow|start_job_run|"
    r"aws_emr_(cluster|instance_\w+|managed_\w+)|aws_emr(serverless|containers)_\w+|"
    r"AWS::EMR\w*|Emr(AddSteps|CreateJobFlow|Container|Serverless\w+)Operator|elasticmapreduce:\w+"
)
"""Words of a file that starts work on EMR, or describes it."""

_DEEPEST: Final = 100
"""Lists and mappings in one another."""


def read(name: str, text: str, beside: Beside | None = None) -> Reading:
    """Read a file.

    Args:
        name: its name: the ending says what it probably is.
        text: what stands in it.
        beside: the files that are given with it.
    """
    text = text.removeprefix("\ufeff")
    found = _read(name, text, beside or Beside())
    if not found.sources and found.kind != _UNREADABLE and (told := _ABOUT_EMR.search(text)):
        found.findings.append(_nothing(told[0]))
    return found


def _read(name: str, text: str, beside: Beside) -> Reading:
    if len(text) > LARGEST:
        return _unreadable(f"has {len(text)} characters, and a file may have {LARGEST}", "split it")
    name = re.sub(r"(?i)\.(tpl|tmpl|j2|jinja2?|tftpl)$", "", name)
    if re.search(r"(?i)\.(md|markdown|rst)$", name):
        return _read_page(text, beside)
    if makefiles.is_one(name):
        return shell.read(makefiles.as_script(text), beside=beside)
    if oozie.is_one(text) and (workflow := oozie.read(text, _properties(beside))) is not None:
        return workflow
    if re.search(r"(?i)\.py$", name):
        return _read_python(text)
    if re.search(r"(?i)\.(tf|hcl)$", name):
        return _read_hcl(text, beside)
    if re.search(r"(?i)\.(json|ya?ml|template|asl)$", name) or text.lstrip().startswith(("{", "[")):
        found = _read_data(text)
        if found is not None:
            return found
    return _guessed(text, beside)


def _properties(beside: Beside) -> str:
    """What a workflow of Oozie is handed, if that lies beside it."""
    found = beside.take("job.properties")
    return found[1] if found else ""


def _read_page(text: str, beside: Beside) -> Reading:
    """The commands, programs and descriptions that a page shows."""
    found = shell.read(re.sub(r"(?m)^\s*\$ ", "", pages.shown(text, pages.SHELLS)), beside=beside)
    # Names of one block are used in the next: a page's Python is one program.
    program = pages.shown(text, pages.PYTHONS)
    _add(found, _read_python(program) if program.strip() else None)
    for block in pages.blocks(text, pages.DATA):
        inner = _read_hcl(block.text, Beside()) if block.language in pages.HCL else _read_data(block.text)
        _add(found, inner, block.line)
    return found


def _add(found: Reading, inner: Reading | None, line: int = 0) -> None:
    """Add what a block describes, at places of the page."""
    if inner is None or not inner.sources:
        return
    found.kind = "a page"
    found.sources += [replace(each, tree=_placed(each.tree, line)) for each in inner.sources]
    found.findings += [replace(each, at=_place(each.at, line)) for each in inner.findings]
    found.leaves += [replace(each, at=_place(each.at, line)) for each in inner.leaves]


def _place(at: str, line: int) -> str:
    """A place in a block: pointers and lines count from the block's own first line."""
    return f"{line}:1#{at}" if line else at


def _placed(tree: dict[str, Node], line: int) -> dict[str, Node]:
    return {key: relocated(part, lambda at: _place(at, line)) for key, part in tree.items()}


def _guessed(text: str, beside: Beside) -> Reading:
    """A file whose ending says nothing."""
    if re.search(r"(?m)^\s*(from|import) \w+|^\w+ = [\[{]", text):
        found = _read_python(text)
        if found.sources:
            return found
    if re.search(r'(?m)^\s*resource\s+"aws_', text):
        return _read_hcl(text, beside)
    return shell.read(text, beside=beside)


def _nothing(word: str) -> Finding:
    return Finding(
        at="1:1",
        level=Level.BY_HAND,
        code="NOTHING_READ",
        why=f"the file speaks of {word}, and no description of a job could be read from it",
        todo="see what it starts; give the job flow, the steps or the command line itself to this command",
    )


def _unreadable(why: str, todo: str) -> Reading:
    return Reading(
        kind=_UNREADABLE,
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


def _read_hcl(text: str, beside: Beside) -> Reading:
    try:
        data = hcl.load(text, beside)
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
    tree = plant(expressions.plain(_said_once(data)))
    terraform_parts.attach(tree)
    reading = Reading(kind=kind, sources=list(shapes.sources(tree)))
    taken = {each.at for source in reading.sources for each in leaves(source.tree)}
    taken |= {at.partition("#")[0] for at in taken}
    for each in leaves(tree):
        if each.at in taken:
            continue
        reading.leaves.append(each)
        if not _is_script(each) or not _add_script(each, reading):
            reading.findings.append(_around(each, tree))
    return reading


def _is_script(each: Leaf) -> bool:
    """Whether a text is a script, as it stands in a workflow of CI or in a container's command."""
    return isinstance(each.value, str) and re.search(r"\bspark-submit\s|\baws\s+emr", each.text) is not None


def _add_script(each: Leaf, reading: Reading) -> bool:
    # `${{ x }}` is GitHub's: what it is, the workflow is told when it starts.
    inner = shell.read(re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda match: hole(match[1]), each.text), at=each.at)
    reading.sources += inner.sources
    reading.findings += inner.findings
    reading.leaves += inner.leaves
    return bool(inner.sources)


def _said_once(data: Any) -> Any:
    """A plan of Terraform without the parts that say once more what its planned values say."""
    if isinstance(data, dict) and isinstance(data.get("planned_values"), dict):
        return {"planned_values": data["planned_values"]}
    return data


def _around(each: Leaf, tree: Node) -> Finding:
    at = each.at
    if re.search(r"/(Step|Steps|HadoopJarStep|JobDriver|Parameters|Arguments)$", at) and holes(each.text):
        return Finding(
            at=at,
            level=Level.BLOCKED,
            code="COMPUTED",
            value=shown(each.text),
            why="what runs is handed in when it starts: nothing here says what it is",
            todo="give what is handed in, as JSON, to this command",
        )
    if re.fullmatch(r"/Parameters/[^/]+/Default|/variable/\d+/[^/]+/default(/.*)?", at):
        return Finding(
            at=at,
            level=Level.CHANGED,
            code="DEFAULT",
            why="the default of a parameter, which is taken where the parameter is named",
            todo="write the value in its place if a deployment gives another",
        )
    if "/States/" in at or (isinstance(tree, dict) and "States" in tree):
        return Finding(
            at=at,
            level=Level.CHANGED,
            code="STATE_MACHINE",
            why="the order of the states, their retries and branches are not the job's own",
            todo="write them as a DAG of Airflow, with the jobs as tasks",
        )
    return Finding(
        at=at,
        level=Level.EXACT,
        code="AROUND",
        end=End.DROPPED,
        why="it stands around the descriptions of jobs and clusters, and belongs to none of them",
    )


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags."""


def _tagged(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    """A tag of CloudFormation as the function that it is short for."""
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: str(loader.construct_scalar(node))}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else ""}


def _timestamp(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _tagged)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)
