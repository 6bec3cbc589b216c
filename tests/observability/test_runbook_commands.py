"""What a runbook says to type is understood by the shell and by kubectl, and names nothing that is not there.

That each command has an answer on the platform is shown there: `tests/cluster/test_runbook_commands.py`.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from components.naming import CLUSTER_NAMESPACES
from components.records.every import PLATFORM_NAMESPACES
from tests.binaries import binary
from tests.observability.runbook_commands import FOLDER, PLACEHOLDERS, Command, commands, simple_commands

COMMANDS = commands()
PAGES = sorted({each.page for each in COMMANDS})
VALUES = {each: each.lower() for each in PLACEHOLDERS}

NOWHERE = "http://127.0.0.1:9"
"""The discard port, where nothing listens: kubectl sends what it can read, and says before what it can't."""


def of_page(page: str) -> list[Command]:
    return [each for each in COMMANDS if each.page == page]


def kubectls(command: Command) -> list[list[str]]:
    return [words for words in simple_commands(command.filled(VALUES)) if words[0] == "kubectl"]


def test_every_page_has_commands() -> None:
    assert [path.stem for path in sorted(FOLDER.glob("Spark*.md"))] == PAGES
    assert {each.look for each in COMMANDS} == {True, False}


@pytest.mark.parametrize("page", PAGES)
def test_a_shell_reads_the_commands_of_a_page(page: str) -> None:
    text = "\n".join(each.filled(VALUES) for each in of_page(page))
    done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_they_need_no_variable_that_nobody_set(page: str) -> None:
    for each in of_page(page):
        assert not re.findall(r"\$\{?\w+", re.sub(r"'[^']*'", "", each.text)), each.text


@pytest.mark.parametrize("page", PAGES)
def test_they_need_no_metrics_server(page: str) -> None:
    assert not [words for each in of_page(page) for words in kubectls(each) if "top" in words]


@pytest.mark.parametrize("page", PAGES)
def test_they_look_into_namespaces_that_the_platform_makes(page: str) -> None:
    known = {*PLATFORM_NAMESPACES, *CLUSTER_NAMESPACES, VALUES["NAMESPACE"]}
    for words in (words for each in of_page(page) for words in kubectls(each)):
        assert {words[at + 1] for at, word in enumerate(words) if word == "-n"} <= known


@pytest.mark.promtool
@pytest.mark.parametrize("page", PAGES)
def test_kubectl_understands_the_commands_of_a_page(page: str, tmp_path: Path) -> None:
    (tmp_path / VALUES["JOB.yaml"]).write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: job}}")
    for command in of_page(page):
        for words in kubectls(command):
            done = subprocess.run(
                [str(binary("kubectl")), f"--server={NOWHERE}", *words[1:]],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert "refused" in done.stderr, f"{command.text}: {done.stderr}"
