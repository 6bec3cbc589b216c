"""What tests rely on when they say what landed; the traps that the recorder exists for."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as k8s
import pytest

from components.random_secret import RandomSecret, RandomSecretArgs
from tests.support.recorder import build


class _Pair(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sparkeks:index:Pair", name, {}, opts)
        first = k8s.core.v1.Namespace(
            f"{name}-first", metadata={"name": "first"}, opts=pulumi.ResourceOptions(parent=self)
        )
        k8s.core.v1.Secret(
            f"{name}-second",
            string_data={"key": pulumi.Output.secret("hidden"), "user": "shown"},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[first], protect=True),
        )
        self.register_outputs({"name": first.metadata.name})


def test_parents_dependencies_secrets_and_registered_outputs_are_seen() -> None:
    world = build(lambda: _Pair("pair"))
    pair, first, second = world.one("Pair"), world.one("Namespace"), world.one("Secret")
    assert [each.name for each in world.children(pair)] == ["pair-first", "pair-second"]
    assert second.depends_on == (first.urn,), "depends_on must be recorded"
    assert second.protect, "protect must be recorded"
    assert world.secret(second, "stringData.key"), "a secret input must be seen as one"
    assert second.inputs["stringData"] == {"key": "hidden", "user": "shown"}
    assert world.outputs[pair.urn] == {"name": "first"}, "registered outputs must be recorded"


def test_a_resource_without_parent_hangs_on_the_stack_and_builds_do_not_mix() -> None:
    build(lambda: _Pair("pair"), stack="one")
    world = build(lambda: k8s.core.v1.Namespace("alone", metadata={"name": "alone"}), stack="two")
    (alone,) = world.landed
    assert alone.at_top
    assert "two" in alone.parent, "the stack of an earlier build must not be the parent"


def test_a_urn_is_the_one_that_the_real_engine_makes() -> None:
    class Outer(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("sparkeks:index:Outer", "outer")
            _Pair("pair", pulumi.ResourceOptions(parent=self))
            self.register_outputs({})

    world = build(Outer, stack="one")
    assert world.one("Namespace").urn == (
        "urn:pulumi:one::spark-on-eks::"
        "sparkeks:index:Outer$sparkeks:index:Pair$kubernetes:core/v1:Namespace::pair-first"
    )


def test_duplicate_names_are_found_although_the_stand_in_engine_takes_them() -> None:
    def program() -> None:
        _Pair("pair")
        _Pair("pair")

    assert ("sparkeks:index:Pair", "pair") in build(program).duplicates()


def test_exports_are_resolved_values() -> None:
    world = build(
        lambda: pulumi.export("answer", pulumi.Output.from_input(41).apply(lambda value: value + 1))
    )
    assert world.exports == {"answer": 42}


def test_what_a_program_raises_comes_out_of_the_build() -> None:
    def program() -> None:
        raise pulumi.RunError("no")

    with pytest.raises(pulumi.RunError, match="no"):
        build(program)


def test_a_generated_secret_stays_secret_where_it_is_used() -> None:
    def program() -> None:
        secret = RandomSecret("random", RandomSecretArgs())
        k8s.core.v1.Secret("holder", string_data={"key": secret.value})

    world = build(program)
    holder = world.one("Secret")
    assert world.secret(holder, "stringData.key"), "an additional secret output must stay secret downstream"
    assert holder.inputs["stringData"] == {"key": "random-value"}


def test_an_assertion_inside_an_apply_fails_the_test_although_nobody_waits_for_it() -> None:
    def program() -> None:
        def check(_: object) -> None:
            raise AssertionError("seen")

        pulumi.Output.from_input(1).apply(check)

    with pytest.raises(AssertionError, match="seen"):
        build(program)
