"""Every argument of every resource is reviewed: a changed one shows as a changed line of a file."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pytest

from tests.support.database_on_aws import with_database
from tests.support.golden import FOLDER, Golden, GoldenFolder
from tests.support.pages_on_aws import world_with_login
from tests.support.recorder import Landed, World
from tests.support.reviewed_inputs import reviewed_inputs, reviewed_order, reviewed_outputs
from tests.support.stacks import ROOT, build_stack, other_choices, world_of

REVIEWED = ("local", "prod")
"""One stack of each foundation, with all that it can have. The others are the same program: `test_urns.py`
and the rehearsal hold what they have of it."""


@cache
def with_options() -> World:
    """Prod with all that its own file leaves off."""
    values = with_database()
    values["foundation"]["nodes"]["makeSpotRole"] = True
    values["foundation"]["network"]["routable"] = ["10.50.0.0/16", "192.168.0.0/16"]
    values["foundation"]["network"]["privateEndpoints"] = True
    values["observability"] |= {
        "remoteWrite": {"workspace": "ws-01234567-89ab-cdef-0123-456789abcdef"},
        "address": "https://grafana.example.com",
        "logs": {"loki": {"enabled": True}},
    }
    topic = "arn:aws:sns:eu-central-1:444455556666:spark-alerts"
    alerts = values["observability"]["alerts"]
    alerts["receivers"].append({"name": "topic", "kind": "sns", "topic": topic})
    alerts["teams"][1] |= {"warnings": "topic"}
    values["tenants"][0] |= {
        "egress": [{"cidrs": ["10.40.128.0/20"], "ports": [5432]}],
        "access": {
            "buckets": [
                {"name": "acme-orders", "prefixes": ["orders"]},
                {"name": "acme-reports", "write": True},
            ],
            "kmsKeys": ["arn:aws:kms:eu-central-1:444455556666:key/11111111-2222-3333-4444-555555555555"],
            "glue": [{"name": "sales"}],
            "policies": ["arn:aws:iam::444455556666:policy/athena"],
        },
    }
    return build_stack("prod", values)


@cache
def otherwise(stack: str) -> World:
    """A stack that chooses otherwise wherever that makes other resources."""
    return build_stack(stack, other_choices(stack))


CHANGES: dict[str, tuple[str, Callable[[], World]]] = {
    "prod-with-options": ("prod", with_options),
    "prod-with-login": ("prod", world_with_login),
    "local-otherwise": ("local", partial(otherwise, "local")),
    "dev-otherwise": ("dev", partial(otherwise, "dev")),
}
"""Stacks of which only that is shown which is not as in another."""


@pytest.mark.parametrize("stack", REVIEWED)
def test_inputs_change_only_by_review(stack: str, golden_folder: GoldenFolder) -> None:
    shown = reviewed_inputs(world_of(stack))
    golden_folder(f"inputs/{stack}", {f"{part}.yaml": text for part, text in shown.items()})


@pytest.mark.parametrize("stack", CHANGES)
def test_inputs_that_options_change_do_so_only_by_review(stack: str, golden_folder: GoldenFolder) -> None:
    beside, make = CHANGES[stack]
    shown = reviewed_inputs(make(), beside=world_of(beside))
    golden_folder(f"inputs/{stack}", {f"{part}.yaml": text for part, text in shown.items()})


@pytest.mark.parametrize("stack", [*REVIEWED, *CHANGES])
def test_outputs_and_what_comes_before_what_change_only_by_review(stack: str, golden: Golden) -> None:
    beside, make = CHANGES.get(stack, (None, partial(world_of, stack)))
    world, other = make(), world_of(beside) if beside else None
    golden(f"outputs/{stack}.yaml", reviewed_outputs(world, beside=other))
    golden(f"order/{stack}.txt", reviewed_order(world, beside=other))


def test_every_kind_of_resource_that_is_made_on_aws_is_among_what_is_reviewed() -> None:
    reviewed = {
        (kind[1], kind[2])
        for file in (FOLDER / "inputs").rglob("*.yaml")
        for kind in re.finditer(r"^aws:(\w+)/\w+:(\w+) ", file.read_text(), re.MULTILINE)
    }
    assert ("lb", "TargetGroup") in reviewed
    made = _made_on_aws()
    assert len(made) >= 40, "the constructors are found by how they are written: aws.<module>.<Class>(...)"
    assert made <= reviewed, "no stack of this file has them; let one have them"


def _made_on_aws() -> set[tuple[str, str]]:
    """Module and class of each constructor of the AWS provider that a component calls."""
    calls = (
        node.func
        for path in (ROOT / "components").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    )
    return {
        (func.value.attr, func.attr)
        for func in calls
        if isinstance(func, ast.Attribute)
        and isinstance(func.value, ast.Attribute)
        and isinstance(func.value.value, ast.Name)
        and func.value.value.id == "aws"
        and func.attr[0].isupper()
        and not func.attr.endswith("Args")
    }


@pytest.fixture
def one() -> Landed:
    """Give a resource with one of each thing that is not shown as it is."""
    (made, *_) = world_of("prod").of("kubernetes:core/v1:ConfigMap")
    return dataclasses.replace(made, parent="", inputs={}, secrets=(), options={}, protect=False)


def _show(resource: Landed, **inputs: Any) -> str:
    made = dataclasses.replace(resource, inputs=inputs)
    (text,) = reviewed_inputs(World(landed=[made], outputs={}, exports={}, stack="test")).values()
    return text


def test_a_secret_is_never_shown(one: Landed) -> None:
    hidden = dataclasses.replace(one, secrets=("stringData.password",))
    text = _show(hidden, stringData={"password": "in clear", "user": "admin"})
    assert "in clear" not in text
    assert "password: !secret" in text
    assert "user: admin" in text


def test_an_edit_of_an_images_folder_changes_no_line(one: Landed) -> None:
    before, after = (
        _show(one, image=f"r.io/a/spark:4.1.2-{digest}", other=f"r.io/a/spark-jobs:bookworm-{digest}")
        for digest in ("0a1b2c3d4e5f", "1" * 12)
    )
    assert before == after
    assert before != _show(one, image="r.io/a/spark:4.1.3-0a1b2c3d4e5f"), "another version is another image"


def test_where_the_project_lies_is_not_shown(one: Landed) -> None:
    text = _show(one, location=str(ROOT / "docker" / "spark"))
    assert "location: <project>/docker/spark" in text


def test_numbers_that_are_no_digest_are_shown(one: Landed) -> None:
    text = _show(one, account="444455556666", release="1.35.6-20260818")
    assert "'444455556666'" in text
    assert "1.35.6-20260818" in text


def test_a_text_of_json_is_shown_by_what_it_says(one: Landed) -> None:
    first, second = (_show(one, policy=text) for text in ('{"b": 1, "a": [2]}', '{"a":[2],"b":1}'))
    assert first == second
    assert "policy: !json" in first
    assert "policy: !json" not in _show(one, expr="{job=~'a'} or [5m]"), "what only begins like JSON is text"


def test_a_resource_that_is_held_says_so(one: Landed) -> None:
    assert "protect: true" not in _show(one)
    assert "protect: true" in _show(dataclasses.replace(one, protect=True))
    assert "retainOnDelete: true" in _show(dataclasses.replace(one, options={"retainOnDelete": True}))
