"""What a command is: what stands before its program, and what the program means for a migration. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from emr.model.ledger import Level
from emr.model.tree import HOLE, Leaf, Node, holes

_SPARK: Final = {"spark-submit", "spark2-submit", "spark3-submit"}
_WITH_VALUE: Final = {
    "sudo": {"-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "--user", "--group"},
    "nice": {"-n"},
    "timeout": {"-s", "-k"},
    "env": {"-u"},
    "time": set(),
    "nohup": set(),
    "exec": set(),
    "command": set(),
    "setsid": set(),
    "stdbuf": {"-o", "-e", "-i"},
    "ionice": {"-c", "-n"},
}
"""Programs that start another -> their options that have a value of their own."""

_SHELLS: Final = {"bash", "sh", "zsh", "/bin/bash", "/bin/sh"}
_NAMED: Final = re.compile(r"(?i)^\w*spark_?submit\w*$|\bspark-submit\b")
"""What people call a variable that holds the program, or a search for it."""

_CONTAINERS: Final = {"docker", "docker-compose", "podman", "podman-compose", "nerdctl", "kubectl", "oc"}
"""Programs that start another in a container: what stands before it is their own."""

_REMOTE: Final = {"ssh", "su", "eval"}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a program means.

    Args:
        level: how much of it is left here.
        code: a word for programs.
        why: the reason.
        todo: what to do.
    """

    level: Level
    code: str
    why: str
    todo: str


def _of(level: Level, code: str, why: str, todo: str) -> Kind:
    return Kind(level=level, code=code, why=why, todo=todo)


_SQL: Final = _of(
    Level.BY_HAND,
    "SPARK_SQL",
    "a SQL shell does not run in cluster mode",
    "write a program of a few lines that reads the file from S3 and runs its statements, and submit that",
)
_SHELL: Final = _of(
    Level.LOST,
    "SPARK_SHELL",
    "a shell needs a person",
    "use Spark Connect with a notebook (docs/releases.md)",
)
_COPY: Final = _of(
    Level.BY_HAND,
    "COPY",
    "copies data into or out of the cluster's own disks, or between buckets",
    "let the job read and write S3 itself and delete this, or run `aws s3 sync` in a Job of Kubernetes",
)
_HADOOP: Final = _of(
    Level.LOST,
    "NO_SPARK",
    "this program is not Spark: nothing here runs it",
    "rewrite it for Spark, or let it stay on EMR",
)

KINDS: Final = {
    "spark-sql": _SQL,
    "spark-shell": _SHELL,
    "pyspark": _SHELL,
    "sparkR": _SHELL,
    "s3-dist-cp": _COPY,
    "s3distcp": _COPY,
    "hadoop": _HADOOP,
    "hdfs": _of(
        Level.BY_HAND,
        "HDFS",
        "there is no HDFS here: what the next job reads from it must lie in S3",
        "let the jobs name s3a:// paths, and delete this",
    ),
    "yarn": _of(Level.LOST, "YARN", "there is no YARN here", "use kubectl, or the page of the job"),
    "hive": _HADOOP,
    "hive-script": _of(
        Level.BY_HAND,
        "HIVE",
        "there is no Hive here",
        "run simple HiveQL as Spark SQL; the rest is a rewrite",
    ),
    "beeline": _HADOOP,
    "pig": _HADOOP,
    "pig-script": _HADOOP,
    "impala-script": _HADOOP,
    "hadoop-streaming": _HADOOP,
    "hbase": _HADOOP,
    "flink": _HADOOP,
    "flink-yarn-session": _HADOOP,
    "sqoop": _HADOOP,
    "presto-cli": _HADOOP,
    "trino-cli": _HADOOP,
    "oozie": _HADOOP,
    "distcp": _COPY,
    "state-pusher-script": _of(
        Level.EXACT, "DEBUGGING", "EMR's own debugging, which the console no longer has", ""
    ),
    "run-example": _of(
        Level.BY_HAND,
        "EXAMPLE",
        "Spark's examples: their jar is in no image here",
        "put spark-examples of the release that the job gets into the artifacts bucket, and submit that",
    ),
    "spark-example": _of(
        Level.BY_HAND,
        "EXAMPLE",
        "Spark's examples: their jar is in no image here",
        "put spark-examples of the release that the job gets into the artifacts bucket, and submit that",
    ),
}
"""Program -> what becomes of it, for those that data teams have in their steps."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A command without what stands before its program.

    Args:
        words: the program and what follows.
        environment: variables that are set for it.
        script: a whole script that a shell gets as one word; None for none.
    """

    words: tuple[Leaf, ...]
    environment: dict[str, Node] = field(default_factory=dict)
    script: Leaf | None = None


