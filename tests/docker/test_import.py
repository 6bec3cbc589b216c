"""A containerd gets the images under the names that pods use, once."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from images import BuiltImage, import_all
from images.containerd import present
from workspace.errors import ReportedError

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

SMALL = ("pause", "object-store")
START_SECONDS = 30


@pytest.fixture
def containerd(built: dict[str, BuiltImage], tmp_path: Path) -> Iterator[Path]:
    """Socket of a containerd of our own."""
    socket = tmp_path / "containerd.sock"
    configuration = tmp_path / "config.toml"
    configuration.write_text(
        f'version = 2\nroot = "{tmp_path}/root"\nstate = "{tmp_path}/state"\n'
        f'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\n  address = "{socket}"\n'
    )
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(["containerd", "--config", str(configuration)], stdout=log, stderr=log)
    deadline = time.monotonic() + START_SECONDS
    while not socket.exists():
        assert time.monotonic() < deadline, (tmp_path / "log").read_text()
        time.sleep(0.1)
    yield socket
    process.terminate()
    process.wait(30)


def test_images_are_imported_once_and_with_what_they_are_built_on(
    built: dict[str, BuiltImage], containerd: Path
) -> None:
    wanted = {built[name].reference for name in (*SMALL, "base")}
    assert {image.reference for image in import_all(containerd, names=SMALL)} == wanted
    assert present(containerd) == wanted, "pods name images by reference, so nothing but that may be there"
    assert import_all(containerd, names=SMALL) == [], "a second import has nothing to do"


def test_an_image_that_was_removed_comes_back(built: dict[str, BuiltImage], containerd: Path) -> None:
    import_all(containerd, names=["pause"])
    reference = built["pause"].reference
    subprocess.run(
        ["ctr", "--address", str(containerd), "--namespace", "k8s.io", "images", "remove", reference],
        check=True,
        capture_output=True,
    )
    assert [image.name for image in import_all(containerd, names=["pause"])] == ["pause"]


def test_a_containerd_that_does_not_run_is_told_with_what_to_do(
    built: dict[str, BuiltImage], tmp_path: Path
) -> None:
    with pytest.raises(ReportedError, match="make up"):
        import_all(tmp_path / "none.sock", names=["pause"])


def test_a_name_that_no_image_has_is_refused(built: dict[str, BuiltImage], tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="sparks"):
        import_all(tmp_path / "none.sock", names=["sparks"])
