"""Words of a job: holes filled in, paths led to S3, secrets turned into references. Pure."""

from __future__ import annotations

import re
from typing import Final

from emr.model.ledger import Level
from emr.model.tree import Leaf, holes
from emr.readers import spark_submit
from emr.translate import paths
from emr.translate.draft import Draft
from emr.translate.properties import reference
from emr.translate.secrets import inside, named, variable

_JINJA: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_OF_OLD_DAG: Final = re.compile(r"\bxcom_pull\b|\bparams\b")
"""What Jinja would render as nothing: Airflow knows it by the DAG that is taken away."""

_DOLLAR: Final = re.compile(r"\$\{([\w.:/-]+)\}")
_BUCKET: Final = re.compile(r"\bs3[an]?://([^/\s,;'\"]+)")
_ASSIGNED: Final = re.compile(r"(?s)(?P<name>-{0,2}[\w.-]+)=(?P<value>.+)")


def arguments(draft: Draft) -> list[str]:
    """The program's arguments as they are written here.

    Args:
        draft: of the job; what blocks it is noted.
    """
    found: list[str] = []
    option = ""
    behind = [word for word in draft.job.submission.arguments if spark_submit.is_option(word.text)]
    if behind:
        draft.note(
            behind[0],
            Level.BY_HAND,
            "OPTION_BEHIND_PROGRAM",
            f"{behind[0].text} stands behind the program: Spark hands it to the program, and does not "
            f"read it",
            "if spark-submit was meant to read it, put it before the program",
        )
    for number, word in enumerate(draft.job.submission.arguments, start=1):
        found.append(_argument(draft, word, option, number))
        option = word.text.lstrip("-") if word.text.startswith("-") and "=" not in word.text else ""
    return found


def _argument(draft: Draft, word: Leaf, option: str, number: int) -> str:
    match = _ASSIGNED.fullmatch(word.text)
    name = match["name"] if match else option
    value = match["value"] if match else word.text
    if option and named(option, word.text) and not _JINJA.search(word.text):
        return f"$({_secret(draft, option, word)})"
    if match and named(name, value) and not _JINJA.search(value):
        return f"{name}=$({_secret(draft, name, word)})"
    if inside(word.text):
        return f"$({_secret(draft, option or f'argument {number}', word)})"
    written = located(draft, word, name.lstrip("-"))
    # A pod's arguments are expanded by the kubelet: `$$(` is `$(` for the program.
    return written.replace("$(", "$$(")


def _secret(draft: Draft, name: str, word: Leaf) -> str:
    wanted = variable(name)
    taken = draft.secrets["driver"]
    unique = next(
        each for n in range(len(taken) + 2) if (each := f"{wanted}_{n}" if n else wanted) not in taken
    )
    return reference(draft, "driver", unique, word)


def located(draft: Draft, word: Leaf, name: str) -> str:
    """A word with its holes filled in and its paths in S3.

    Args:
        draft: of the job; what blocks it is noted.
        word: the word.
        name: what it is called, such as the option that it belongs to.
    """
    filled_in = templated(draft, draft.known(word))
    text, missing = paths.mapped(filled_in.text, name, draft.answers.path)
    for path in missing:
        if holes(path):
            # What it is has to be said first; then it is looked at again.
            continue
        draft.note(
            word,
            Level.BLOCKED,
            "PATH",
            f"{path} is in HDFS or on a node's disk: here it would be the disk of one pod, and what is "
            f"written there is lost",
            f'write where it is in S3 among the answers: paths: {{"{path}": s3a://...}}; the path '
            f"itself, if it is none",
        )
    draft.ledger.use(word)
    return s3(draft, text)


def templated(draft: Draft, word: Leaf) -> Leaf:
    """A word whose marks somebody fills in; those that nobody does block the job.

    Args:
        draft: where it is noted.
        word: of a command, or a property's value.
    """
    if (match := _JINJA.search(word.text)) and not draft.templated:
        draft.note(
            word,
            Level.BLOCKED,
            "JINJA",
            f"{match[0]} is filled in by Airflow when a run starts",
            "use `spark-on-eks emr dag`, which keeps it, or fill it in",
        )
    for mark in _JINJA.findall(word.text) if draft.templated else ():
        if _OF_OLD_DAG.search(mark):
            draft.note(
                word,
                Level.BLOCKED,
                "JINJA",
                f"{mark} is what the old DAG's tasks or parameters hand over: the new one has none of them",
                "write what it is in its place",
            )
    text = _DOLLAR.sub(lambda found: draft.answers.variables.get(found[1], found[0]), word.text)
    if match := _DOLLAR.search(text):
        draft.note(
            word,
            Level.BLOCKED,
            "UNKNOWN_VALUE",
            f"{match[0]} is filled in by something outside of this file",
            f"write its value among the answers: variables: {{{match[1]}: ...}}",
        )
    return word.with_text(text)


def s3(draft: Draft, text: str) -> str:
    """A text with its paths of S3 as S3A's, counted, and their buckets noted.

    Args:
        draft: where paths and buckets are noted.
        text: with any number of paths.
    """
    draft.s3 += len(paths.S3.findall(text))
    draft.buckets.update(_BUCKET.findall(text))
    return paths.s3a(text)
