"""Finds calls of Spark and of EMR in shell scripts and in single lines. Pure: nothing is run or expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tree_sitter import Node as Syntax

from emr.model.beside import Beside
from emr.model.job import Form, Reading, Source
from emr.model.ledger import End, Finding, Level
from emr.model.tree import HOLE, Leaf, Node, hole
from emr.readers import commands, continuations
from emr.readers.aws_cli import aws_sources
from emr.readers.shell_words import (
    Place,
    Variables,
    assigned,
    destination,
    document,
    evaluated,
    glued,
    joined,
    parsed,
)

_LOOPS: Final = {"for_statement", "while_statement", "c_style_for_statement", "function_definition"}
_BRANCHES: Final = {"if_statement", "elif_clause", "else_clause", "case_item"}


def read(text: str, *, at: str = "", beside: Beside | None = None) -> Reading:
    """Read a script, a batch file, or a line.

    Args:
        text: of the script.
        at: where it stands, if it is a leaf of another input.
        beside: the files that are given with it.
    """
    reading = Reading(kind="a shell script", beside=beside or Beside())
    if continuations.is_windows(text):
        _read_windows(text, at, reading)
        return reading
    mended = continuations.mend(text)
    for place in mended.places:
        reading.findings.append(
            Finding(
                at=f"{at}#{place}" if at else place,
                level=Level.CHANGED,
                code="BROKEN_CONTINUATION",
                why="a comment or a blank after a backslash ends the command in a shell; it was read as "
                "one command",
                todo="compare the arguments: the line does not run as it is written",
            )
        )
    _Script(Place(at=at), reading).walk(parsed(mended.text).root_node)
    return reading


def _read_windows(text: str, at: str, reading: Reading) -> None:
    for number, words in continuations.windows_lines(text):
        place = f"{at}#{number}:1" if at else f"{number}:1"
        named = [re.sub(r"%(\w+)%", lambda match: hole(match[1]), word) for word in words]
        leaves = [Leaf(word, f"{place}#word {n}") for n, word in enumerate(named, start=1)]
        reading.leaves.extend(leaves)
        add_command(leaves, {}, reading)


@dataclass
class _Script:
    """The commands of a script, walked in their order.

    Args:
        place: where the script stands.
        reading: what is found.
        variables: what the script has set so far.
        around: loops and branches that are open.
    """

    place: Place
    reading: Reading
    variables: Variables = field(default_factory=Variables)
    around: list[str] = field(default_factory=list)

    def walk(self, node: Syntax) -> None:
        """Take in a node and what is below it."""
        if node.type == "variable_assignment":
            self._assign(node)
        elif node.type == "command":
            self._command(node)
        elif node.type == "heredoc_body":
            self._document(node)
        elif node.type == "ERROR":
            self._error(node)
        elif node.type in _LOOPS | _BRANCHES:
            self.around.append(node.type)
            self._below(node)
            self.around.pop()
        else:
            self._redirects(node)
            self._below(node)

    def _below(self, node: Syntax) -> None:
        for child in node.named_children:
            self.walk(child)

    def _assign(self, node: Syntax) -> list[Syntax]:
        """Note an assignment; gives what follows it of the same word."""
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None:
            return []
        key = (name.text or b"").decode()
        word, rest = assigned(node, self.place, self.variables)
        # In a branch or a loop it may have another value.
        self.variables.values[key] = hole(key) if self.around else word.text
        self._drop(
            Leaf(word.text, self.place.of(node)), "ASSIGNMENT", "its value is written where it is used"
        )
        if value is not None:
            for child in value.named_children if value.type != "command_substitution" else [value]:
                if child.type == "command_substitution":
                    self._below(child)
        return rest

    def _command(self, node: Syntax) -> None:
        words: list[Leaf] = []
        before: Syntax | None = None
        assignments = [each for each in node.children if each.type == "variable_assignment"]
        environment, taken = self._environment(assignments)
        for child in node.children:
            if child in assignments or child in taken:
                continue
            if child.type.endswith("redirect"):
                self._redirect(child)
            elif child.is_named or child.type not in {"(", ")", ";"}:
                found = list(self._words(child))
                if found and words and before is not None and joined(before, child):
                    words[-1] = words[-1].with_text(glued(words[-1].text, found.pop(0).text, self.variables))
                words += found
                before = child
        for child in node.named_children:
            if child.type in {"command_substitution", "process_substitution"}:
                self._below(child)
        if words:
            self.reading.leaves.extend(words)
            self._take(words, environment)
        else:
            for each in assignments:
                self._assign(each)

    def _environment(self, assignments: list[Syntax]) -> tuple[dict[str, Node], list[Syntax]]:
        """Variables that are set for a command alone, and what else belongs to their words."""
        found: dict[str, Node] = {}
        taken: list[Syntax] = []
        for each in assignments:
            name = each.child_by_field_name("name")
            word, rest = assigned(each, self.place, self.variables)
            if name is not None and each.child_by_field_name("value") is not None:
                found[(name.text or b"").decode()] = word
            taken += rest
        return found, taken

    def _words(self, child: Syntax) -> Iterator[Leaf]:
        word = evaluated(child, self.place, self.variables)
        unquoted = child.type in {"simple_expansion", "expansion"}
        if unquoted and " " in word.text.strip():
            # A shell splits what a variable holds, unless quotes are around it.
            for number, part in enumerate(word.text.split(), start=1):
                yield word.with_text(part, f"word {number}")
        elif not (unquoted and not word.text):
            yield word

    def _take(self, words: list[Leaf], environment: dict[str, Node]) -> None:
        before = len(self.reading.sources)
        add_command(words, environment, self.reading)
        if len(self.reading.sources) == before or not self.around:
            return
        loop = any(each in _LOOPS for each in self.around)
        self.reading.findings.append(
            Finding(
                at=words[0].at,
                level=Level.BY_HAND,
                code="IN_A_LOOP" if loop else "IN_A_BRANCH",
                why="the script runs this command several times, or with arguments of a function"
                if loop
                else "the script runs this command only if a condition holds",
                todo="one application was written for it: decide how often, and when, it has to run",
            )
        )

    def _document(self, node: Syntax) -> None:
        """A here-document: a script for another shell, as often as not."""
        text = (node.text or b"").decode(errors="replace")
        place = self.place.of(node)
        if name := destination(node, self.place, self.variables):
            # A file that the script itself writes may be named by a command that comes after.
            written = document(node, self.variables)
            self.reading.beside = self.reading.beside.with_file(name, written)
            self._drop(Leaf(text, place), "HERE_DOCUMENT", f"it is written to {name}")
        elif re.search(r"spark-submit|aws\s+emr", text):
            inner = read(text, at=place, beside=self.reading.beside)
            self.reading.sources += inner.sources
            self.reading.findings += inner.findings
            self.reading.leaves += inner.leaves
        else:
            self._drop(
                Leaf(text, place), "HERE_DOCUMENT", "a text for another program, without a call of Spark"
            )

    def _error(self, node: Syntax) -> None:
        text = (node.text or b"").decode(errors="replace")
        self.reading.findings.append(
            Finding(
                at=self.place.of(node),
                level=Level.BLOCKED if "spark-submit" in text else Level.BY_HAND,
                code="NO_SHELL",
                why="this is no shell that bash would read",
                todo="mend the line; `bash -n` says where it breaks",
                value=text,
            )
        )
        self._below(node)

    def _redirects(self, node: Syntax) -> None:
        if node.type == "pipeline":
            self.reading.findings.append(
                Finding(
                    at=self.place.of(node),
                    level=Level.CHANGED,
                    code="PIPE",
                    why="the output of a driver goes to its log, and to no other program",
                    todo="read the log where the next program needs it",
                    end=End.DROPPED,
                )
            )
        elif node.type.endswith("redirect"):
            self._redirect(node)

    def _redirect(self, node: Syntax) -> None:
        if node.type == "heredoc_redirect":
            return
        text = (node.text or b"").decode(errors="replace")
        self._drop(Leaf(text, self.place.of(node)), "REDIRECT", "a driver's output is kept as its log")

    def _drop(self, word: Leaf, code: str, why: str) -> None:
        self.reading.leaves.append(word)
        self.reading.findings.append(
            Finding(at=word.at, level=Level.EXACT, code=code, why=why, value=word.text, end=End.DROPPED)
        )


def add_command(words: Sequence[Leaf], environment: dict[str, Node], reading: Reading) -> None:
    """Note what a command is: a submission, a call of EMR, or something else.

    Args:
        words: of the command, the program first.
        environment: what is set for it alone.
        reading: what is found.
    """
    call = commands.unwrapped(words)
    for word in words[: len(words) - len(call.words)]:
        reading.findings.append(_wrapper(word))
    environment = {**environment, **call.environment}
    if call.script is not None:
        inner = read(call.script.text, at=call.script.at, beside=reading.beside)
        reading.sources += inner.sources
        reading.findings += inner.findings
        reading.leaves += inner.leaves
        for word in call.words:
            if word.at != call.script.at:
                reading.findings.append(_wrapper(word))
        return
    if not call.words:
        return
    if commands.program(call.words[0]) == "aws":
        found = list(aws_sources(call.words, reading))
        reading.sources += found
        if found:
            return
    if commands.is_spark(call.words[0]):
        tree: dict[str, Node] = {"Command": list(call.words)}
        if environment:
            tree["Environment"] = environment
        reading.sources.append(Source(form=Form.COMMAND, tree=tree))
        return
    _note_other(call.words, reading)


def _wrapper(word: Leaf) -> Finding:
    return Finding(
        at=word.at,
        level=Level.EXACT,
        code="WRAPPER",
        why="how a shell starts the program: a job here is started by the operator",
        value=word.text,
        end=End.DROPPED,
    )


_COMPUTED: Final = commands.Kind(
    level=Level.BLOCKED,
    code="COMPUTED",
    why="which program this is, only a run knows, and its words are like those of a submission",
    todo="write the program in its place, and give the file to this command once more",
)


def _is_computed(words: Sequence[Leaf]) -> bool:
    """Whether a command whose program nobody knows may be a submission."""
    known = {"--class", "--master", "--deploy-mode", "--py-files", "--jars"}
    return bool(HOLE.fullmatch(words[0].text)) and any(
        word.text in known or re.search(r"\.(py|jar)$", word.text) for word in words[1:]
    )


def _note_other(words: Sequence[Leaf], reading: Reading) -> None:
    kind = _COMPUTED if _is_computed(words) else commands.kind(words)
    stray = re.match(r"--?[A-Za-z]", words[0].text) and reading.sources
    for number, word in enumerate(words):
        level, code, why, todo = (
            (
                Level.BLOCKED,
                "STRAY_OPTION",
                "an option stands where a command belongs: a backslash is missing in the "
                "line before it, so that submission has other arguments than it seems to",
                "mend the line",
            )
            if stray
            else (kind.level, kind.code, kind.why, kind.todo)
            if kind and number == 0
            else (Level.EXACT, "SHELL", "not a job of Spark: it stays where the script runs", "")
        )
        end = End.DROPPED if level is Level.EXACT else End.REPORTED
        reading.findings.append(
            Finding(at=word.at, level=level, code=code, why=why, todo=todo, value=word.text, end=end)
        )
    if stray and reading.sources[-1].form is Form.COMMAND:
        last = reading.sources[-1]
        tree = {**last.tree, "Stray": Leaf(words[0].text, words[0].at)}
        reading.sources[-1] = Source(form=last.form, tree=tree)
