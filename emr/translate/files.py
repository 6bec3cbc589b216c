"""Files of a job: its program, its jars, its packages. Pure."""

from __future__ import annotations

import re
from typing import Final

from components.spark.submission import FILE_PATTERN, LAUNCHER_CLASSES
from emr.model.ledger import Level
from emr.model.tree import Leaf, holes
from emr.translate import paths, words
from emr.translate.draft import Draft

_LISTS: Final = {
    "spark.jars": "jars",
    "spark.files": "files",
    "spark.archives": "archives",
    "spark.submit.pyFiles": "pyFiles",
}
_IN_IMAGE: Final = re.compile(
    r"(org\.apache\.hadoop:hadoop-(aws|client|common)[\w-]*|com\.amazonaws:aws-java-sdk[\w-]*|"
    r"software\.amazon\.awssdk:[\w-]+|org\.apache\.spark:spark-(hadoop-cloud|hive|sql|core)_[\d.]+)(:.*)?"
)
_EXAMPLES: Final = re.compile(r"^(local://)?/usr/lib/spark/examples/src/")
"""Spark's examples in Python, which its image here has as well, in its own place."""

_TYPES: Final = {".py": "Python", ".jar": "Scala", ".r": "R"}


def program(draft: Draft) -> tuple[str, str]:
    """Where the program is here, and its type; empty if that can't be said.

    Args:
        draft: of the job; what blocks it is noted.
    """
    found = draft.job.submission.program
    if found is None:
        return "", ""
    text = _file(draft, found, "PROGRAM", "the program")
    ending = re.search(r"\.\w+$", text.partition("#")[0])
    kind = _TYPES.get(ending[0].lower(), "") if ending else ""
    if not kind and any(each.name == "--class" for each in draft.job.submission.options):
        # What is neither Python nor R is a jar to spark-submit, whatever it is called (SparkSubmitArguments).
        kind = "Scala"
    if not kind and not draft.problems:
        draft.note(
            found,
            Level.BLOCKED,
            "PROGRAM",
            "neither .py, .jar nor .R: its type can't be told",
            "name the program by a file of such an ending",
        )
    return text, kind


def main_class(draft: Draft, kind: str) -> str:
    """The class to run; empty for a program of Python or R.

    Args:
        draft: of the job; what blocks it is noted.
        kind: type of the program.
    """
    named = [
        each for each in draft.job.submission.options if each.name == "--class" and each.value is not None
    ]
    for each in named:
        draft.ledger.use(each.word, each.value)
    if kind != "Scala":
        return ""
    if not named or named[-1].value is None:
        draft.note(
            draft.job.at,
            Level.BLOCKED,
            "MAIN_CLASS",
            "a jar without --class: the operator must not open it to look",
            "name the class: it is in the jar's META-INF/MANIFEST.MF",
        )
        return ""
    value = draft.known(named[-1].value)
    if value.text in LAUNCHER_CLASSES:
        draft.note(
            value,
            Level.BLOCKED,
            "MAIN_CLASS",
            "a shell or a server, which can not run in cluster mode",
            "name a class of the job",
        )
    return value.text


def dependencies(draft: Draft) -> None:
    """Move lists of files, and packages, from the properties to `spec.deps`.

    Args:
        draft: of the job; what blocks it is noted.
    """
    packages = draft.conf.pop("spark.jars.packages", None)
    for key, kind in _LISTS.items():
        found = draft.conf.pop(key, None)
        for number, text in enumerate(_listed(found), start=1):
            assert found is not None  # noqa: S101 - it has an element
            part = found.with_text(text, f"file {number}")
            if written := _file(draft, part, "DEPENDENCY", f"a file of {key}"):
                draft.deps.setdefault(kind, []).append(written)
    _of_other_releases(draft)
    for number, coordinate in enumerate(_listed(packages), start=1):
        assert packages is not None  # noqa: S101 - it has an element
        _package(draft, packages.with_text(coordinate, f"package {number}"))


