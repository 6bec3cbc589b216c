"""The files of `docker/` agree with each other and with the pins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components import versions
from components.kube.image_tags import IMAGES, folder_of
from components.releases import RELEASES, SparkRelease
from images.fetch import SPARK_FOLDER, locks, read_lock
from images.recipes import RECIPES
from workspace.paths import ROOT

DOCKERFILES = sorted((ROOT / "docker").glob("*/Dockerfile"))
SPARK_DOCKERFILE = (SPARK_FOLDER / "Dockerfile").read_text()


def test_every_image_has_a_recipe_and_a_dockerfile() -> None:
    assert sorted(RECIPES) == sorted(IMAGES)
    assert {path.parent for path in DOCKERFILES} == {folder_of(name, ROOT) for name in IMAGES}


def test_the_dockerfiles_defaults_are_the_pins() -> None:
    defaults = set(re.findall(r"^ARG (SPARK_VERSION|JAVA_VERSION)=(\S+)", SPARK_DOCKERFILE, re.MULTILINE))
    assert defaults == {("SPARK_VERSION", versions.SPARK), ("JAVA_VERSION", versions.JAVA)}


@pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)
def test_the_locked_jars_are_the_pinned_versions(release: SparkRelease) -> None:
    names = read_lock(locks(release) / "jars.lock")
    wanted = {
        f"hadoop-aws-{versions.HADOOP}.jar",
        f"spark-hadoop-cloud_{release.scala}-{release.version}.jar",
        f"analyticsaccelerator-s3-{versions.ANALYTICS_ACCELERATOR}.jar",
        *(f"{module}-{versions.AWS_SDK}.jar" for module in ("s3", "s3-transfer-manager", "sts")),
    }
    if not release.default:
        wanted |= {f"hadoop-client-{part}-{versions.HADOOP}.jar" for part in ("api", "runtime")}
    assert wanted <= names.keys()
    rest = [name for name in names.keys() - wanted if not name.endswith(f"-{versions.AWS_SDK}.jar")]
    assert sorted(rest) == ["eventstream-1.0.1.jar", "reactive-streams-1.0.4.jar"], (
        "all else is of one SDK release"
    )
    assert not [name for name in names if name.startswith("bundle-")], "the SDK's bundle is 640 MB"


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_no_dockerfile_pulls_an_image_or_downloads_by_address(path: Path) -> None:
    text = path.read_text()
    started = re.findall(r"^FROM (?:--platform=\S+ )?(\S+)(?: AS (\S+))?$", text, re.MULTILINE)
    assert len(started) == text.count("\nFROM "), "each line of them is read"
    bases = {base for base, _ in started} - {stage for _, stage in started}
    assert bases <= {"${BASE}", "${GO}", "scratch"}, "what a build starts from is the caller's choice"
    commands = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    assert not re.search(r"https?://|\bcurl\s+-|\bwget\b", commands), (
        "downloads are locked, and made by the clients of their registries"
    )


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_a_dockerfile_names_its_user_by_number(path: Path) -> None:
    if path.parent.name == "base":
        pytest.skip("the base is only built upon")
    users = re.findall(r"^USER (\S+)", path.read_text(), re.MULTILINE)
    assert users, "without a user the image starts as root"
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*|\$\{SPARK_UID\}:\$\{SPARK_UID\}", users[-1])


def test_every_package_list_leaves_its_caches_behind() -> None:
    for path in DOCKERFILES:
        final = path.read_text().rpartition("\nFROM ")[2]
        for run in re.findall(r"^RUN (.*(?:\\\n.*)*)", final, re.MULTILINE):
            if "apt-get install" in run:
                assert "rm -rf /var/lib/apt/lists/*" in run, f"{path.parent.name} keeps its package lists"
