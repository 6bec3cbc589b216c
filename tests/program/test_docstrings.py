"""Docstrings of what is public: every argument is described, and a summary is a noun or an imperative.

That an `Args:` which is there names them all, and how it is set, ruff checks (pydocstyle in pyproject.toml).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PLACES = (
    "apps",
    "bench",
    "charts",
    "components",
    "costs",
    "docker",
    "emr",
    "flights",
    "images",
    "jobs",
    "leftovers",
    "local",
    "metering",
    "policy",
    "rehearsal",
    "spark_on_eks",
    "testing",
    "toolchain",
    "workspace",
)
"""Folders that the rules hold in."""

WITHOUT_ARGS = (
    "spark_on_eks/",  # commands: `--help` prints the docstring, and each argument's own help beside it
    "jobs/flights/flights.py",  # a job is one file, for a reason that it gives; this one is full
)
"""Where no `Args:` is asked for; those that are there are looked at."""

ANSWERS_REQUESTS = frozenset({"callback", "command", "delete", "get", "options", "post", "put"})
"""Decorators of typer and FastAPI: there an argument's own annotation describes it, to people who call."""

WHETHER = "begins with Whether: say Say whether, or Tell whether"
THIRD_PERSON = "is in the third person: write the imperative, or a noun"
NO_ARGS = "lacks Args:"
NO_FIELDS = "has fields that nothing describes"
NOT_ITS_OWN = "describes an argument that it does not take"

_THIRD_PERSON = re.compile(
    r"[A-Z][a-z]+s (all|an?|each|every|its?|no|one|some|the|their|what|who)\b"
    r"(?! (second|minute|hour|day|month)\b)"
)
"""A plural has none of these words behind it, but for rates."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef


def _public(node: ast.AST) -> Iterator[ast.ClassDef | Definition]:
    """Classes and functions of a module that others may use, methods among them.

    Not those of a Protocol: what they take is described where they are written.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | Definition) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef) and "Protocol" not in map(ast.unparse, child.bases):
                yield from _public(child)


def _arguments(function: Definition) -> list[str]:
    spec = function.args
    given = [*spec.posonlyargs, *spec.args, spec.vararg, *spec.kwonlyargs, spec.kwarg]
    names = [each.arg for each in given if each is not None]
    return [name for name in names if name not in ("self", "cls") and not name.startswith("_")]


def _described(text: str) -> list[str]:
    """Names that a docstring's `Args:` has."""
    section = re.search(r"^Args:\n((?: {4}.*\n?|\n)*)", text, re.MULTILINE)
    return re.findall(r"^ {4}\*{0,2}(\w+):", section[1], re.MULTILINE) if section else []


def _decorators(of: Definition | ast.ClassDef) -> set[str]:
    """Last part of each decorator's name."""
    called = (each.func if isinstance(each, ast.Call) else each for each in of.decorator_list)
    return {ast.unparse(each).rpartition(".")[2] for each in called}


def _says_enough(function: Definition, text: str) -> bool:
    """A question about one thing, which the sentence names, or a call of gRPC, whose arguments it gives."""
    names = _arguments(function)
    if names == ["request", "context"]:
        return True
    asks = function.returns is not None and ast.unparse(function.returns) == "bool"
    return asks and len(names) == 1 and re.search(rf"\b{names[0]}s?\b", text, re.IGNORECASE) is not None


