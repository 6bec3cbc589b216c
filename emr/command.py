"""What the commands do with files: read them, translate them, print or write what came out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from emr.emit import dag as dag_of
from emr.emit import manifests
from emr.model.ledger import Finding
from emr.readers import tasks
from emr.report import data, page, text
from emr.translate import answers as answers_of
from emr.translate.answers import Answers
from emr.translate.application import Application
from emr.translate.kit import FileResult, translate

MOST_FILES: Final = 2000
"""Files of a folder that are read."""

_ENDINGS: Final = (
    ".json",
    ".yaml",
    ".yml",
    ".py",
    ".tf",
    ".hcl",
    ".sh",
    ".bash",
    ".cmd",
    ".bat",
    ".txt",
    ".template",
    ".asl",
    ".xml",
    ".mk",
    ".tpl",
    ".j2",
)
_NAMES: Final = ("Makefile", "makefile", "GNUmakefile")


class InputError(ValueError):
    """Inputs that can't be used; a line each."""


def texts(paths: Sequence[Path]) -> dict[str, str]:
    """Read files, and those of folders that may hold jobs.

    Args:
        paths: files and folders.

    Raises:
        InputError: with all that is wrong.
    """
    found: dict[str, str] = {}
    problems: list[str] = []
    for path in paths:
        files = (
            sorted(each for each in path.rglob("*") if each.suffix in _ENDINGS or each.name in _NAMES)
            if path.is_dir()
            else [path]
        )
        if path.is_dir() and not files:
            problems.append(f"{path}: no file that may hold a job ({', '.join(_ENDINGS)})")
        for file in files[:MOST_FILES]:
            try:
                found[str(file)] = file.read_text(encoding="utf-8", errors="replace")
            except OSError as error:
                problems.append(f"{file}: {error.strerror or error}")
    if problems:
        raise InputError("\n".join(problems))
    return found


def read_answers(path: Path | None) -> Answers:
    """Read the answers, if there are any.

    Args:
        path: of their file.

    Raises:
        InputError: with all that is wrong.
    """
    if path is None:
        return Answers()
    try:
        return answers_of.read(path.read_text(encoding="utf-8"))
    except (OSError, answers_of.BadAnswersError) as error:
        raise InputError(str(error)) from error


def assess(
    console: Console,
    paths: Sequence[Path],
    answers: Answers,
    *,
    namespace: str,
    as_json: bool = False,
    html: Path | None = None,
    everything: bool = False,
    costs: Sequence[str] = (),
) -> None:
    """Print the report alone.

    Args:
        console: where to.
        paths: files and folders.
        answers: what a person has decided.
        namespace: where the jobs will run.
        as_json: whether a program reads it.
        html: file to write the page to; None for none.
        everything: also what is dropped because nothing is lost.
        costs: sentences on what the move costs and saves.

    Raises:
        InputError: a file can't be read.
    """
    report = data.report(translate(texts(paths), answers, namespace=namespace), costs)
    if html is not None:
        html.write_text(page.page(report), encoding="utf-8")
    if as_json:
        console.print_json(json.dumps(report))
    else:
        text.show(console, report, everything=everything)


def convert(
    console: Console,
    paths: Sequence[Path],
    answers: Answers,
    *,
    namespace: str,
    output: Path,
    schedule: str = "",
) -> None:
    """Write the applications, the report and its page into a folder.

    Args:
        console: where what was done is said.
        paths: files and folders.
        answers: what a person has decided.
        namespace: where the jobs will run.
        output: the folder.
        schedule: of all jobs; empty for what the inputs say.

    Raises:
        InputError: a file can't be read, or the schedule is none.
    """
    if schedule and not manifests.schedule(schedule):
        raise InputError(f"--schedule {schedule}: must be five fields of cron, or @daily and the like")
    results = translate(texts(paths), answers, namespace=namespace)
    report = data.report(results)
    # In a folder of its own: `kubectl create -f` takes every file of the other for an object.
    beside = output / "report"
    beside.mkdir(parents=True, exist_ok=True)
    files = documents(results, schedule)
    for name, content in files.items():
        (output / name).write_text(content, encoding="utf-8")
    (beside / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (beside / "report.html").write_text(page.page(report), encoding="utf-8")
    text.show(console, report)
    console.print(
        f"\nwritten to {output}: {len(files)} application(s); the report is in report/", soft_wrap=True
    )


def dag(console: Console, source: Path, answers: Answers, *, namespace: str, output: Path) -> None:
    """Write the DAG that takes the place of one of EMR, and the applications of its tasks.

    Args:
        console: where what has to be done by hand is said.
        source: the old DAG.
        answers: what a person has decided.
        namespace: where the jobs will run.
        output: the folder.

    Raises:
        InputError: the file can't be read, is no DAG, or one of its jobs is blocked.
    """
    content = texts([source])
    (found,) = translate(content, answers, namespace=namespace, templated=True)
    try:
        old = tasks.read(content[str(source)])
    except SyntaxError as error:
        raise InputError(f"{source}: no Python: {error}") from error
    made = dag_of.write(old, found.applications, namespace=namespace)
    for note in made.notes:
        console.print(f"- {note}", soft_wrap=True, markup=False)
    if not made.text:
        why = "a job of it is blocked" if found.applications else "no job of Spark was found in it"
        raise InputError(
            f"{source}: {why}, and no DAG was written; `spark-on-eks emr assess {source}` says more"
        )
    output.mkdir(parents=True, exist_ok=True)
    (output / source.name).write_text(made.text, encoding="utf-8")
    for each in found.applications:
        if each.manifest is not None:
            findings = each.findings(found.ledger)
            file = output / f"{each.name}.yaml"
            file.write_text(manifests.written(dag_of.never_again(each.manifest), findings), encoding="utf-8")
    console.print(
        f"written to {output}: {source.name} and {len(found.applications)} application(s)", soft_wrap=True
    )


def documents(results: Sequence[FileResult], schedule: str = "") -> dict[str, str]:
    """Name of a file -> what is written into it.

    Args:
        results: what became of the inputs.
        schedule: of all jobs; empty for what the inputs say.
    """
    found: dict[str, str] = {}
    for result in results:
        own = _own_schedule(result)
        for each in result.applications:
            if each.manifest is None:
                continue
            when = manifests.schedule(schedule or own)
            findings = each.findings(result.ledger)
            found[f"{each.name}.yaml"] = _document(each, each.manifest, when, findings)
    return found


def _own_schedule(result: FileResult) -> str:
    """The schedule of a file with one job: the order of several is a DAG's business."""
    schedules = {work.schedule for work in result.works}
    return schedules.pop() if len(result.applications) == 1 and len(schedules) == 1 else ""


def _document(found: Application, manifest: Mapping[str, Any], when: str, findings: Sequence[Finding]) -> str:
    alone = manifest["kind"] == "SparkApplication"
    whole = manifests.scheduled(manifest, when) if when and alone else manifest
    return manifests.written(whole, findings)