def program(word: Leaf) -> str:
    """Name of a program, without its folder.

    Args:
        word: with a path, or without.
    """
    name = re.split(r"[/\\]", word.text)[-1]
    return re.sub(r"(?i)\.(cmd|sh|exe)$", "", name)


def is_spark(word: Leaf) -> bool:
    """Say whether a program is spark-submit.

    Args:
        word: the first of a command.
    """
    named = holes(word.text) if HOLE.fullmatch(word.text) else ()
    return program(word) in _SPARK or any(_NAMED.search(each) for each in named)


_OTHER_SCRIPT: Final = _of(
    Level.BY_HAND,
    "SCRIPT",
    "runs a script that stands elsewhere: what it starts can't be seen here",
    "give the script itself to this command, if it submits jobs",
)


def kind(words: Sequence[Leaf]) -> Kind | None:
    """What a command means; None for one that has nothing to do with a migration.

    Args:
        words: of the command, the program first.
    """
    name = program(words[0])
    script = words[1] if name in _SHELLS | {"source", "."} and len(words) > 1 else words[0]
    if re.search(r"\.(sh|bash)$", script.text):
        return _OTHER_SCRIPT
    return KINDS.get(name)


def unwrapped(words: Sequence[Leaf]) -> Call:
    """Take `nohup`, `sudo -u hadoop`, `env A=b`, `bash -c` and the like from the front.

    Args:
        words: of a command.
    """
    rest = list(words)
    environment: dict[str, Node] = {}
    while rest:
        name = program(rest[0])
        if match := re.fullmatch(r"(\w+)=(.*)", rest[0].text, re.DOTALL):
            environment[match[1]] = rest[0].with_text(match[2])
            rest.pop(0)
        elif name in _WITH_VALUE:
            rest = _without_options(name, rest)
        elif name in _CONTAINERS and (start := _inside(rest)):
            rest = rest[start:]
        elif name in _SHELLS | _REMOTE and (script := _script(name, rest)):
            return Call(words=tuple(rest), environment=environment, script=script)
        elif " " in rest[0].text.strip() and re.search(r"\bspark-submit\s", rest[0].text) and len(rest) == 1:
            return Call(words=tuple(rest), environment=environment, script=rest[0])
        else:
            break
    return Call(words=tuple(rest), environment=environment)


def _inside(words: Sequence[Leaf]) -> int:
    """Number of the word that a container's own command begins with; 0 if it has nothing to do with Spark."""
    fits = (
        number for number, word in enumerate(words) if is_spark(word) or (number and program(word) in _SHELLS)
    )
    return next(fits, 0)


def _without_options(name: str, words: list[Leaf]) -> list[Leaf]:
    rest = words[1:]
    while rest and rest[0].text.startswith("-"):
        rest = rest[2:] if rest[0].text in _WITH_VALUE[name] else rest[1:]
    return rest[1:] if name == "timeout" else rest


def _script(name: str, words: list[Leaf]) -> Leaf | None:
    """The script that a shell gets as a word."""
    rest = words[1:]
    if name in _SHELLS:
        for number, word in enumerate(rest[:-1]):
            if re.fullmatch(r"-[a-z]*c", word.text):
                return rest[number + 1]
            if not word.text.startswith("-"):
                return None
        return None
    last = words[-1]
    if name == "ssh" and (start := _inside(words)):
        return last.with_text(" ".join(word.text for word in words[start:]))
    if name == "eval" and len(words) > 2:
        return last.with_text(" ".join(word.text for word in rest))
    return last if re.search(r"spark-submit|aws emr", last.text) and len(words) > 1 else None
