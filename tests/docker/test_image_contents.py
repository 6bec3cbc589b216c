"""What is in the images: their size, their jars, who they run as, and nothing that gives rights."""

from __future__ import annotations

import hashlib
import io
import platform
import re
import stat
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from components import versions
from components.kube.image_tags import IMAGES
from docker.spark import layout
from images import BuiltImage
from images.fetch import DEFAULT_LOCKS, cached, read_lock, read_requirements
from images.sizes import MIB, layers
from tests.docker.conftest import OpenImage
from tests.docker.container import SPARK_UID, Image

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

LIMIT_MIB = 805
"""Of the Spark image, unpacked and with its base: 790 when the limit was set, 225 of it the class archive."""

SPARK_JARS = Path("opt/spark/jars")


def test_the_spark_image_keeps_its_weight(built: dict[str, BuiltImage]) -> None:
    weighed = layers(built["spark"].archive)
    total = sum(layer.size for layer in weighed) / MIB
    assert total <= LIMIT_MIB, "\n".join(f"{layer.size / MIB:8.1f} {layer.instruction}" for layer in weighed)


def test_what_changes_most_is_pulled_last_and_is_small(built: dict[str, BuiltImage]) -> None:
    weighed = layers(built["spark"].archive)
    order = [layer.folder for layer in weighed]
    assert order.index("/opt/java/lib") < order.index("/opt/spark/jars") < order.index("/opt/spark/python")
    (archive,) = (at for at, layer in enumerate(weighed) if layer.file == "classes.jsa")
    assert archive > order.index("/opt/spark/python"), "another jar makes another archive"
    scripts = weighed[archive + 1 :]
    assert scripts, "the entrypoint has a layer of its own"
    assert sum(layer.size for layer in scripts) < MIB, "a changed entrypoint makes nodes pull next to nothing"


COMMIT_PROTOCOL = "commit-protocol.jar"
"""The jar of ours, compiled from `docker/spark/commit`."""


def test_the_s3a_jars_are_the_locked_ones(spark: Image) -> None:
    locked = read_lock(DEFAULT_LOCKS / "jars.lock")
    found = {name: sha256(spark.root / SPARK_JARS / name) for name in locked}
    assert found == locked


def test_the_other_jars_are_the_locked_distributions_without_foreign_libraries(spark: Image) -> None:
    ((name, digest),) = read_requirements(DEFAULT_LOCKS / "requirements.lock").items()
    original = original_jars(cached(name, digest))
    ours = {path.name for path in (spark.root / SPARK_JARS).iterdir()}
    ours -= {*read_lock(DEFAULT_LOCKS / "jars.lock"), COMMIT_PROTOCOL}
    assert ours <= original.keys(), "no jar comes from elsewhere"
    foreign = {jar for jar in original.keys() - ours if not re.search(r"netty-.*(osx|windows|linux)", jar)}
    assert not foreign, "only netty's jars for other platforms are dropped as a whole"
    for jar in sorted(ours):
        entries = entries_of(spark.root / SPARK_JARS / jar)
        kept = {
            entry: crc
            for entry, crc in original[jar].items()
            if not layout.foreign(entry, platform.machine())
        }
        assert entries == kept, f"{jar} differs from the distribution's"


def original_jars(sdist: Path) -> dict[str, dict[str, int]]:
    """Jar -> its entries with their checksums, of the distribution's jars folder."""
    with tarfile.open(sdist) as archive:
        found: dict[str, dict[str, int]] = {}
        for member in archive:
            if re.fullmatch(r"[^/]+/deps/jars/[^/]+\.jar", member.name):
                stream = archive.extractfile(member)
                assert stream is not None
                # In memory: a zip is read from its end, and a packed tar can't go back without a new start.
                with zipfile.ZipFile(io.BytesIO(stream.read())) as jar:
                    found[member.name.rpartition("/")[2]] = {
                        entry.filename: entry.CRC for entry in jar.infolist()
                    }
        return found


def entries_of(jar: Path) -> dict[str, int]:
    with zipfile.ZipFile(jar) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_no_library_of_the_sdk_stands_beside_sparks_own_copy(spark: Image) -> None:
    locked = {artifact(name) for name in read_lock(DEFAULT_LOCKS / "jars.lock")}
    others = [
        artifact(path.name)
        for path in (spark.root / SPARK_JARS).iterdir()
        if path.name not in read_lock(DEFAULT_LOCKS / "jars.lock")
    ]
    assert not locked & set(others), "two versions of one library on a classpath: which one wins is chance"


