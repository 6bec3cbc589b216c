"""The toolchain's decisions: what to use, what to build, and what to say; no compiler runs here."""

from __future__ import annotations

import json
import multiprocessing
import re
import time
from pathlib import Path

import pytest

from local import debian
from toolchain import builder, golang, locate, progress
from toolchain.recipes import (
    BY_NAME,
    RECIPES,
    minor_skew_of_one,
    module_folder,
    parse_version,
    same_major_not_older,
    same_minor,
)
from workspace.errors import ReportedError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty tool cache, and a PATH with nothing on it but one folder of ours."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for module in (builder, locate, progress):
        monkeypatch.setattr(module, "TOOLS", tools)
    monkeypatch.setattr(golang, "go_version", lambda: "go-under-test")
    locate.locate.cache_clear()
    return tools


def put_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str, code: int = 0) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    go = Path("/usr/local/go/bin")
    if go.exists():
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin:{go}")
    return program


@pytest.mark.parametrize(
    ("text", "version"),
    [("v1.34.4", (1, 34, 4)), ("etcd Version: 3.6.5", (3, 6, 5)), ("1.2", (1, 2, 0)), ("none", ())],
)
def test_versions_are_read_from_what_tools_print(text: str, version: tuple[int, ...]) -> None:
    assert parse_version(text) == version


def test_a_kubelet_of_another_minor_does_not_fit() -> None:
    assert same_minor((1, 34, 9), (1, 34, 4)), "patch releases are interchangeable"
    assert not same_minor((1, 35, 0), (1, 34, 4)), "components of two minors are not tested together"


def test_kubectl_may_differ_by_one_minor_and_no_more() -> None:
    assert minor_skew_of_one((1, 35, 0), (1, 34, 4))
    assert not minor_skew_of_one((1, 32, 4), (1, 34, 4))


def test_an_older_pulumi_or_another_major_does_not_fit() -> None:
    assert same_major_not_older((3, 272, 0), (3, 259, 0))
    assert not same_major_not_older((3, 200, 0), (3, 259, 0))
    assert not same_major_not_older((4, 0, 0), (3, 259, 0))


