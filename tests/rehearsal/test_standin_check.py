"""What the stand-in's check finds, and that it knows the SDKs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rehearsal.standin.behaviour import all_behaviours
from rehearsal.standin.check import check
from rehearsal.standin.sdk import Description, Sdk, Shape, UnknownTypeError
from rehearsal.standin.values import SECRET, SIGNATURE, UNKNOWN

CACHE = Path(__file__).parent.parent.parent / ".pytest_cache" / "standin"

WIDGET = Description(
    inputs=Shape(
        properties={
            "name": "str",
            "size": "int",
            "ratio": "float",
            "public": "bool",
            "tags": {"map": "str"},
            "zones": {"list": "str"},
            "mode": {"enum": ["API", "CONFIG_MAP"]},
            "policy": {"union": ["str", {"object": "Policy"}]},
            "policies": {"list": {"object": "Policy"}},
            "anything": "any",
        },
        required=["name"],
    ),
    outputs=Shape(),
    objects={
        "Policy": Shape(properties={"effect": "str", "inner": {"object": "Policy"}}, required=["effect"])
    },
)


def found(**given: Any) -> list[str]:
    return [f"{failure.path} {failure.reason}" for failure in check({"name": "a", **given}, WIDGET)]


@pytest.mark.parametrize(
    "given",
    [
        {"size": 3},
        {"size": 3.0},
        {"ratio": 1},
        {"public": False},
        {"tags": {"a": "b"}},
        {"zones": []},
        {"mode": "API"},
        {"policy": "{}"},
        {"policy": {"effect": "Allow", "inner": {"effect": "Deny"}}},
        {"policies": [{"effect": UNKNOWN}]},
        {"anything": {"x": [1]}},
        {"size": None},
        {"size": UNKNOWN},
        {"size": {SIGNATURE: SECRET, "value": 3}},
        {"__defaults": ["name"]},
    ],
)
def test_arguments_of_the_right_form_pass(given: dict[str, Any]) -> None:
    assert found(**given) == [], "also if they are secret or not known yet"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nmae": "b"}, "nmae is not a property; did you mean name?"),
        ({"colour": "b"}, "colour is not a property; there are anything, mode"),
        ({"size": "3"}, "size is '3'; write a whole number"),
        ({"size": 3.5}, "size is 3.5; write a whole number"),
        ({"size": True}, "size is True; write a whole number"),
        ({"public": "true"}, "public is 'true'; write true or false"),
        ({"tags": ["a"]}, "tags is ['a']; write a mapping"),
        ({"tags": {"a": 1}}, 'tags["a"] is 1; write a string'),
        ({"zones": "a"}, "zones is 'a'; write a list"),
        ({"zones": ["a", 1]}, "zones[1] is 1; write a string"),
        ({"mode": "api"}, "mode is 'api'; write one of API, CONFIG_MAP"),
        ({"policy": {"efect": "Allow"}}, "policy.efect is not a property; did you mean effect?"),
        ({"policies": [{}]}, "policies[0].effect is missing"),
        ({"policies": [{"effect": "a", "inner": {}}]}, "policies[0].inner.effect is missing"),
        ({"size": {SIGNATURE: SECRET, "value": "x"}}, "size is 'x'; write a whole number"),
    ],
)
def test_a_wrong_argument_is_named_with_its_place_and_what_to_write(given: dict[str, Any], said: str) -> None:
    assert any(line.startswith(said) for line in found(**given)), f"{said!r} is what the author needs to read"


def test_a_missing_argument_is_named() -> None:
    failures = [f"{failure.path} {failure.reason}" for failure in check({}, WIDGET)]
    assert failures == ["name is missing"], "the one that is required, and no other"


@pytest.mark.program
def test_every_type_of_the_table_exists_and_so_do_the_arguments_that_replace_it() -> None:
    sdks = {package: Sdk(package, CACHE) for package in ("aws",)}
    for token, behaviour in all_behaviours().items():
        description = sdks[token.partition(":")[0]].describe(token)
        for rule in [*behaviour.replace, *([behaviour.autoname] if behaviour.autoname else [])]:
            first, *rest = rule.partition("?")[0].split(".")
            shape = description.inputs
            assert first in shape.properties, f"{token} has no argument {first}"
            for step in rest:
                kind = shape.properties[first]
                assert isinstance(kind, dict), f"{token}: {first} has nothing inside"
                shape = description.objects[kind["object"]]
                assert step in shape.properties, f"{token}: {first} has no {step}"
        if "arn" in description.outputs.required and "arn" not in description.inputs.properties:
            assert behaviour.arn, f"{token} has an ARN, and the table does not say which"
        for output in behaviour.outputs:
            assert output in description.outputs.properties, f"{token} has no output {output}"


@pytest.mark.program
def test_the_sdk_is_read_to_the_bottom() -> None:
    description = Sdk("aws", CACHE).describe("aws:eks/cluster:Cluster")
    assert description.inputs.required == ["roleArn", "vpcConfig"], "what AWS asks for"
    assert description.inputs.properties["vpcConfig"] == {
        "object": "pulumi_aws.eks._inputs.ClusterVpcConfigArgs"
    }, "nested objects are known by name"
    nested = description.objects["pulumi_aws.eks._inputs.ClusterVpcConfigArgs"]
    assert nested.properties["subnetIds"] == {"list": "str"}, "and their properties by kind"


def test_a_description_from_the_cache_is_the_one_that_was_read(tmp_path: Path) -> None:
    first = Sdk("eks", tmp_path).describe("eks:index:Cluster")
    second = Sdk("eks", tmp_path)
    second._class = None  # type: ignore[assignment,method-assign]
    assert second.describe("eks:index:Cluster") == first, "the second one never looked at the SDK"


def test_a_type_that_the_sdk_does_not_have_is_unknown(tmp_path: Path) -> None:
    sdk = Sdk("aws", tmp_path)
    for attempt in ("the first time", "from the cache"):
        with pytest.raises(UnknownTypeError, match="has no resource aws:ec2/vpk:Vpk"):
            sdk.describe("aws:ec2/vpk:Vpk")
        assert attempt, attempt
