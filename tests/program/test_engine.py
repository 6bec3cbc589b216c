"""What one sees who gives the real Pulumi engine a wrong stack file. No cluster is needed to get so far."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.naming import PROJECT
from tests.support.stacks import ROOT, stack_settings
from toolchain.pulumi_cli import Stack, prepare, run

pytestmark = pytest.mark.program

Preview = Callable[[dict[str, Any]], tuple[int, str]]
"""Fixture `preview`: configuration -> exit code and all that was printed."""


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The local stack with a state of its own, away from the checkout."""
    for name in (
        "PULUMI_BACKEND_URL",
        "PULUMI_HOME",
        "PULUMI_CONFIG_PASSPHRASE",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
    ):
        monkeypatch.delenv(name, raising=False)
    made = Stack(name="local", state=tmp_path / "state", kubeconfig=None, root=ROOT)
    prepare(made)
    return made


@pytest.fixture
def preview(stack: Stack) -> Preview:
    def go(config: dict[str, Any]) -> tuple[int, str]:
        salt = {"encryptionsalt": yaml.safe_load(stack.config_file.read_text())["encryptionsalt"]}
        stack.config_file.write_text(yaml.safe_dump({"config": config, **salt}))
        done = run(
            stack, ["preview", "--stack", stack.name, "--config-file", str(stack.config_file)], capture=True
        )
        return done.returncode, done.stdout + done.stderr

    return go


def test_a_wrong_stack_file_ends_in_a_list_of_its_errors_and_not_in_a_traceback(
    preview: Preview, stack: Stack
) -> None:
    wrong = {**stack_settings("local"), "environment": "DEV", "tenant": []}
    code, text = preview({f"{PROJECT}:settings": wrong, f"{PROJECT}:debug": "true"})
    assert code != 0
    assert "Pulumi.local.yaml has 3 errors; nothing was changed." in text
    assert 'environment = "DEV"' in text
    assert "did you mean tenants?" in text
    assert f"{PROJECT}:debug" in text
    assert "Traceback" not in text
    assert ".py" not in text.replace("pulumi-python", ""), (
        "no file of ours is of use to someone who edits YAML"
    )
    exported = run(stack, ["stack", "export", "--stack", stack.name], capture=True)
    assert not json.loads(exported.stdout)["deployment"].get("resources"), "nothing may have been made"


@pytest.mark.parametrize("config", [{}, {f"{PROJECT}:settings": "none"}, {f"{PROJECT}:settings": [1]}])
def test_a_stack_file_without_settings_says_what_is_wanted(preview: Preview, config: dict[str, Any]) -> None:
    code, text = preview(config)
    assert code != 0
    assert "must be a mapping with at least the keys environment, foundation and tenants" in text
    assert "Traceback" not in text


def test_pulumi_writes_nothing_into_the_checkout(preview: Preview) -> None:
    before = {path.name: path.read_bytes() for path in ROOT.glob("Pulumi*.yaml")}
    preview({})
    assert {path.name: path.read_bytes() for path in ROOT.glob("Pulumi*.yaml")} == before
