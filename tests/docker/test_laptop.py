"""Docker alone makes the images, and what it makes is what this machine makes without it."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from rich.console import Console
from typer.testing import CliRunner

from components.kube import image_lock
from images import BuiltImage, build_all, docker, recipes
from spark_on_eks.main import app
from tests import registry
from tests.binaries import binary
from tests.docker import laptop
from workspace.errors import ReportedError

pytestmark = [pytest.mark.docker, pytest.mark.soak, pytest.mark.timeout(3600)]

PORT = 5445
UNTOLD_PORT = 5446
"""Of a registry that stands for the one in a cluster: a forwarded port, which no configuration names."""

BOTH = ("amd64", "arm64")
EACH_WAY = ("base", "spark", "canary_checker", "spark-operator", "run-logs", "kube-state-metrics")
"""One image of each way that they are made: copied, downloaded, of our Python, compiled on another of ours,
compiled from our sources, compiled on nothing."""

CROSS_COMPILED = "kube-state-metrics"
"""An image for another processor that nothing has to run on it for."""

PROGRAMS = {"kube-state-metrics": "kube-state-metrics", "spark-operator": "usr/bin/spark-operator"}
"""Images -> where the program lies that is not ours."""

AARCH64 = 183
"""`e_machine` of a program for it (ELF's specification, EM_AARCH64)."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry with nothing in it but what builds start from."""
    with registry.running(tmp_path_factory.mktemp("registry"), PORT) as found:
        yield found


@pytest.fixture(scope="module")
def built() -> dict[str, BuiltImage]:
    """What this machine makes without Docker, of what is compared."""
    return {image.name: image for image in build_all(names=["spark"])}


@pytest.fixture(scope="module")
def machine(
    host: str, built: dict[str, BuiltImage], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[laptop.Laptop]:
    with laptop.running(tmp_path_factory.mktemp("l"), host, built["base"]) as found:
        yield found


@pytest.fixture(autouse=True)
def on_it(machine: laptop.Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that a test starts, it starts on that machine."""
    monkeypatch.setenv("PATH", machine.path)
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(docker, "DEBIAN_IMAGE", machine.debian)
    monkeypatch.setattr(docker, "GO_IMAGE", machine.go)
    monkeypatch.setattr(recipes, "PLATFORM_IMAGES", EACH_WAY)
    monkeypatch.setattr(image_lock, "FILE", str(tmp_path / "images.lock"))


@pytest.fixture(scope="module")
def pushed() -> dict[str, str]:
    """Digests of what the first test pushed, by name."""
    return {}


def test_docker_alone_makes_and_pushes_what_a_cluster_runs(
    host: str, pushed: dict[str, str], tmp_path: Path
) -> None:
    assert [name for name in laptop.ABSENT if shutil.which(name)] == []
    done = CliRunner().invoke(app, ["images", "push", "--registry", f"{host}/own"])
    assert done.exit_code == 0, f"{done.output}\n{done.exception}"
    recorded = image_lock.recorded(tmp_path)
    wanted = {image.name: image.reference for image in docker.images_of(f"{host}/own", EACH_WAY)}
    assert set(recorded) == set(wanted.values())
    for name, reference in wanted.items():
        found = docker.manifest_of(reference)
        assert found is not None
        assert found["digest"] == recorded[reference], f"{name} would not be what was pushed"
        pushed[name] = recorded[reference]


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_what_docker_compiles_is_what_the_toolchain_compiles_byte_by_byte(
    name: str, host: str, pushed: dict[str, str]
) -> None:
    place = PROGRAMS[name]
    files = _files(host, f"own/{_repository(name)}", pushed[name], "amd64")
    assert files[place] == _digest(binary(Path(place).name).read_bytes())


def test_sparks_image_has_the_same_files_whoever_built_it(
    host: str, pushed: dict[str, str], built: dict[str, BuiltImage]
) -> None:
    ours = {path: digest for path, digest in _archive(built["spark"].archive).items() if _is_spark(path)}
    theirs = _files(host, "own/spark", pushed["spark"], "amd64")
    assert len(ours) > 300, "the comparison has something to compare"
    assert {path: digest for path, digest in theirs.items() if _is_spark(path)} == ours


def _is_spark(path: str) -> bool:
    """Whether a file is Spark's or ours; byte code of Python and Java's modules hold times and paths."""
    return path.startswith("opt/") and not path.startswith("opt/java") and not path.endswith("pyspark.zip")


def test_what_is_there_is_not_pushed_again(host: str, pushed: dict[str, str]) -> None:
    images = docker.images_of(f"{host}/own", EACH_WAY)
    again = docker.push_all(images, ["amd64"], Console(stderr=True))
    assert {image.name: image.digest for image in again} == pushed
    assert not [image.name for image in again if image.pushed]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of a few lines under the name of the one that the image is for: it compiles in no time."""
    module = tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text("module k8s.io/kube-state-metrics/v2\n\ngo 1.26\n")
    (module / "main.go").write_text("package main\n\nfunc main() {}\n")
    monkeypatch.setattr(docker, "contexts", lambda *_: {"module": module})


@pytest.mark.usefixtures("small")
def test_an_index_of_two_architectures_gets_into_a_real_registry(host: str) -> None:
    (image,) = docker.images_of(f"{host}/both", [CROSS_COMPILED])
    (done,) = docker.push_all([image], BOTH, Console(stderr=True))
    assert done.pushed
    for architecture, wanted in (("amd64", 62), ("arm64", AARCH64)):
        content = _layers(host, f"both/{_repository(CROSS_COMPILED)}", done.digest, architecture)
        programs = {path: data for path, data in content if data[:4] == b"\x7fELF"}
        assert programs
        for path, data in programs.items():
            assert int.from_bytes(data[18:20], "little") == wanted, f"{path} of {architecture}"


@pytest.mark.usefixtures("small")
def test_a_tag_that_lacks_an_architecture_is_told_before_a_node_finds_out(host: str) -> None:
    images = docker.images_of(f"{host}/one", [CROSS_COMPILED])
    docker.push_all(images, ["amd64"], Console(stderr=True))
    with pytest.raises(ReportedError, match=r"for amd64, and not for arm64; a tag is never overwritten"):
        docker.push_all(images, BOTH, Console(stderr=True))


@pytest.mark.usefixtures("small")
def test_a_forwarded_port_takes_images_without_a_word_in_the_builders_configuration(
    tmp_path: Path,
) -> None:
    with registry.running(tmp_path, UNTOLD_PORT):
        base, image = docker.images_of(f"127.0.0.1:{UNTOLD_PORT}", ["base", CROSS_COMPILED])
        assert docker.unreachable(base.reference), "it is not there yet"
        docker.push_all([base], ["amd64"], Console(stderr=True))
        assert docker.unreachable(base.reference) == ""
        (_, done) = docker.push_all([base, image], ["amd64"], Console(stderr=True))
        assert done.pushed


def test_sparks_files_are_laid_out_for_the_other_architecture_without_emulation(
    host: str, tmp_path: Path
) -> None:
    (image,) = docker.images_of(f"{host}/arm", ["spark"])
    words = [word for word in docker.command(image, [image], ["arm64"]) if word != "--push"]
    made = tmp_path / "made"
    done = subprocess.run(
        [*words[:-1], "--target=spark", f"--output=type=local,dest={made}", words[-1]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    native = [
        entry
        for jar in (made / "out").rglob("*.jar")
        for entry in zipfile.ZipFile(jar).namelist()
        if entry.endswith(".so")
    ]
    assert [each for each in native if "aarch" in each or "arm64" in each], "its own libraries are kept"
    assert not [each for each in native if "x86_64" in each or "amd64" in each], "and the others dropped"


# What a registry and an archive hold


def _repository(name: str) -> str:
    return docker.images_of("any", [name])[0].repository


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _get(host: str, repository: str, what: str) -> bytes:
    accepted = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"
    asked = Request(f"http://{host}/v2/{repository}/{what}", headers={"Accept": accepted})
    with urlopen(asked) as answer:  # noqa: S310
        data: bytes = answer.read()
    return data


def _layers(host: str, repository: str, digest: str, architecture: str) -> Iterator[tuple[str, bytes]]:
    """Files of an image of an index, lowest layer first."""
    index: dict[str, Any] = json.loads(_get(host, repository, f"manifests/{digest}"))
    (own,) = (
        each["digest"] for each in index["manifests"] if each["platform"]["architecture"] == architecture
    )
    for layer in json.loads(_get(host, repository, f"manifests/{own}"))["layers"]:
        yield from _unpacked(_get(host, repository, f"blobs/{layer['digest']}"))


def _unpacked(layer: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(layer), mode="r:*") as content:
        for member in content:
            if member.isfile():
                stream = content.extractfile(member)
                assert stream is not None
                yield member.name.removeprefix("./"), stream.read()


def _files(host: str, repository: str, digest: str, architecture: str) -> dict[str, str]:
    """Path -> sha256 of what an image holds."""
    return {path: _digest(data) for path, data in _layers(host, repository, digest, architecture)}


def _archive(archive: Path) -> dict[str, str]:
    """The same of an OCI archive."""
    found: dict[str, str] = {}
    with tarfile.open(archive) as tar:

        def blob(digest: str) -> bytes:
            stream = tar.extractfile("blobs/" + digest.replace(":", "/"))
            assert stream is not None
            return stream.read()

        index = tar.extractfile("index.json")
        assert index is not None
        manifest = json.loads(blob(json.load(index)["manifests"][0]["digest"]))
        for layer in manifest["layers"]:
            found |= {path: _digest(data) for path, data in _unpacked(blob(layer["digest"]))}
    return found
