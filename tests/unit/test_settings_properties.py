"""Generated stack files: whatever stands in one, people get settings or one clear error, nothing else."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
import yaml
from hypothesis import event, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pulumi.runtime import set_all_config

from components.settings import SettingsError, load, parse
from components.settings.problems import Path, show_path

COMPLETE: dict[str, Any] = parse(
    {
        "environment": "dev",
        "foundation": {"kind": "kubernetes", "context": "c", "historyNodePort": 30180},
        "operator": {"chart": "./chart"},
        "spark": {"conf": {"spark.sql.ansi.enabled": "false"}},
        "tenants": [{"team": "data", "groups": ["people"]}, {"team": "science", "environment": "test"}],
    }
).model_dump(mode="json", by_alias=True)
"""A right file in which every key is written."""


def _paths(node: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _paths(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _paths(value, (*path, number))


def _at(node: Any, path: Path) -> Any:
    for step in path:
        node = node[step]
    return node


PATHS = [path for path in _paths(COMPLETE) if path and path[:-1] != ("spark", "conf")]
"""All keys but Spark properties, whose values may be nearly anything."""

SECTIONS = [
    path for path in _paths(COMPLETE) if isinstance(_at(COMPLETE, path), dict) and path[-1:] != ("conf",)
]
NUMBERS = [path for path in PATHS if type(_at(COMPLETE, path)) is int]
TEXTS = [path for path in PATHS if isinstance(_at(COMPLETE, path), str)]
REQUIRED: list[Path] = [
    ("environment",),
    ("foundation",),
    ("foundation", "kind"),
    ("tenants",),
    ("tenants", 0, "team"),
    ("tenants", 1, "team"),
]

WRONG_EVERYWHERE = st.sampled_from(
    [
        {"x": [1]},
        [{"x": 1}],
        {1: {2: 3}},
        [[[]]],
        "\n",
        "a\x00b",
        b"bytes",
        datetime.date(2026, 1, 1),
        datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        {"set"},
        -1,
        -0.5,
        float("nan"),
        float("inf"),
        10**4000,
        "\ud800",
        " latest ",
    ]
)
"""Values that no key takes, among them what YAML makes of dates, binary data and sets."""

NEAR_MISSES = st.text(alphabet="abcXYZ019 -_.:/\n", max_size=80) | st.sampled_from(
    ["1GB", "0", "-1Gi", "1e9", "4G ", "data", "kube", "latest", "true", "null", "9" * 400, "x" * 64]
)

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=5)
    | st.dates()
    | WRONG_EVERYWHERE,
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.integers() | st.none() | st.booleans(), inside, max_size=4)
    ),
    max_leaves=8,
)


def _put(values: Any, path: Path, value: Any) -> None:
    _at(values, path[:-1])[path[-1]] = value


def _replace(values: Any, path: Path, value: Any) -> Path:
    _put(values, path, value)
    return path


@st.composite
def wrong_value(draw: st.DrawFn) -> tuple[Any, Path]:
    """A value of a kind that its key never takes."""
    values = copy.deepcopy(COMPLETE)
    return values, _replace(values, draw(st.sampled_from(PATHS)), copy.deepcopy(draw(WRONG_EVERYWHERE)))


@st.composite
def out_of_bounds(draw: st.DrawFn) -> tuple[Any, Path]:
    """A number beyond every bound."""
    values = copy.deepcopy(COMPLETE)
    number = draw(st.integers(max_value=-1) | st.integers(min_value=10**6))
    return values, _replace(values, draw(st.sampled_from(NUMBERS)), number)


@st.composite
def bad_text(draw: st.DrawFn) -> tuple[Any, Path]:
    """Text with a character that nothing takes."""
    values = copy.deepcopy(COMPLETE)
    path = draw(st.sampled_from(TEXTS))
    cut = draw(st.integers(0, 10))
    text = _at(values, path)
    return values, _replace(
        values, path, text[:cut] + draw(st.sampled_from("\n\t\x00\u2028\ud800")) + text[cut:]
    )


@st.composite
def unknown_key(draw: st.DrawFn) -> tuple[Any, Path]:
    """A key that isn't one, in any section, also one that is no text."""
    values = copy.deepcopy(COMPLETE)
    section = draw(st.sampled_from(SECTIONS))
    known = _at(values, section)
    keys = st.text(max_size=30).filter(lambda key: key not in known) | st.integers(2) | st.none()
    key = draw(keys)
    known[key] = draw(JUNK)
    return values, (*section, key if isinstance(key, str) else str(key))


