"""What `make doctor` says of the room on the machine: less is needed once all is built."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from images import builder
from local import doctor
from toolchain import golang
from toolchain.locate import Location
from toolchain.recipes import Recipe

GIB = 2**30


def machine(monkeypatch: pytest.MonkeyPatch, *, free: float, tools: bool = True, images: bool = True) -> None:
    """A machine of so many GiB free, with its tools and images built or not."""

    def found(recipe: Recipe) -> Location:
        path = Path("/opt/tool") if tools else None
        return Location(recipe=recipe, path=path, origin="built", version="v1", note="")

    monkeypatch.setattr(golang, "go_problem", lambda: "")
    monkeypatch.setattr(doctor, "locate", found)
    monkeypatch.setattr(builder, "is_built", lambda: images)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free * GIB))


def room_wanted() -> set[str]:
    return {problem.partition(", ")[2] for problem in doctor.examine().problems if "are free at" in problem}


@pytest.mark.parametrize(("tools", "images"), [(False, True), (True, False)])
def test_what_is_not_built_yet_needs_room_to_build(
    monkeypatch: pytest.MonkeyPatch, tools: bool, images: bool
) -> None:
    machine(monkeypatch, free=24.9, tools=tools, images=images)
    assert room_wanted() == {"25 are needed: make room"}


def test_what_is_built_needs_no_room_to_build(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, free=10)
    assert room_wanted() == set()


def test_a_full_disk_is_named_with_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, free=9.96)
    assert any("9.96 GiB are free" in problem for problem in doctor.examine().problems)
    assert room_wanted() == {"10 are needed: make room"}