_MADE_FOR: Final = re.compile(
    r"spark-?(?:runtime|bundle|extensions)?-?(?P<spark>[23](?:\.\d)?)(?!\d)|"
    r"_(?P<scala>2\.1[0123])[-_.]|(?P<delta>delta-core)|"
    r"spark-(?:avro|sql-kafka|streaming|sql-kinesis)[\w-]*_2\.1\d-(?P<own>\d\.\d)"
)
"""What a jar's name says of the Spark or the Scala that it is for; Delta's is another since its release 3."""


def _of_other_releases(draft: Draft) -> None:
    """Jars whose names say that they are for another Spark than the one that the job gets."""
    scala = "2.13" if draft.target.startswith("4.") else "2.12"
    for jar in draft.deps.get("jars", []):
        name = jar.rpartition("/")[2]
        made = [match.groupdict() for match in _MADE_FOR.finditer(name)]
        spark = [text for each in made if (text := each["spark"] or each["own"])]
        other = any(not draft.target.startswith(text) or "." not in text for text in spark)
        if other or any(each["delta"] or (each["scala"] or scala) != scala for each in made):
            draft.note(
                draft.job.at,
                Level.BY_HAND,
                "JAR_RELEASE",
                f"{name} was made for another Spark than {draft.target}",
                "name the one for this release among the answers, by its path or its package",
            )


def _listed(found: Leaf | None) -> list[str]:
    return [each.strip() for each in found.text.split(",") if each.strip()] if found else []


def _package(draft: Draft, found: Leaf) -> None:
    known = draft.known(found)
    answer = draft.answers.package(known.text)
    if answer is not None:
        draft.ledger.use(found)
        draft.deps.setdefault("jars", []).extend(answer)
    elif _IN_IMAGE.fullmatch(known.text):
        draft.note(
            found,
            Level.CHANGED,
            "IN_IMAGE",
            f"{known.text}: the image has it, in the release that fits its Spark",
        )
    else:
        draft.note(
            found,
            Level.BLOCKED,
            "PACKAGES",
            f"{known.text} would be fetched from Maven into the operator, which the platform refuses",
            f"put its jars into the artifacts bucket, for Spark {draft.target}, and name them among the "
            f"answers: packages: "
            f'{{"{known.text}": [s3a://...]}}; an empty list, if they are in the image',
        )


def _file(draft: Draft, found: Leaf, code: str, what: str) -> str:
    """Where a file is here; empty if it is left out, or if that can't be said."""
    word = words.templated(draft, draft.known(found))
    if holes(word.text):
        return ""
    if paths.placeholder(word.text):
        return ""
    name, _, alias = word.text.partition("#")
    answer = draft.answers.path(name)
    if answer == "":
        draft.note(found, Level.CHANGED, "LEFT_OUT", "left out, as the answers say")
        return ""
    here = _EXAMPLES.sub("local:///opt/spark/examples/src/", answer or name)
    text = words.s3(draft, here + (f"#{alias}" if alias else ""))
    of_emr = answer is None and text.startswith("local:///usr/")
    if (re.fullmatch(FILE_PATTERN, text) and not of_emr) or (
        draft.templated and "{{" in text and "://" in text
    ):
        draft.ledger.use(found)
        if answer is None and name.startswith("local://") and not _EXAMPLES.match(name):
            draft.note(
                found,
                Level.BY_HAND,
                "IN_IMAGE",
                f"{what} is in the image that the job has today",
                "put it into the job's image",
            )
        return text
    if not draft.problems or code not in draft.problems:
        draft.note(
            found,
            Level.BLOCKED,
            code,
            f"{what} is not in S3, and no pod has it"
            if "*" not in text
            else f"{what} is a pattern: no list of files is known",
            f'put it into the artifacts bucket, and name it among the answers: paths: {{"{name}": s3a://...}}'
            + ("" if code == "PROGRAM" else "; empty to leave it out"),
        )
    else:
        draft.note(found, Level.BLOCKED, code, f"{what} is not in S3, and no pod has it", "as above")
    return ""
