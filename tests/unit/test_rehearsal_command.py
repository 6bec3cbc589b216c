"""`make preview` and `make up` of a stack on AWS: a plan with stand-ins, and never an account."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from local import platform
from rehearsal import plans
from rehearsal.harness import Rehearsal
from spark_on_eks import platform as commands
from workspace.errors import ReportedError
from workspace.stack_files import is_on_aws

ON_AWS = ("dev", "staging", "prod")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Rehearsal]:
    """Stacks whose plan would have been shown; nothing is built, no engine runs."""
    stacks: list[Rehearsal] = []

    def show(stack: Rehearsal, *_: str) -> int:
        stacks.append(stack)
        return 0

    monkeypatch.setattr(plans, "prepare", lambda _: None)
    monkeypatch.setattr(Rehearsal, "show", show)
    return stacks


@pytest.mark.parametrize("stack", ON_AWS)
def test_preview_of_a_stack_on_aws_is_a_rehearsal(
    stack: str, shown: list[Rehearsal], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    output = io.StringIO()
    monkeypatch.setattr(commands, "console", Console(file=output))
    commands.preview(stack)
    assert [each.stack for each in shown] == [stack], "whatever cluster or credentials are at hand"
    assert "No account is involved" in output.getvalue(), "nobody may take its plan for one of the account"


def test_a_preview_that_fails_says_so(shown: list[Rehearsal], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rehearsal, "show", lambda *_: 255)
    with pytest.raises(ReportedError, match=r"pulumi preview failed \(exit 255\)"):
        commands.preview("prod")


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
        ReportedError, match=f"the stack {stack} is on AWS, and from here nothing reaches an account"
    ):
        platform.up(Console(file=io.StringIO()), stack)


def test_the_stack_of_one_machine_is_not_on_aws() -> None:
    assert not is_on_aws("local")


def test_a_stack_without_a_file_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(
        ReportedError, match=r"there is no Pulumi\.nowhere\.yaml; the stacks are: dev, local, prod"
    ):
        is_on_aws("nowhere")
