"""Reads a folder of definitions: gives what is right, tells what is wrong, and neither stops the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from . import conditions
from .checking import ONCE_KIND, SCHEDULED_KIND, Definition, Found, Platform, check_form, definition
from .documents import LARGEST, UnreadableError, documents
from .problems import Problem, instead
from .settings import KIND, Check, JobSettings, names


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a folder has.

    Args:
        definitions: jobs that are right, by namespace and name.
        problems: all that is wrong, by file and line.
        files: every file that was read.
    """

    definitions: tuple[Definition, ...]
    problems: tuple[Problem, ...]
    files: tuple[str, ...]


def read(folder: Path, platform: Platform) -> Reading:
    """Read all definitions below a folder; folders and files whose names begin with a dot are passed over.

    Args:
        folder: a checkout's folder of definitions.
        platform: what they are held against.
    """
    found: list[Found] = []
    problems: list[Problem] = []
    files: list[str] = []
    for file in sorted(folder.rglob("*.y*ml")):
        path = file.relative_to(folder)
        if file.suffix not in (".yaml", ".yml") or any(part.startswith(".") for part in path.parts):
            continue
        files.append(str(path))
        _read_file(file, str(path), folder.resolve(), found, problems)
    jobs = [each for each in found if each.kind in (ONCE_KIND, SCHEDULED_KIND)]
    beside = _settings([each for each in found if each.kind == KIND], jobs)
    _check_names(jobs)
    right = (definition(each, beside.get(each.name, JobSettings()), platform) for each in jobs)
    definitions = [each for each in right if each]
    problems += [problem for each in found for problem in each.problems]
    return Reading(
        definitions=tuple(sorted(definitions, key=lambda each: (each.namespace, each.name))),
        problems=tuple(sorted(set(problems))),
        files=tuple(files),
    )


def _read_file(file: Path, path: str, root: Path, found: list[Found], problems: list[Problem]) -> None:
    def fault(line: int, message: str) -> None:
        problems.append(Problem(path=path, line=line, key="", message=message))

    if not file.resolve().is_relative_to(root):
        fault(1, "leads out of the folder of definitions: put the file itself there")
        return
    if file.stat().st_size > LARGEST:
        fault(1, f"has {file.stat().st_size} bytes, and a file may have {LARGEST}: split it")
        return
    try:
        for document in documents(file.read_text(encoding="utf-8")):
            each = Found(path=path, document=document)
            if not isinstance(document.data, dict):
                fault(document.line, "is no object of Kubernetes: write apiVersion, kind, metadata and spec")
                continue
            check_form(each)
            found.append(each)
    except UnreadableError as error:
        fault(error.line, str(error))
    except UnicodeDecodeError as error:
        fault(1, f"is no UTF-8 from byte {error.start} on: save it as UTF-8")


def _settings(found: list[Found], jobs: list[Found]) -> dict[tuple[str, str], JobSettings | None]:
    """Settings by the name of their job; None for those that are wrong, and so is their job then."""
    named = {each.name for each in jobs}
    beside: dict[tuple[str, str], JobSettings | None] = {}
    for each in found:
        if each.name not in named:
            each.fault(
                ("metadata", "name"), f"{'/'.join(each.name)} is no job of this folder: name the job's"
            )
        if each.name in beside:
            each.fault(("metadata", "name"), "has two documents of settings: leave one")
        try:
            settings = JobSettings.model_validate(each.document.data.get("spec") or {})
        except ValidationError as error:
            for fault in error.errors():
                key = ("spec", *(step for step in fault["loc"] if step != "[key]"))
                each.fault(key, _said(fault["type"], str(key[-1]), fault["msg"]))
        else:
            # Here and not in the model, which also reads what an earlier release has kept.
            _check_checks(each, settings.checks)
        beside[each.name] = None if each.problems else settings
    return beside


def _check_checks(each: Found, checks: Sequence[Check]) -> None:
    """Check what the model can't: checks among each other, and the text of conditions."""
    seen: set[str] = set()
    for number, check in enumerate(checks):
        if check.name in seen:
            each.fault(
                ("spec", "checks", number, "name"), f"{check.name} is the name of two: give it another"
            )
        seen.add(check.name)
        for message in conditions.faults(check.sql) if check.sql else ():
            each.fault(("spec", "checks", number, "sql"), message)
    for message in conditions.faults_of_all([check.sql for check in checks if check.sql]):
        each.fault(("spec", "checks"), message)


def _said(kind: str, name: str, message: str) -> str:
    """What pydantic says, in the words of a person who wrote the file."""
    if kind != "extra_forbidden":
        return message.removeprefix("Value error, ")
    return f"is no setting{instead(name, names())}"


def _check_names(jobs: list[Found]) -> None:
    by_name: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for each in jobs:
        by_name[each.name].append(each)
    for same in by_name.values():
        for each in same[1:]:
            first = f"{same[0].path}:{same[0].document.line}"
            each.fault(
                ("metadata", "name"), f"{each.name[1]} is defined in {first} too: give one another name"
            )
            same[0].fault(
                ("metadata", "name"), f"{each.name[1]} is defined in {each.path}:{each.document.line} too"
            )
