"""Words in a stack file mean the same to our reader and to the real Pulumi."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from toolchain.pulumi_cli import Stack, run
from workspace import pulumi_yaml

pytestmark = pytest.mark.program

WORDS = (
    *("yes", "on", "TRUE", "~", "", "'x'", "=", ".e", "1e", "0x", "!!str 5"),
    *("012", "0o17", "0O17", "-0o17", "09", "012345678901", "1_000", "0_7", "0x1f", "0b11", "+5", "-0"),
    *(".5", "1.", "1.0", "4.50", "1e3", "12e03", "1_0.5", "9007199254740993", "1:20"),
    *("2026-01-02", "2026-1-2", "2026-01-02T03:04:05Z"),
)


def test_a_word_is_to_us_what_it_is_to_pulumi(tmp_path: Path) -> None:
    lines = [f"    k{number}: {word}" for number, word in enumerate(WORDS)]
    text = "\n".join(["config:", "  case:settings:", *lines, "    z: {<<: &a {q: 1}, r: *a}", ""])
    (tmp_path / "Pulumi.yaml").write_text("name: case\nruntime: python\n")
    stack = Stack(name="case", state=tmp_path, kubeconfig=None, root=tmp_path)
    stack.passphrase_file.write_text("of this test")
    made = run(stack, ["stack", "init", "case"], capture=True)
    assert made.returncode == 0, made.stderr
    stack.config_file.write_text(text)
    shown = run(stack, ["config", "--json", "--stack", "case"], capture=True)
    assert shown.returncode == 0, shown.stderr
    theirs = json.loads(json.loads(shown.stdout)["case:settings"]["value"])
    ours = pulumi_yaml.load(text, source="case")["config"]["case:settings"]
    assert {key: (value, type(value)) for key, value in ours.items()} == {
        key: (value, type(value)) for key, value in theirs.items()
    }


def test_pulumi_refuses_a_key_that_stands_twice(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: case\nruntime: python\n")
    stack = Stack(name="case", state=tmp_path, kubeconfig=None, root=tmp_path)
    stack.passphrase_file.write_text("of this test")
    assert run(stack, ["stack", "init", "case"], capture=True).returncode == 0
    stack.config_file.write_text("config:\n  case:settings: {a: 1, a: 2}\n")
    assert "already defined" in run(stack, ["config", "--stack", "case"], capture=True).stderr
