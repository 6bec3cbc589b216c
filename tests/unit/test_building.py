"""What `make up` builds on a fresh machine, in which order, and what goes on beside what."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import images
from components.kube.image_tags import IMAGES, folder_of
from images import fetch, host, recipes
from images.recipes import RECIPES
from local import debian, platform
from toolchain import progress
from toolchain.recipes import BY_NAME
from workspace.errors import ReportedError
from workspace.paths import ROOT

PATIENCE_SECONDS = 20


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    """A console, on a machine that has all Debian packages."""
    monkeypatch.setattr(debian, "missing", lambda **_: [])
    return Console(file=io.StringIO())


def test_images_without_tools_are_built_while_the_tools_are(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, asked = threading.Event(), []

    def build_all(*, names: list[str] | None = None, **_: Any) -> None:
        asked.append(names)
        begun.set()

    def ensure(_: Console) -> None:
        assert begun.wait(PATIENCE_SECONDS), "the images wait for the tools"

    monkeypatch.setattr(images, "build_all", build_all)
    monkeypatch.setattr(progress, "ensure", ensure)
    platform.build(console)
    assert asked == [images.need_no_tool(), None], "and after the tools come all others"


def test_an_image_that_fails_beside_the_tools_is_an_error(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build_all(**_: Any) -> None:
        raise ReportedError("building image base failed")

    monkeypatch.setattr(images, "build_all", build_all)
    monkeypatch.setattr(progress, "ensure", lambda _: None)
    with pytest.raises(ReportedError, match="building image base failed"):
        platform.build(console)


def test_an_image_waits_for_its_tools_and_for_those_of_what_it_is_built_on() -> None:
    early = images.need_no_tool()
    assert {"base", "spark"} <= set(early), "the two that take longest"
    assert "spark-operator" not in early, "its program is compiled first"
    for name in early:
        assert IMAGES[name].parent in {None, *early}, f"{name} is built on an image that waits"


@pytest.mark.parametrize("name", list(RECIPES))
def test_what_an_image_needs_is_built_from_a_recipe(name: str) -> None:
    assert set(RECIPES[name].needs) <= set(BY_NAME)
    if "--from=fetched" in (folder_of(name, ROOT) / "Dockerfile").read_text():
        assert RECIPES[name].prepare, "nobody would fill that context"


@pytest.mark.parametrize("name", list(RECIPES))
def test_a_recipe_names_every_program_of_the_machine_that_it_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: set[str] = set()

    def command(program: str) -> str:
        ran.add(program)
        return f"/usr/bin/{program}"

    def run(arguments: list[str], **_: Any) -> None:
        if "--dest" in arguments:
            Path(arguments[arguments.index("--dest") + 1]).mkdir(exist_ok=True)

    monkeypatch.setattr(host, "command", command)
    monkeypatch.setattr(host, "pip", lambda: [command("pip")])
    monkeypatch.setattr(host, "run", run)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(fetch, "DOWNLOADS", tmp_path / "nothing fetched yet")
    monkeypatch.setattr(fetch, "ensure", lambda _, download: download(tmp_path))
    monkeypatch.setattr(fetch, "_npm", lambda *_: None)
    monkeypatch.setattr(fetch, "place", lambda *_: None)
    monkeypatch.setattr(recipes, "built_tool", lambda tool: tmp_path / tool)
    if prepare := RECIPES[name].prepare:
        prepare(tmp_path, tmp_path / "log")
    assert ran == set(RECIPES[name].programs), "its package would not be installed, or for nothing"


def test_installing_packages_is_said_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def run(*_: Any, **__: Any) -> None:
        assert said == ["installing Debian packages: buildah, runc"], "apt-get takes half a minute"
        raise KeyboardInterrupt

    monkeypatch.setattr(debian, "missing", lambda **_: ["buildah", "runc"])
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda *_, **__: "/usr/bin/apt-get")
    monkeypatch.setattr("local.debian.subprocess.run", run)
    with pytest.raises(KeyboardInterrupt):
        debian.ensure(announce=said.append)