def _fields_without_words(made: ast.ClassDef, text: str) -> set[str]:
    """Fields of a dataclass that neither its `Args:` nor a docstring below them describes."""
    if "dataclass" not in _decorators(made):
        return set()
    named = {
        each.target.id: isinstance(below, ast.Expr)
        for each, below in pairwise([*made.body, ast.Pass()])
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
    own = {name for name, described in named.items() if not described and not name.startswith("_")}
    return own - set(_described(text))


def _faults(tree: ast.Module) -> Iterator[str]:
    for each in _public(tree):
        text = ast.get_docstring(each)
        if not text:  # ruff's D1 finds it, and leaves out what overrides
            continue
        where = f"{each.lineno} {each.name}"
        if _THIRD_PERSON.match(text):
            yield f"{where} {THIRD_PERSON}"
        if isinstance(each, ast.ClassDef):
            if _fields_without_words(each, text):
                yield f"{where} {NO_FIELDS}"
            continue
        decorators = _decorators(each)
        if text.startswith("Whether") and not decorators & {"property", "cached_property"}:
            yield f"{where} {WHETHER}"
        described, names = _described(text), _arguments(each)
        if set(described) - set(names):
            yield f"{where} {NOT_ITS_OWN}"
        if names and not described and not decorators & ANSWERS_REQUESTS and not _says_enough(each, text):
            yield f"{where} {NO_ARGS}"


@pytest.mark.parametrize("place", PLACES)
def test_public_functions_describe_their_arguments_and_begin_with_a_noun_or_an_imperative(place: str) -> None:
    files = sorted(
        path for path in (ROOT / place).rglob("*.py") if not {".upstream", ".venv"} & {*path.parts}
    )
    assert files

    found = [
        f"{name}:{fault}"
        for name, path in ((str(path.relative_to(ROOT)), path) for path in files)
        for fault in _faults(ast.parse(path.read_text()))
        if not (name.startswith(WITHOUT_ARGS) and fault.endswith(NO_ARGS))
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ('def add(left: int) -> int:\n    """Sum of a number."""', NO_ARGS),
        ('async def add(*left: int) -> int:\n    """Sum of numbers."""', NO_ARGS),
        ('class Sum:\n    def add(self, left: int) -> int:\n        """Add one."""', NO_ARGS),
        ('def is_odd(left: int) -> bool:\n    """Say whether it is odd."""', NO_ARGS),
        ('def is_odd(number: int, base: int) -> bool:\n    """Say whether a number is odd."""', NO_ARGS),
        ('def is_odd() -> bool:\n    """Whether all are odd."""', WHETHER),
        ('def add() -> None:\n    """Adds the next."""', THIRD_PERSON),
        (
            'def add(left: int) -> int:\n    """Add one.\n\n    Args:\n        right: a number.\n    """',
            NOT_ITS_OWN,
        ),
        ('class Sum:\n    """Adds what it is given."""', THIRD_PERSON),
        ('@dataclass(frozen=True)\nclass Sum:\n    """A sum."""\n\n    left: int', NO_FIELDS),
    ],
)
def test_a_docstring_that_says_too_little_is_found(source: str, fault: str) -> None:
    found = list(_faults(ast.parse(source)))

    assert [each.split(" ", 2)[2] for each in found] == [fault]


@pytest.mark.parametrize(
    "source",
    [
        'def add(left: int) -> int:\n    """Add one.\n\n    Args:\n        left: a number.\n    """',
        'def is_odd(number: int) -> bool:\n    """Say whether a number is odd."""',
        'def _add(left: int) -> int:\n    """Add one."""',
        'class _Sum:\n    def add(self, left: int) -> int:\n        """Add one."""',
        'class Sum:\n    @property\n    def odd(self) -> bool:\n        """Whether it is odd."""',
        '@dataclass\nclass Sum:\n    """A sum.\n\n    Args:\n        left: one.\n    """\n\n    left: int',
        '@dataclass\nclass Sum:\n    """A sum."""\n\n    left: int\n    """A number."""',
        'class Sum(Protocol):\n    def add(self, left: int) -> int:\n        """Add one."""',
        'class Plugin:\n    def Check(self, request: int, context: int) -> int:\n        """Check inputs."""',
        '@app.command()\ndef add(left: int) -> None:\n    """Add one."""',
        'def runs(_count: int) -> int:\n    """Runs of a job."""',
        'def runs(_count: int) -> int:\n    """Runs a day."""',
    ],
)
def test_a_docstring_that_says_enough_is_accepted(source: str) -> None:
    assert not list(_faults(ast.parse(source)))
