"""Secrets that Pulumi makes once. How the real engine treats them is tested with a real stack."""

from __future__ import annotations

import base64
import pickle

import pulumi
import pytest
from pulumi.dynamic.dynamic import serialize_provider

from components.random_secret import LENGTH, RandomSecret, RandomSecretArgs, RandomSecretProvider
from tests.support.recorder import build

TYPE = "pulumi-python:dynamic/sparkeks:RandomSecret"


def test_each_secret_is_different_long_and_safe_to_put_anywhere() -> None:
    made = [RandomSecretProvider().create({"generation": 1}) for _ in range(50)]
    values = {each.outs["value"] for each in made if each.outs}
    assert len(values) == len(made), "two secrets must never be equal"
    for value in values:
        assert len(value) == LENGTH
        assert value.isascii()
        assert value.isalnum(), "anything else would need quoting in XML, shell or URLs"


def test_the_id_changes_with_the_secret_and_says_nothing_about_it() -> None:
    first, second = (RandomSecretProvider().create({"generation": 1}) for _ in range(2))
    assert first.id != second.id, "a rotation must be visible in the id"
    assert first.outs is not None
    assert first.id not in first.outs["value"]


@pytest.mark.parametrize(
    ("old", "new", "replaced"), [(1, 1, False), (1.0, 1, False), (1, 2, True), (3, 2, True)]
)
def test_only_another_generation_replaces_a_secret(old: float, new: int, replaced: bool) -> None:
    olds = {"generation": old, "value": "secret", "__provider": "as serialised by an older Python"}
    news = {"generation": new, "__provider": "as serialised now"}
    difference = RandomSecretProvider().diff("id", olds, news)
    assert difference.changes is replaced, "left undecided, the engine would compare the serialised class"
    assert bool(difference.replaces) is replaced


def test_the_state_keeps_the_provider_by_a_name_that_must_not_change() -> None:
    stored = base64.b64decode(serialize_provider(RandomSecretProvider()))
    assert b"components.random_secret" in stored, "the plugin imports this module to delete old secrets"
    assert b"RandomSecretProvider" in stored
    assert len(stored) < 200, "a class stored by value would change with every release of Python"
    assert isinstance(pickle.loads(stored), RandomSecretProvider)  # noqa: S301 - our own bytes


def test_the_value_is_a_secret_and_the_arguments_are_not() -> None:
    def program() -> None:
        secret = RandomSecret("key", RandomSecretArgs(generation=3))
        pulumi.export("value", secret.value)
        pulumi.export("hidden", pulumi.Output.from_input(secret.value.is_secret()))

    world = build(program)
    secret = world.one(TYPE)
    assert secret.inputs["generation"] == 3
    assert secret.secrets == (), "a serialised class that counts as secret would differ in every run"
    assert world.exports["hidden"] is True, "whatever uses the value must be marked secret as well"


def test_callers_options_are_kept() -> None:
    world = build(
        lambda: RandomSecret("key", RandomSecretArgs(), pulumi.ResourceOptions(protect=True)),
    )
    assert world.one(TYPE).protect
