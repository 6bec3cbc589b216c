"""Reads workflows of Oozie: the calls of spark-submit that their actions are. Pure.

Elements: Oozie's schemas `spark-action` 0.1 to 1.0 and `shell-action` 0.1 to 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

from emr.model.job import Form, Reading, Source
from emr.model.ledger import Finding, Level
from emr.model.tree import Leaf, Node, hole
from emr.readers import shell, spark_submit

_EXPRESSION: Final = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_OPTIONS: Final = {"master": "--master", "mode": "--deploy-mode", "name": "--name", "class": "--class"}
_OTHERS: Final = {
    "hive",
    "hive2",
    "pig",
    "sqoop",
    "java",
    "map-reduce",
    "distcp",
    "fs",
    "sub-workflow",
    "ssh",
}


def is_one(text: str) -> bool:
    """Say whether a text is a workflow of Oozie."""
    return re.search(r"<(\w+:)?workflow-app\b", text) is not None and "<!DOCTYPE" not in text


def read(text: str, properties: str = "") -> Reading | None:
    """Read a workflow; None if it is no XML.

    Args:
        text: of it.
        properties: of the file `job.properties` that goes with it.
    """
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - no document type, and so no entities
    except ElementTree.ParseError:
        return None
    reading = Reading(kind="a workflow of Oozie")
    values = dict(re.findall(r"(?m)^\s*([\w.-]+)\s*[=:]\s*(.*?)\s*$", properties))
    for action in root.iter():
        if _tag(action) == "action":
            for kind in action:
                _read_action(kind, action.get("name", ""), values, reading)
    return reading


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _read_action(kind: ElementTree.Element, name: str, values: dict[str, str], reading: Reading) -> None:
    at = f"/action[{name}]/{_tag(kind)}"
    if _tag(kind) == "spark":
        words = list(_submission(kind, at, values))
        reading.sources.append(Source(form=Form.COMMAND, tree={"Command": words}))
    elif _tag(kind) == "shell":
        shell.add_command(list(_shell_words(kind, at, values)), {}, reading)
    elif _tag(kind) in _OTHERS:
        reading.findings.append(
            Finding(
                at=at,
                level=Level.LOST
                if _tag(kind) in {"hive", "hive2", "pig", "sqoop", "map-reduce"}
                else Level.BY_HAND,
                code="NO_SPARK",
                why=f"an action of the kind {_tag(kind)} is no job of Spark",
                todo="rewrite it for Spark, or let it stay on EMR; files: let the jobs name s3a:// paths",
                value=name,
            )
        )


def _submission(kind: ElementTree.Element, at: str, values: dict[str, str]) -> Iterator[Node]:
    yield Leaf("spark-submit", at)
    for tag, option in _OPTIONS.items():
        for found in _texts(kind, tag, at, values):
            yield found.with_text(option, "option")
            yield found
    for found in _texts(kind, "spark-opts", at, values):
        yield from spark_submit.words_of(found)
    for tag, option in (("file", "--files"), ("archive", "--archives")):
        for found in _texts(kind, tag, at, values):
            yield found.with_text(option, "option")
            yield found
    yield from _texts(kind, "jar", at, values)
    yield from _texts(kind, "arg", at, values)


def _shell_words(kind: ElementTree.Element, at: str, values: dict[str, str]) -> Iterator[Leaf]:
    yield from _texts(kind, "exec", at, values)
    yield from _texts(kind, "argument", at, values)


def _texts(kind: ElementTree.Element, tag: str, at: str, values: dict[str, str]) -> Iterator[Leaf]:
    """Texts of an action's elements; what the workflow is handed is a hole."""

    def value(match: re.Match[str]) -> str:
        return values.get(match[1], hole(match[1]))

    number = 0
    for element in kind:
        if _tag(element) == tag:
            number += 1
            text = (element.text or "").strip()
            for _ in range(3):
                text = _EXPRESSION.sub(value, text)
            yield Leaf(text, f"{at}/{tag}[{number}]")
