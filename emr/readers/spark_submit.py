"""Takes a call of spark-submit apart as Spark's own parser does. Pure.

The options are those of `org.apache.spark.launcher.SparkSubmitOptionParser` of both releases that jobs go to;
`tests/data/generate.py submit-options` reads them out of its jar. The loop is that of its `parse`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from emr.model.job import Option, Submission
from emr.model.tree import Leaf
from emr.tables import table

_TELLING: Final = {"--master", "--deploy-mode", "--executor-memory", "--driver-memory", "--num-executors"}
_EQUALS: Final = re.compile(r"(--[^=]+)=(.+)", re.DOTALL)


@cache
def _options(kind: str) -> dict[str, str]:
    """Every spelling of an option -> its name."""
    return {
        spelling: names[0]
        for release in table("spark_submit_options.json").values()
        for names in release[kind]
        for spelling in names
    }


def is_option(word: str) -> bool:
    """Say whether a word is an option that only spark-submit has, unlike a `--name`."""
    return word in _TELLING


def parse(words: Sequence[Leaf]) -> Submission:
    """Take a call apart.

    Args:
        words: what follows `spark-submit`.
    """
    found: list[Option] = []
    number, wrong = 0, ""
    while number < len(words):
        word = words[number]
        spelling, value = _split(word)
        if name := _options("value").get(spelling):
            if value is None:
                number += 1
                value = words[number] if number < len(words) else None
            if value is None:
                wrong = f"{name} has no value"
                break
            found.append(Option(name=name, value=value, word=word))
        elif name := _options("switch").get(spelling):
            found.append(Option(name=name, value=None, word=word))
        elif word.text.startswith("-"):
            wrong = f"{word.text} is no option of spark-submit"
            break
        else:
            return Submission(options=tuple(found), program=word, arguments=tuple(words[number + 1 :]))
        number += 1
    return Submission(
        options=tuple(found), program=None, arguments=tuple(words[number + 1 :]), wrong=wrong or "no program"
    )


def _split(word: Leaf) -> tuple[str, Leaf | None]:
    match = _EQUALS.fullmatch(word.text)
    if match is None:
        return word.text, None
    return match[1], word.with_text(match[2])


def words_of(text: Leaf) -> list[Leaf]:
    """Split one text into words, as the services of EMR split `sparkSubmitParameters`.

    Args:
        text: the whole, with quotes as a shell knows them.

    Raises:
        ValueError: a quote is not closed.
    """
    import shlex

    lexer = shlex.shlex(text.text, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    return [text.with_text(word, f"word {number}") for number, word in enumerate(lexer, start=1)]
