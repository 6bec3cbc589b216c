"""`spark-on-eks`: every command is there, explained, and tells a problem without a traceback."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

import testing
from local import platform
from spark_on_eks import machine
from spark_on_eks.main import app, main
from workspace.errors import ReportedError

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])


def commands(group: Any, *above: str) -> dict[tuple[str, ...], Any]:
    """Every command by the words that call it, groups among them."""
    found = {above: group} if above else {}
    for name, command in getattr(group, "commands", {}).items():
        found |= commands(command, *above, name)
    return found


COMMANDS = commands(typer.main.get_command(app))


def called_in(text: str) -> set[tuple[str, ...]]:
    """The commands that a page has people type, each with its group."""
    typed = re.findall(r"(?:`|\$ |bin/)spark-on-eks ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", text)
    return {(first, second) if first == "images" and second else (first,) for first, second in typed}


@pytest.mark.parametrize("words", sorted(COMMANDS), ids=" ".join)
def test_every_command_says_what_it_does(words: tuple[str, ...]) -> None:
    said = COMMANDS[words].help or ""
    assert re.match(r"[A-Z].*\.$", said.strip(), re.DOTALL), "`--help` is all that many people read"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_names_is_there(page: Path) -> None:
    for words in called_in(page.read_text()):
        assert words in COMMANDS, f"{page.name} names `spark-on-eks {' '.join(words)}`"


def test_every_target_calls_a_command_that_is_there() -> None:
    called = re.findall(r"\$\(RUN\) ([a-z-]+)(?: ([a-z]+))?", MAKEFILE)
    assert called, "there is nothing to look at"
    for first, second in called:
        assert ((first, second) if second else (first,)) in COMMANDS, f"make calls `{first} {second}`"


def test_every_command_without_arguments_has_a_target() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    alone = {
        words[0]
        for words, command in COMMANDS.items()
        if not hasattr(command, "commands") and not any(p.required for p in command.params)
    }
    assert alone - targets == set(), "who knows `make help` finds it"


def test_the_installed_command_is_this_one() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert sorted(scripts) == ["spark-jobs", "spark-on-eks"]
    module, _, function = scripts["spark-on-eks"].partition(":")
    assert getattr(importlib.import_module(module), function) is main


def test_the_quick_tier_runs_every_check_before_the_unit_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(testing, "run", lambda steps, _console: ran.extend(step.name for step in steps))
    machine.run_tests("unit")
    assert ran == [step.name for step in (*testing.checks(), *testing.unit_steps())]
    assert {"formatting", "types", "no secrets"} < set(ran)


def test_a_problem_is_told_apart_from_answers_whole_and_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ReportedError("tenants[red] is wrong", hint="name another")

    monkeypatch.setattr(platform, "status", refuse)
    with pytest.raises(SystemExit) as ended:
        main(["status"])
    shown = capsys.readouterr()
    assert ended.value.code == 1
    assert shown.out == "", "a program that reads the answer gets none"
    assert shown.err == "error: tenants[red] is wrong\n  -> name another\n"


def test_the_module_is_the_checkouts_that_it_is_called_in(tmp_path: Path) -> None:
    package = tmp_path / "spark_on_eks"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text("print('another checkout')")
    done = subprocess.run(
        [sys.executable, "-m", "spark_on_eks"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "another checkout\n", (
        "make in a checkout that shares an environment runs its own code"
    )


@pytest.mark.parametrize(("guest", "installed"), [(False, True), (True, False)])
def test_make_installs_the_command_only_into_the_checkouts_own_environment(
    tmp_path: Path, guest: bool, installed: bool
) -> None:
    environment = tmp_path / ("elsewhere" if guest else "checkout/.venv")
    (environment / "bin").mkdir(parents=True)
    (environment / ".locked").touch()
    uv = environment / "bin" / "uv"
    uv.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n')
    uv.chmod(0o755)
    checkout = tmp_path / "checkout"
    if guest:
        checkout.mkdir()
        (checkout / ".venv").symlink_to(environment)
    (checkout / "requirements.lock").touch()
    (environment / ".locked").touch()
    subprocess.run(["make", "-C", str(checkout), "-f", str(ROOT / "Makefile"), "install"], check=True)
    assert (tmp_path / "asked").is_file() is installed
    if installed:
        asked = (tmp_path / "asked").read_text()
        for option in ("--offline", "--no-deps", "--no-build-isolation", "--editable ."):
            assert option in asked, "nothing comes from anywhere but the lock"
