"""Secrets that Pulumi makes once, and what the real engine makes of them."""

from __future__ import annotations

import base64
import json
import os
import pickle
import subprocess
from pathlib import Path

import pulumi
import pytest
from pulumi.dynamic.dynamic import serialize_provider

from components.random_secret import LENGTH, RandomSecret, RandomSecretArgs, RandomSecretProvider
from tests.binaries import binary
from tests.support.recorder import build
from toolchain import search_path
from workspace import pulumi_log
from workspace.paths import ROOT

TYPE = "pulumi-python:dynamic/sparkeks:RandomSecret"


def test_each_secret_is_different_long_and_safe_to_put_anywhere() -> None:
    made = [RandomSecretProvider().create({"generation": 1}) for _ in range(50)]
    values = {each.outs["value"] for each in made if each.outs}
    assert all(each.outs and each.outs["generation"] == 1 for each in made)
    assert len(values) == len(made), "two secrets must never be equal"
    assert {len(each.id) for each in made} == {16}, "64 bits: no two of a stack's secrets have one id"
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
    assert difference.replaces == (["generation"] if replaced else [])


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


PROGRAM = """
import os
import pulumi
from components.random_secret import RandomSecret, RandomSecretArgs
secret = RandomSecret("key", RandomSecretArgs(generation=int(os.environ["GENERATION"])))
pulumi.export("value", secret.value)
pulumi.export("id", secret.id)
"""


@pytest.mark.program
def test_the_real_engine_keeps_a_secret_encrypted_until_another_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: spark-on-eks\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    (tmp_path / "components").symlink_to(ROOT / "components")
    (tmp_path / "state").mkdir()
    pulumi_log.turn_off(tmp_path / "home")
    environment = {
        **os.environ,
        "PATH": f"{binary('pulumi').parent}:{search_path()}",
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "only for this test",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PYTHONPATH": "",
    }

    def run(*arguments: str, generation: int = 1) -> str:
        done = subprocess.run(
            [str(binary("pulumi")), *arguments, "--non-interactive"],
            cwd=tmp_path,
            env={**environment, "GENERATION": str(generation)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def outputs() -> tuple[str, str]:
        shown = json.loads(run("stack", "output", "--show-secrets", "--json"))
        return shown["value"], shown["id"]

    run("stack", "init", "test")
    shown = run("up", "--yes", "--skip-preview")
    value, identity = outputs()
    assert len(value) == LENGTH
    state = "".join(path.read_text() for path in (tmp_path / "state").rglob("*.json"))
    assert value not in state, "the state must hold the secret encrypted only"
    assert value not in shown, "the terminal must not show it"
    run("preview", "--expect-no-changes")
    run("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert outputs() == (value, identity)
    run("up", "--yes", "--skip-preview", generation=2)
    rotated, changed = outputs()
    assert rotated != value
    assert changed != identity, "what watches the id must see the rotation"
    run("destroy", "--yes", "--skip-preview", generation=2)
