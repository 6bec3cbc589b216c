"""Our objects of the Prometheus operator's kinds fit their definitions, field by field.

The API server drops a field that it doesn't know without a word: a misspelt limit would be none.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest
import yaml

from components.observability.monitoring import KINDS
from tests.support.recorder import Landed
from tests.support.stacks import STACKS, world_of
from toolchain.progress import UPSTREAM_KINDS

pytestmark = pytest.mark.charts

GROUP = "kubernetes:monitoring.coreos.com/"


@cache
def schema(kind: str) -> dict[str, Any]:
    """The schema of a kind, in which nothing may stand that it doesn't name."""
    for path in (UPSTREAM_KINDS / f"monitoring.coreos.com_{plural}.yaml" for plural in KINDS):
        definition = yaml.safe_load(path.read_text())
        if definition["spec"]["names"]["kind"] == kind:
            (version,) = (each for each in definition["spec"]["versions"] if each["name"] == "v1")
            closed = _closed(version["schema"]["openAPIV3Schema"]["properties"]["spec"])
            assert isinstance(closed, dict)
            return closed
    raise AssertionError(f"{UPSTREAM_KINDS} has no definition of {kind}: `make tools` puts it there")


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: _closed(value) for key, value in node.items() if key != "format"}
    if isinstance(node.get("properties"), dict) and "additionalProperties" not in node:
        made["additionalProperties"] = bool(node.get("x-kubernetes-preserve-unknown-fields"))
    if node.get("x-kubernetes-int-or-string"):
        made = {"type": ["integer", "string"]}
    return made


def ours(stack: str) -> list[Landed]:
    """The objects of a stack whose kinds are the Prometheus operator's."""
    return [each for each in world_of(stack).landed if each.type.startswith(GROUP)]


def faults(kind: str, spec: Any) -> Iterator[str]:
    for error in jsonschema.Draft7Validator(schema(kind)).iter_errors(spec):
        yield f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"


@pytest.mark.parametrize("stack", STACKS)
def test_every_field_is_one_that_the_kind_has(stack: str) -> None:
    wrong = {
        each.name: found
        for each in ours(stack)
        if (found := list(faults(each.type.rpartition(":")[2], each.inputs["spec"])))
    }
    assert wrong == {}


def test_a_misspelt_limit_is_found_out() -> None:
    assert list(faults("PodMonitor", {"sampleLimits": 1, "selector": {}, "podMetricsEndpoints": []}))


def test_there_are_objects_to_look_at() -> None:
    assert {each.type.rpartition(":")[2] for stack in STACKS for each in ours(stack)} == {
        *("PodMonitor", "ServiceMonitor", "PrometheusRule", "Prometheus")
    }
