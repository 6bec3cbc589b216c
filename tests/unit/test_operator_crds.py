"""The operator's CRDs as they land; tests/walls has a real API server use them."""

from __future__ import annotations

import re
from typing import Any

import pulumi
import pytest

from components.services.spark_operator.crds import QUANTITY, typed, with_time_to_live
from components.services.spark_operator.release import in_definitions

ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
NUMBER_OR_TEXT = {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}


def test_a_template_that_takes_anything_gets_the_type_of_a_pods() -> None:
    schema = typed({"properties": {"template": {**ANYTHING, "description": "kept"}}})
    template = schema["properties"]["template"]
    assert "x-kubernetes-preserve-unknown-fields" not in template
    assert template["description"] == "kept"
    containers = template["properties"]["spec"]["properties"]["containers"]
    assert containers["type"] == "array"
    assert containers["items"]["required"] == ["name"]


def test_a_template_with_a_type_keeps_it_and_all_below_it_is_closed() -> None:
    cores = {"type": "integer", "format": "int32"}
    own = {"type": "object", "properties": {"cores": cores}}
    schema = typed({"properties": {"template": own}})
    assert schema["properties"]["template"]["properties"]["cores"] == {
        **cores,
        "minimum": -(2**31),
        "maximum": 2**31 - 1,
    }


def test_a_bound_of_upstreams_own_stays() -> None:
    assert typed({"type": "integer", "format": "int32", "minimum": 1})["minimum"] == 1


def test_the_number_of_a_port_is_bounded_in_lists_and_maps_too() -> None:
    schema = typed({"type": "array", "items": {"additionalProperties": NUMBER_OR_TEXT}})
    assert schema["items"]["additionalProperties"]["maximum"] == 2**31 - 1


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        *((text, True) for text in ("1", "500m", "1.5Gi", "10Gi", "1e3", "1E-2", "+1", "-0.5", ".5", "1.")),
        *((text, False) for text in ("", "1e1.5", "1e", "1ee1", "1 Gi", "Gi", "1Gib", "1e9999", "0x1")),
    ],
)
def test_a_quantity_is_what_kubernetes_can_parse(text: str, fits: bool) -> None:
    assert bool(re.search(QUANTITY, text)) is fits
    landed = typed({**NUMBER_OR_TEXT, "pattern": "anything"})
    assert landed["pattern"] == QUANTITY


def test_a_schema_is_closed_in_every_place_and_otherwise_as_it_was() -> None:
    least, most = -(2**31), 2**31 - 1
    quantity = {**NUMBER_OR_TEXT, "pattern": "^.+$"}
    given = {
        "type": "object",
        "required": ["cores"],
        "properties": {
            "cores": {"type": "integer", "format": "int32", "maximum": 7},
            "seconds": {"type": "integer", "format": "int64"},
            "port": NUMBER_OR_TEXT,
            "text": {**NUMBER_OR_TEXT, "x-kubernetes-int-or-string": False},
            "sizes": {"type": "object", "additionalProperties": quantity},
            "list": {"type": "array", "items": {"type": "integer", "format": "int32"}},
            "any": {"type": "object", "additionalProperties": True},
            "open": ANYTHING,
            "template": {"type": "object", "properties": {"a": {"type": "string"}}, **ANYTHING},
        },
    }
    assert typed(given) == {
        **given,
        "properties": {
            **given["properties"],  # type: ignore[dict-item]
            "cores": {"type": "integer", "format": "int32", "minimum": least, "maximum": 7},
            "port": {**NUMBER_OR_TEXT, "minimum": least, "maximum": most},
            "sizes": {
                "type": "object",
                "additionalProperties": {**quantity, "pattern": QUANTITY, "maxLength": 64},
            },
            "list": {
                "type": "array",
                "items": {"type": "integer", "format": "int32", "minimum": least, "maximum": most},
            },
        },
    }


def test_the_transform_leaves_all_but_definitions_alone() -> None:
    transform = in_definitions(3600)

    def args(kind: str) -> pulumi.ResourceTransformArgs:
        version = {"name": "v1", "schema": {"openAPIV3Schema": {"properties": {"template": ANYTHING}}}}
        return pulumi.ResourceTransformArgs(
            custom=True,
            type_=f"kubernetes:{kind}",
            name="a",
            props={"spec": {"group": "g", "names": {"kind": "SparkConnect"}, "versions": [version]}},
            opts=pulumi.ResourceOptions(),
        )

    assert transform(args("apps/v1:Deployment")) is None
    landed = transform(args("apiextensions.k8s.io/v1:CustomResourceDefinition"))
    assert landed is not None
    spec: Any = landed.props["spec"]
    assert spec["group"] == "g"
    (version,) = spec["versions"]
    assert "spec" in version["schema"]["openAPIV3Schema"]["properties"]["template"]["properties"]


@pytest.mark.parametrize(("kind", "kept"), [("SparkApplication", 3600), ("ScheduledSparkApplication", None)])
def test_a_run_gets_a_time_to_live_and_a_schedule_none(kind: str, kept: int | None) -> None:
    properties = {"timeToLiveSeconds": {"type": "integer", "format": "int64"}}
    version = {
        "name": "v1beta2",
        "schema": {"openAPIV3Schema": {"properties": {"spec": {"properties": properties}}}},
    }
    landed = with_time_to_live({"names": {"kind": kind}, "versions": [version]}, 3600)
    schema = landed["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    assert schema["timeToLiveSeconds"].get("default") == kept
    assert "default" not in properties["timeToLiveSeconds"], "what was given is as it was"