def artifact(jar: str) -> str:
    return re.sub(r"-\d[\w.]*(-[\w]+)?\.jar$", "", jar)


def test_rocksdb_has_the_one_library_that_this_machine_loads(spark: Image) -> None:
    (jar,) = (spark.root / SPARK_JARS).glob("rocksdbjni-*.jar")
    libraries = [entry for entry in entries_of(jar) if entry.endswith(layout.NATIVE_SUFFIXES)]
    assert len(libraries) == 1, libraries


@pytest.mark.parametrize(
    "name", ["base", "object-store", "spark", "spark-operator", "run-logs", "canary_checker"]
)
def test_no_program_gives_its_user_more_rights(unpacked: OpenImage, name: str) -> None:
    root = unpacked(name).root
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 1000, "the image is not unpacked, so nothing about it was tested"
    modes = {path: path.stat().st_mode for path in files}
    raising = [str(path) for path, mode in modes.items() if mode & (stat.S_ISUID | stat.S_ISGID)]
    assert not raising
    shared = [str(path) for path, mode in modes.items() if mode & stat.S_IWOTH]
    assert not shared, "a file that everyone may write is everyone's way into the next process that reads it"


@pytest.mark.parametrize("name", [name for name in IMAGES if name != "base"])
def test_an_image_starts_as_a_numbered_user_that_is_not_root(unpacked: OpenImage, name: str) -> None:
    user = unpacked(name).user
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), (
        f"{user!r}: the kubelet can't tell that a named user is not root"
    )


def test_spark_runs_as_the_user_that_the_platform_expects(spark: Image) -> None:
    assert spark.user == f"{SPARK_UID}:{SPARK_UID}"
    status, output = spark.run("id")
    assert (status, "uid=185(spark) gid=185(spark)" in output) == (0, True), output


def test_the_images_hold_the_pinned_versions(unpacked: OpenImage, spark: Image) -> None:
    status, output = spark.run("/opt/spark/bin/spark-submit", "--version")
    assert (status, f"version {versions.SPARK}" in output) == (0, True), output
    assert list((spark.root / SPARK_JARS).glob(f"hadoop-client-api-{versions.HADOOP}.jar"))
    assert list((spark.root / SPARK_JARS).glob(f"hadoop-aws-{versions.HADOOP}.jar"))
    assert f'"{versions.JAVA}.' in spark.run("java", "-version")[1]
    status, output = unpacked("coredns").run("-version")
    assert (status, f"CoreDNS-{versions.COREDNS}" in output) == (0, True), output


def test_the_pause_image_stays_until_it_is_ended(unpacked: OpenImage) -> None:
    container = unpacked("pause").start(uid=65535, gid=65535, tmp=False)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            container.wait(1)
        container.signal("TERM")
        assert container.wait(10) in (0, 143), container.output()
    finally:
        container.remove()


def test_the_volume_provisioner_starts(unpacked: OpenImage) -> None:
    status, output = unpacked("local-path-provisioner").run("start", "--help", uid=65532, gid=65532)
    assert (status, "--helper-image" in output) == (0, True), output


def test_the_object_store_image_has_what_its_pods_call(unpacked: OpenImage) -> None:
    image = unpacked("object-store")
    assert "versitygw" in image.run("--help", uid=65532, gid=65532)[1]
    for command in ("sh", "curl", "grep", "sed", "sha256sum", "mktemp", "versitygw"):
        found = [root for root in ("usr/bin", "usr/local/bin") if (image.root / root / command).exists()]
        assert found, f"the server's pod or its set-up job calls {command}"


CONFIGURATION = {
    *(
        "core-site.xml",
        "hdfs-site.xml",
        "hive-site.xml",
        "yarn-site.xml",
        "mapred-site.xml",
        "ivysettings.xml",
    ),
    *("log4j2.properties", "log4j2.xml", "log4j.properties", "metrics.properties", "fairscheduler.xml"),
    *("spark-defaults.conf", "hadoop-policy.xml", "capacity-scheduler.xml"),
}
"""What Spark, Hadoop and Hive look for on the class path, and people put into the configuration's folder."""


def test_no_jar_hides_a_file_of_the_configuration(spark: Image) -> None:
    found = {}
    for path in sorted((spark.root / SPARK_JARS).glob("*.jar")):
        with zipfile.ZipFile(path) as jar:
            if hidden := CONFIGURATION.intersection(jar.namelist()):
                found[path.name] = hidden
    assert not found, "the jars come first on the class path, as the class archive asks for"
