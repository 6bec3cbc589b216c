"""Building is done once, goes on after it was stopped, and bears two runs at a time."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from images import BuiltImage
from images.builder import ARCHIVES
from workspace.paths import ROOT, TOOLS

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

STOP_AFTER_SECONDS = 1
"""From its first word: the image takes several."""


@pytest.fixture
def cache(built: dict[str, BuiltImage]) -> Iterator[Path]:
    """A cache of its own with every archive, and no layers from earlier builds."""
    folder = Path(f"/var/tmp/spark-on-eks-test-{os.getpid()}")
    for image in built.values():
        copy = folder / "images" / image.archive.relative_to(ARCHIVES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        os.link(image.archive, copy)
    yield folder
    mounts = Path("/proc/self/mounts").read_text()
    assert str(folder) not in mounts, "a build leaves no mount behind"
    shutil.rmtree(folder)


def start(cache: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        # A shell lets what it starts in the background ignore ctrl-C, and a child inherits that.
        [
            *("env", "--default-signal=INT"),
            *(sys.executable, "-m", "spark_on_eks", "images", *(arguments or ("build",))),
        ],
        cwd=ROOT,
        env={**os.environ, "SPARK_ON_EKS_CACHE": str(cache), "SPARK_ON_EKS_TOOLS": str(TOOLS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


def archive(cache: Path, name: str) -> Path:
    (found,) = (cache / "images" / "localhost").glob(f"{name}-*.tar")
    return found


def test_a_second_run_builds_nothing_and_needs_no_builder(cache: Path) -> None:
    process = start(cache)
    assert "built" not in end(process)
    assert not (cache / "buildah").exists(), "what is there is found by its name alone"


def test_two_runs_at_once_build_an_image_once(cache: Path) -> None:
    archive(cache, "pause").unlink()
    outputs = [end(process) for process in [start(cache), start(cache)]]
    assert sum("built localhost/pause" in output for output in outputs) == 1, outputs
    assert archive(cache, "pause").is_file()


def test_a_stopped_build_goes_on_even_when_all_earlier_layers_are_lost(cache: Path) -> None:
    archive(cache, "object-store").unlink()
    first = start(cache)
    assert first.stdout is not None
    assert "images to build" in first.stdout.readline(), "the build says that it begins"
    time.sleep(STOP_AFTER_SECONDS)
    os.killpg(first.pid, signal.SIGINT)
    first.communicate(timeout=60)
    assert first.returncode != 0, "the build was stopped before its end"
    assert not list((cache / "images").rglob("object-store-*.tar")), (
        "a partial archive never has the final name"
    )
    shutil.rmtree(cache / "buildah", ignore_errors=True)
    output = end(start(cache))
    assert re.search(r"built localhost/object-store:\S+ in \d+ s", output), output
    assert archive(cache, "object-store").is_file()


def test_prune_keeps_the_archives_that_are_used(cache: Path) -> None:
    before = sorted((cache / "images" / "localhost").iterdir())
    old = before[0].with_name("spark-4.1.2-000000000000.tar")
    old.write_bytes(b"0" * 4096)
    archive(cache, "pause").unlink()
    end(start(cache))
    assert (cache / "buildah").exists()
    end(start(cache, "prune"))
    assert sorted((cache / "images" / "localhost").iterdir()) == before, "only the image nobody names is gone"
    assert not (cache / "buildah").exists()


def test_prune_deletes_nothing_of_a_store_in_which_something_is_mounted(cache: Path) -> None:
    places = [cache / "buildah" / "overlay" / name / "merged" for name in ("first", "second")]
    for place in places:
        place.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(place)], check=True)
    try:
        process = start(cache, "prune")
        output, _ = process.communicate(timeout=300)
        assert process.returncode != 0, output
        assert "2 mounts below it" in output, "their number, and not each of a hundred"
        assert all(place.is_mount() for place in places)
    finally:
        subprocess.run(["umount", *map(str, places)], check=True)