def test_a_fitting_tool_on_path_is_used_and_not_built(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = put_on_path(tmp_path / "bin", monkeypatch, "kubectl", "Client Version: v1.35.1")
    found = locate.locate(BY_NAME["kubectl"])
    assert (found.path, found.origin, found.version) == (program, "PATH", "1.35.1")


def test_a_tool_of_the_wrong_version_is_passed_over_and_the_doctor_says_why(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_path(tmp_path / "bin", monkeypatch, "kubectl", "Client Version: v1.20.0")
    found = locate.locate(BY_NAME["kubectl"])
    assert found.origin == "missing"
    assert "1.20.0, which does not fit v1.34" in found.note


def test_a_tool_that_crashes_when_asked_is_passed_over(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_path(tmp_path / "bin", monkeypatch, "etcd", "etcd Version: 3.6.9", code=3)
    assert locate.locate(BY_NAME["etcd"]).origin == "missing"


def test_what_goes_into_images_is_never_taken_from_path(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_path(tmp_path / "bin", monkeypatch, "versitygw", "Version  : v1.8.0")
    assert locate.locate(BY_NAME["versitygw"]).origin == "missing", "its C library may not be in the image"


def test_asking_for_a_missing_tool_names_the_command_that_builds_it(cache: Path) -> None:
    with pytest.raises(ReportedError, match=r"versitygw v1\.8\.0 is not there[\s\S]*make tools"):
        locate.find("versitygw")


def remember(cache: Path, name: str, key: str) -> None:
    (cache / name).write_text("binary")
    builder.stamp_path(name).parent.mkdir(exist_ok=True)
    builder.stamp_path(name).write_text(
        json.dumps({"key": key, "version": "v1", "seconds": 1.0, "cpu_seconds": 1.0, "built_at": "now"})
    )


def test_a_built_tool_is_current_until_its_pin_changes(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = BY_NAME["coredns"]
    remember(cache, recipe.name, builder.build_key(recipe))
    assert builder.is_current(recipe)
    monkeypatch.setattr(golang, "go_version", lambda: "another go")
    assert not builder.is_current(recipe), "another compiler makes another binary"


def test_a_stamp_without_its_binary_counts_for_nothing(cache: Path) -> None:
    recipe = BY_NAME["coredns"]
    remember(cache, recipe.name, builder.build_key(recipe))
    (cache / recipe.name).unlink()
    assert not builder.is_current(recipe)


def test_a_damaged_stamp_means_a_rebuild_and_no_crash(cache: Path) -> None:
    recipe = BY_NAME["coredns"]
    remember(cache, recipe.name, builder.build_key(recipe))
    builder.stamp_path(recipe.name).write_text("{")
    assert not builder.is_current(recipe)


def test_only_what_is_not_current_is_built(cache: Path) -> None:
    wanted = [BY_NAME["etcd"], BY_NAME["coredns"]]
    remember(cache, "etcd", builder.build_key(BY_NAME["etcd"]))
    built: list[str] = []
    builder.build_all(wanted, announce=lambda _: None, run=lambda recipe: built.append(recipe.name))
    assert built == ["coredns"]


def _build_slowly(tools: Path, log: Path) -> None:
    vars(builder)["TOOLS"] = tools
    vars(golang)["go_version"] = lambda: "go-under-test"
    recipe = BY_NAME["coredns"]

    def run(_: object) -> None:
        with log.open("a") as file:
            file.write("built\n")
        time.sleep(0.5)
        remember(tools, recipe.name, builder.build_key(recipe))

    builder.build_all([recipe], announce=lambda _: None, run=run)


def test_two_runs_at_once_build_a_tool_once(cache: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    context = multiprocessing.get_context("fork")
    runs = [context.Process(target=_build_slowly, args=(cache, log)) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join(30)
    assert log.read_text() == "built\n", "the second run must see what the first one built"


def test_a_failed_build_shows_the_last_output_and_leaves_nothing_in_place(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(golang, "build_command", lambda *_: ["sh", "-c", "echo cannot find module; exit 2"])
    with pytest.raises(ReportedError, match=r"building coredns failed \(exit 2\):\ncannot find module"):
        builder.build(BY_NAME["coredns"], tick=lambda _: None)
    assert not (cache / "coredns").exists()
    assert not list(cache.glob(".build-*")), "the scratch folder is removed"


def test_the_estimate_learns_the_pace_of_this_machine() -> None:
    estimate = progress.Estimate({"a": 100, "b": 100})
    assert estimate.left() == 100, "two idle cores until something is known"
    estimate.finish("a", 200.0)
    assert estimate.left() == 200, "twice as slow as assumed"
    assert estimate.left(running=50.0) == 150


def test_all_missing_packages_come_in_one_error_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "missing", lambda **_: ["buildah", "runc"])
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ReportedError, match=r"buildah, runc[\s\S]*sudo apt-get install .*buildah runc"):
        debian.ensure()


def test_what_only_tests_run_is_not_installed_for_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    only_tests = set(debian.missing(tests=True)) - set(debian.missing())
    assert only_tests == set(debian.TEST_PROGRAMS.values())


@pytest.mark.parametrize("module", sorted({recipe.module for recipe in RECIPES}))
def test_every_module_commits_its_checksums(module: str) -> None:
    assert (module_folder(module) / "go.sum").stat().st_size > 0, "a build without go.sum trusts the network"


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_every_recipe_is_pinned_in_its_go_mod(recipe: object) -> None:
    from toolchain.recipes import Recipe

    assert isinstance(recipe, Recipe)
    text = (module_folder(recipe.module) / "go.mod").read_text()
    assert re.search(rf"{re.escape(recipe.source)} (=> \S+ )?v\d", text), f"{recipe.source} has no version"
