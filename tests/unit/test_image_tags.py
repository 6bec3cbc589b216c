"""An image's tag changes with everything that goes into it, and with nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from components import versions
from components.kube import image_tags
from components.kube.image_tags import IMAGES, folder_of, image_ref
from components.releases import RELEASES
from components.services.spark_operator.release import JOB_PODS_SOURCES
from components.tenants.namespace import SQL_CHECK
from components.versions import SPARK_LTS

ROOT = Path(__file__).resolve().parents[2]
SPARKS = {name for release in RELEASES.values() for name in (release.image, release.python_image)}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a Dockerfile for every image, and the programs of ours."""
    for name in IMAGES:
        folder = folder_of(name, tmp_path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "Dockerfile").write_text(f"FROM {folder.name}\n")
    for app in {app for source in IMAGES.values() for app in source.apps}:
        (tmp_path / "apps" / app).mkdir(parents=True)
        (tmp_path / "apps" / app / "main").write_text(f"program {app}\n")
    for package in {package for source in IMAGES.values() for package in source.packages}:
        (tmp_path / package).mkdir()
        (tmp_path / package / "main").write_text(f"package {package}\n")
    for module in {source.module for source in IMAGES.values() if source.module}:
        folder = tmp_path / "toolchain" / "modules" / module
        folder.mkdir(parents=True)
        (folder / "go.sum").write_text(f"sums of {module}\n")
    return tmp_path


def tags(root: Path) -> dict[str, str]:
    return {name: image_ref(name, registry="localhost", root=root) for name in IMAGES}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize("name", list(IMAGES))
def test_a_reference_has_registry_name_version_and_hash(name: str) -> None:
    reference = image_ref(name, registry="registry.example/platform", root=ROOT)
    source = IMAGES[name]
    expected = rf"registry\.example/platform/{source.repository}:{re.escape(source.version)}-[0-9a-f]{{12}}"
    assert re.fullmatch(expected, reference), reference


