"""The chart's values.schema.json: nothing extra, nothing mistyped, and no value without a word about it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tests.charts.conftest import CHART, CI_VALUES, Helm, values_of

pytestmark = pytest.mark.charts

SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
DEFAULTS = values_of(CHART / "values.yaml")
MINIMAL = values_of(CHART / "ci" / "minimal-values.yaml")
FULL = values_of(CHART / "ci" / "full-values.yaml")


def errors(values: dict[str, Any]) -> list[str]:
    """What the schema says about values over the chart's defaults."""
    merged = copy.deepcopy(DEFAULTS)
    _merge(merged, values)
    validator = jsonschema.Draft7Validator(SCHEMA)
    return [f"{'.'.join(map(str, each.path))}: {each.message}" for each in validator.iter_errors(merged)]


def _merge(into: dict[str, Any], values: dict[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def groups(values: Any = DEFAULTS, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of all groups of values, the root among them."""
    if isinstance(values, dict) and (values or not path):
        yield path
        for key, value in values.items():
            yield from groups(value, (*path, key))


def leaves(values: Any = DEFAULTS, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of all values that are no group."""
    if isinstance(values, dict) and values:
        for key, value in values.items():
            yield from leaves(value, (*path, key))
    else:
        yield path


def at(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The minimal values with one more."""
    values = copy.deepcopy(MINIMAL)
    here = values
    for name in path[:-1]:
        here = here.setdefault(name, {})
    here[path[-1]] = value
    return values


def default(path: tuple[str, ...]) -> Any:
    """The default of one value."""
    value: Any = DEFAULTS
    for name in path:
        value = value[name]
    return value


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every part of the schema that describes an object."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for each in schema.values():
            yield from objects(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from objects(each)


def test_the_schema_itself_is_sound() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda path: path.name)
def test_the_examples_are_accepted(values: Any) -> None:
    assert errors(values_of(values)) == []


def test_every_object_is_closed_or_a_map_of_a_given_type() -> None:
    for each in objects(SCHEMA):
        extra = each.get("additionalProperties")
        assert extra is False or (isinstance(extra, dict) and "type" in extra), each


def test_the_schema_and_the_values_name_the_same_things() -> None:
    def properties(schema: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        for name, each in schema["properties"].items():
            if name == "global":
                continue
            if "properties" in each:
                yield from properties(each, (*path, name))
            else:
                yield (*path, name)

    assert sorted(properties(SCHEMA)) == sorted(leaves()), "a value without a rule, or a rule without a value"


@pytest.mark.parametrize("path", list(groups()), ids=lambda path: ".".join(path) or "root")
def test_an_unknown_value_is_refused_by_name(path: tuple[str, ...]) -> None:
    (error,) = errors(at((*path, "misspelt"), "x"))
    assert "misspelt" in error


@pytest.mark.parametrize("path", list(leaves()), ids=".".join)
def test_a_value_of_another_type_is_refused(path: tuple[str, ...]) -> None:
    wrong: Any = 7.5 if isinstance(default(path), str | bool | list | dict) else "seven"
    assert errors(at(path, wrong)), f"{'.'.join(path)} must not be {wrong!r}"


@pytest.mark.parametrize("path", [each for each in leaves() if each != ("service", "nodePort")], ids=".".join)
def test_a_value_cannot_be_unset(path: tuple[str, ...]) -> None:
    assert errors(at(path, None)), f"{'.'.join(path)}: the templates count on it"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("image", ""),
        ("image", "spark"),
        ("image", "registry.example.com:5000/spark"),
        ("image", "spark@sha256:12"),
        ("eventLogDir", ""),
        ("eventLogDir", "events/spark"),
        ("memory", "2G"),
        ("memory", "0Gi"),
        ("memory", "2.5Gi"),
        ("heapPercent", 90),
        ("heapPercent", 10),
        ("cpu.limit", "two"),
        ("conf", {"hive.metastore": "x"}),
        ("conf", {"spark.history.ui.port": "80"}),
        ("conf", {"spark.history.store.path": "/tmp"}),
        ("conf", {"spark.history.fs.logDirectory": "s3a://x/"}),
        ("conf", {"spark.a": 1}),
        ("conf", {"spark.a": "two\nlines"}),
        ("history.updateInterval", "10"),
        ("history.replayThreads", 0),
        ("history.cleaner.maxAge", "30 days"),
        ("store.size", "10GB"),
        ("service.type", "ExternalName"),
        ("service.nodePort", 80),
        ("service.port", 70000),
        ("networkPolicy.allowedNamespaces", ["Upper"]),
        ("networkPolicy.allowedCidrs", ["10.0.0.1"]),
        ("networkPolicy.egress", [{"port": 443}]),
        ("networkPolicy.egress", [{"port": 443, "cidr": "10.0.0.0/8", "namespace": "x"}]),
        ("networkPolicy.egress", [{"cidr": "10.0.0.0/8"}]),
        ("podDisruptionBudget.maxUnavailable", 2),
        ("user", 0),
        ("startupSeconds", 1),
        ("extraEnv", [{"name": "A"}]),
        ("extraEnv", [{"name": "A", "value": "b", "valueFrom": {}}]),
        ("extraEnv", [{"name": "1A", "value": "b"}]),
        ("extraEnv", [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]),
        ("tolerations", [{"keys": "x"}]),
        ("podAnnotations", {"a": True}),
        ("commonLabels", {"a": "not a label"}),
        ("credentials.existingSecret", "Not A Name"),
    ],
)
def test_a_value_that_cannot_work_is_refused(path: str, value: Any) -> None:
    assert errors(at(tuple(path.split(".")), value)), f"{path}={value!r}"


def test_helm_enforces_the_schema(template: Helm) -> None:
    done = template({**FULL, "misspelt": 1, "heapPercent": "many"})
    assert done.returncode != 0
    assert "additional properties 'misspelt' not allowed" in done.stderr
    assert "/heapPercent" in done.stderr, "all mistakes are told at once"


def test_what_is_required_is_asked_for(template: Helm) -> None:
    done = template({})
    assert done.returncode != 0
    assert "/image" in done.stderr
    assert "/eventLogDir" in done.stderr
