"""`make preview` and `make up` of a stack on AWS: a plan with stand-ins, and never an account."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from local import platform, rehearsal
from local.errors import LocalError

ON_AWS = ("dev", "staging", "prod")


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have run; nothing is built."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command[1:])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(rehearsal, "prepare", lambda _: None)
    monkeypatch.setattr("local.rehearsal.subprocess.run", run)
    return commands


@pytest.mark.parametrize("stack", ON_AWS)
def test_preview_of_a_stack_on_aws_is_a_rehearsal(
    stack: str, called: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    platform.preview(Console(file=io.StringIO()), stack)
    assert called == [["-m", "tests.rehearsal", "preview", stack]], (
        "whatever cluster or credentials are at hand"
    )


@pytest.mark.parametrize("stack", ON_AWS)
@pytest.mark.parametrize("kubeconfig", [True, False])
def test_up_of_a_stack_on_aws_is_refused_with_what_to_do(
    stack: str, kubeconfig: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    if kubeconfig:
        (tmp_path / "kubeconfig").touch()
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    with pytest.raises(
        LocalError, match=f"the stack {stack} is on AWS, and from here nothing reaches an account"
    ):
        platform.up(Console(file=io.StringIO()), stack)


def test_the_stack_of_one_machine_is_not_on_aws() -> None:
    assert not rehearsal.is_on_aws("local")


def test_a_stack_without_a_file_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(
        LocalError, match=r"there is no Pulumi\.nowhere\.yaml; the stacks are: dev, local, prod"
    ):
        rehearsal.is_on_aws("nowhere")