def test_the_same_files_elsewhere_are_the_same_image(checkout: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for folder in ("docker", "apps", "costs", "toolchain"):
        shutil.copytree(checkout / folder, copy / folder)
    assert tags(copy) == tags(checkout), "two checkouts share what they have built"


def test_a_registry_is_no_part_of_the_tag(checkout: Path) -> None:
    here = image_ref("spark", registry="localhost", root=checkout)
    there = image_ref("spark", registry="registry.example/", root=checkout)
    assert here.rpartition(":")[2] == there.rpartition(":")[2], (
        "an image that is pushed is the one that was built"
    )


def test_a_changed_file_changes_the_image_and_those_built_on_it(checkout: Path) -> None:
    before = tags(checkout)
    (checkout / "docker" / "spark" / "Dockerfile").write_text("FROM other\n")
    assert changed(before, tags(checkout)) == {*SPARKS, "spark-operator"}


@pytest.mark.parametrize(
    ("app", "image"),
    [
        ("history_exporter", "history_exporter"),
        ("canary_checker", "canary_checker"),
        ("log_collector", "run-logs"),
        ("log_archive", "run-logs"),
    ],
)
def test_a_changed_program_changes_the_image_that_holds_it_and_no_other(
    checkout: Path, app: str, image: str
) -> None:
    before = tags(checkout)
    (checkout / "apps" / app / "main").write_text("another\n")
    assert changed(before, tags(checkout)) == {image}


def test_a_file_of_one_program_in_another_of_the_image_changes_it(checkout: Path) -> None:
    before = tags(checkout)
    apps = checkout / "apps"
    (apps / "log_collector" / "main").rename(apps / "log_archive" / "other")
    assert changed(before, tags(checkout)) == {"run-logs"}


@pytest.mark.parametrize(
    ("module", "images"),
    [
        ("core", {"object-store"}),
        ("spark-operator", {"spark-operator"}),
        ("coredns", {"coredns"}),
        ("local-path-provisioner", {"local-path-provisioner"}),
        ("kube-state-metrics", {"kube-state-metrics"}),
        ("prometheus", {"prometheus"}),
        ("prometheus-operator", {"prometheus-operator"}),
    ],
)
def test_a_changed_dependency_of_a_program_changes_the_image_that_holds_it(
    checkout: Path, module: str, images: set[str]
) -> None:
    before = tags(checkout)
    (checkout / "toolchain" / "modules" / module / "go.sum").write_text("others\n")
    assert changed(before, tags(checkout)) == images


def test_a_changed_package_changes_the_images_that_hold_it(checkout: Path) -> None:
    before = tags(checkout)
    (checkout / "costs" / "main").write_text("other prices\n")
    assert changed(before, tags(checkout)) == {"jobs"}


def test_every_program_of_ours_is_in_an_image_or_mounted_by_the_operator_or_a_job() -> None:
    programs = {path.name for path in (ROOT / "apps").iterdir() if path.is_dir() and path.name[0] != "_"}
    in_images = {app for source in IMAGES.values() for app in source.apps}
    assert programs == in_images | {JOB_PODS_SOURCES.name, SQL_CHECK.parent.name}


@pytest.mark.parametrize("name", list(IMAGES))
def test_a_dockerfile_is_given_the_arguments_that_it_asks_for(name: str) -> None:
    text = (folder_of(name, ROOT) / "Dockerfile").read_text()
    unset = set(re.findall(r"(?m)^ARG (\w+)$", text)) - {"BASE", "GO", "TARGETARCH"}
    given = IMAGES[name].arguments
    assert set(given) <= set(re.findall(r"(?m)^ARG (\w+)", text)), (
        "what no step takes keeps its default there"
    )
    assert unset <= set(given), "without its value the step that uses it fails"
    pinned = {getattr(versions, pin) for pin in IMAGES[name].pins}
    assert set(given.values()) <= pinned, "what goes in is part of the tag"


def test_a_renamed_file_changes_the_image(checkout: Path) -> None:
    script = checkout / "docker" / "pause" / "one.sh"
    script.write_text("exit 0\n")
    before = tags(checkout)
    script.rename(script.with_name("two.sh"))
    assert changed(before, tags(checkout)) == {"pause"}


def test_text_that_moves_between_files_changes_the_image(checkout: Path) -> None:
    folder = checkout / "docker" / "pause"
    (folder / "a").write_text("one\n")
    (folder / "b").write_text("two\n")
    before = tags(checkout)
    (folder / "a").write_text("one\ntwo\n")
    (folder / "b").write_text("")
    assert changed(before, tags(checkout)) == {"pause"}, "the same bytes in other files are another image"


def test_a_new_version_changes_the_images_that_take_it(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tags(checkout)
    monkeypatch.setattr(versions, "HADOOP", "9.9.9")
    assert changed(before, tags(checkout)) == {*SPARKS, "spark-operator"}


def test_a_release_of_spark_changes_with_its_own_locks_and_not_with_anothers(checkout: Path) -> None:
    before = tags(checkout)
    lock = checkout / "docker" / "spark" / "releases" / SPARK_LTS / "jars.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("another\n")
    assert changed(before, tags(checkout)) == {f"spark-{SPARK_LTS}", f"spark-python-{SPARK_LTS}"}


def test_the_base_is_below_every_image_that_has_a_shell(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tags(checkout)
    (checkout / "docker" / "base" / "make-rootfs.sh").write_text("exit 0\n")
    without = {
        name for name in IMAGES if (folder_of(name, ROOT) / "Dockerfile").read_text().count("FROM scratch\n")
    }
    assert changed(before, tags(checkout)) == {*IMAGES} - without | {"base"}


@pytest.mark.parametrize("name", ["README.md", "__pycache__/layout.cpython-311.pyc"])
def test_files_that_no_image_holds_change_nothing(checkout: Path, name: str) -> None:
    before = tags(checkout)
    extra = checkout / "docker" / "spark" / name
    extra.parent.mkdir(exist_ok=True)
    extra.write_bytes(b"anything")
    assert tags(checkout) == before


def test_an_image_comes_after_the_one_it_is_built_on() -> None:
    names = list(IMAGES)
    for name, source in IMAGES.items():
        if source.parent:
            assert names.index(source.parent) < names.index(name), (
                "the builder goes through them in this order"
            )


def test_every_folder_below_docker_is_an_image() -> None:
    folders = {path.parent.name for path in (ROOT / "docker").glob("*/Dockerfile")}
    assert folders == {folder_of(name, ROOT).name for name in IMAGES}


def test_every_pin_of_an_image_is_a_version() -> None:
    for name, source in IMAGES.items():
        for pin in source.pins:
            assert isinstance(getattr(versions, pin, None), str), f"{name} takes {pin}, which is no pin"


def test_an_unknown_name_is_refused_with_the_names_there_are(checkout: Path) -> None:
    with pytest.raises(ValueError, match=r"'sparks'.*spark-operator"):
        image_ref("sparks", registry="localhost", root=checkout)


def test_an_empty_registry_is_refused(checkout: Path) -> None:
    with pytest.raises(ValueError, match="localhost"):
        image_ref("spark", registry="/", root=checkout)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"docker/base/Dockerfile"):
        image_ref("base", registry="localhost", root=tmp_path)


def test_a_missing_program_is_named(checkout: Path) -> None:
    shutil.rmtree(checkout / "apps" / "canary_checker")
    with pytest.raises(FileNotFoundError, match=r"apps/canary_checker is missing"):
        image_ref("canary_checker", registry="localhost", root=checkout)


def test_tags_need_no_engine() -> None:
    source = Path(image_tags.__file__).read_text()
    assert "pulumi" not in source.replace("Pulumi program", ""), "the builder must not load the whole engine"