@st.composite
def missing_key(draw: st.DrawFn) -> tuple[Any, Path]:
    """A required key left out."""
    values = copy.deepcopy(COMPLETE)
    path = draw(st.sampled_from(REQUIRED))
    del _at(values, path[:-1])[path[-1]]
    return values, path


@st.composite
def contradiction(draw: st.DrawFn) -> tuple[Any, Path]:
    """Keys that are right alone and wrong together."""
    values = copy.deepcopy(COMPLETE)
    number = draw(st.integers(0, 1))
    here: Path = ("tenants", number)
    team = values["tenants"][number]["team"]
    cases: list[tuple[Path, Any, Path]] = [
        ((*here, "quota", "cpu"), f"{draw(st.integers(1, 4999))}m", (*here, "quota", "cpu")),
        ((*here, "quota", "memory"), f"{draw(st.integers(1, 12_286))}Mi", (*here, "quota", "memory")),
        ((*here, "quota", "pvcs"), draw(st.integers(1, 9)), (*here, "quota", "storage")),
        ((*here, "limits", "maxCpu"), f"{draw(st.integers(250, 3999))}m", (*here, "limits", "maxCpu")),
        ((*here, "environment"), "e" * draw(st.integers(63 - len(team), 63)), (*here, "team")),
        (("operator", "repository"), "https://charts.example", ("operator", "repository")),
        (("spark", "version"), f"3.5.{draw(st.integers(0, 99))}", ("spark", "version")),
        (("spark", "driver", "cpuRequest"), draw(st.integers(2, 9)), ("spark", "driver", "cpuRequest")),
        (("objectStorage", "buckets", "artifacts"), "data", ("objectStorage", "buckets", "artifacts")),
    ]
    path, value, found = draw(st.sampled_from(cases))
    _put(values, path, value)
    return values, found


MALFORMED = st.one_of(
    wrong_value(), out_of_bounds(), bad_text(), unknown_key(), missing_key(), contradiction()
)


@examples(max_examples=400)
@given(MALFORMED)
def test_every_malformed_stack_file_gives_one_clear_error(example: tuple[Any, Path]) -> None:
    values, path = example
    with pytest.raises(SettingsError) as caught:
        parse(values, source="Pulumi.local.yaml")
    text, problems = str(caught.value), caught.value.problems
    event(f"{len(problems)} errors")
    assert text.startswith("Pulumi.local.yaml has "), "the message must name the file first"
    assert show_path(path) in text, "the message must name the key that was made wrong"
    assert text.endswith("default and bound."), "the message must say where all keys are explained"
    assert "Traceback" not in text
    assert "pydantic" not in text.lower(), "no library's words may reach people"
    assert all(problem.message for problem in problems), "no finding without an explanation"
    assert max(len(line) for line in text.splitlines()) < 600, "nobody reads longer lines"
    text.encode()


@examples(max_examples=300)
@given(JUNK, st.lists(st.tuples(st.sampled_from(PATHS), JUNK | NEAR_MISSES), max_size=5))
def test_any_content_gives_settings_or_a_settings_error(whole: Any, changes: list[tuple[Path, Any]]) -> None:
    values = copy.deepcopy(COMPLETE)
    for path, value in changes:
        try:
            _put(values, path, value)
        except (LookupError, TypeError):
            continue
    for candidate in (values, whole):
        try:
            settings = parse(candidate)
        except SettingsError:
            continue
        assert settings.all_tenants, "what is accepted must be fit for use"


@examples(max_examples=200)
@given(MALFORMED)
def test_the_same_holds_on_the_way_through_yaml_and_pulumi(example: tuple[Any, Path]) -> None:
    values, _ = example
    try:
        written = yaml.safe_load(yaml.safe_dump(values))
        passed = json.dumps(written)
    except (yaml.YAMLError, ValueError, TypeError):
        return  # No file that can be written, or none that Pulumi passes on.
    set_all_config({"spark-on-eks:settings": passed})
    with pytest.raises(SettingsError):
        load(pulumi.Config("spark-on-eks"))
