"""The script that lays out /opt/spark drops what no machine of ours loads, and nothing else."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from docker.spark import layout

LOCKS = sorted(Path(layout.__file__).parent.glob("releases/*"))

LIBRARIES = {
    "x86_64": [
        "librocksdbjni-linux64.so",
        "META-INF/native/libnetty_transport_native_epoll_x86_64.so",
        "org/xerial/snappy/native/Linux/x86_64/libsnappyjava.so",
        "linux/amd64/libzstd-jni-1.5.7-6.so",
        "net/jpountz/util/linux/amd64/liblz4-java.so",
        "resources/native/Linux-amd64/libnetlibblasjni.so",
        "META-INF/native/linux64/libleveldbjni.so",
    ],
    "aarch64": [
        "librocksdbjni-linux-aarch64.so",
        "META-INF/native/libnetty_transport_native_epoll_aarch_64.so",
        "org/xerial/snappy/native/Linux/aarch64/libsnappyjava.so",
        "linux/aarch64/libzstd-jni-1.5.7-6.so",
        "org/jline/nativ/Linux/arm64/libjlinenative.so",
    ],
}
"""Names as they are in Spark's jars."""

ELSEWHERE = [
    "librocksdbjni-linux64-musl.so",
    "librocksdbjni-linux-aarch64-musl.so",
    "librocksdbjni-linux32.so",
    "librocksdbjni-linux-s390x.so",
    "librocksdbjni-linux-ppc64le.so",
    "librocksdbjni-linux-riscv64.so",
    "librocksdbjni-osx-arm64.jnilib",
    "librocksdbjni-win64.dll",
    "org/xerial/snappy/native/Linux/x86/libsnappyjava.so",
    "org/xerial/snappy/native/Linux/armv7/libsnappyjava.so",
    "org/xerial/snappy/native/Linux/android-aarch64/libsnappyjava.so",
    "org/xerial/snappy/native/FreeBSD/x86_64/libsnappyjava.so",
    "org/xerial/snappy/native/Windows/aarch64/snappyjava.dll",
    "linux/loongarch64/libzstd-jni-1.5.7-6.so",
    "linux/i386/libzstd-jni-1.5.7-6.so",
    "darwin/aarch64/libzstd-jni-1.5.7-6.dylib",
]


@pytest.mark.parametrize("machine", sorted(LIBRARIES))
def test_a_machine_keeps_its_own_libraries_and_drops_all_others(machine: str) -> None:
    (other,) = LIBRARIES.keys() - {machine}
    kept = [name for name in LIBRARIES[machine] if layout.foreign(name, machine)]
    assert not kept, "dropping these breaks Spark on this machine"
    dropped = [name for name in LIBRARIES[other] + ELSEWHERE if not layout.foreign(name, machine)]
    assert not dropped, "no process on this machine can load these"


@pytest.mark.parametrize("name", ["org/rocksdb/Options.class", "META-INF/MANIFEST.MF", "win32/readme.txt"])
def test_what_is_no_library_is_kept(name: str) -> None:
    assert not layout.foreign(name, "x86_64")


def jar(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    return path


def test_a_trimmed_jar_has_the_rest_unchanged(tmp_path: Path) -> None:
    path = jar(tmp_path / "rocksdbjni.jar", "A.class", "librocksdbjni-linux64.so", "librocksdbjni-win64.dll")
    assert layout.trim(path, "x86_64") is False
    with zipfile.ZipFile(path) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == {
            "A.class": "A.class",
            "librocksdbjni-linux64.so": "librocksdbjni-linux64.so",
        }


def test_a_jar_without_foreign_libraries_is_not_rewritten(tmp_path: Path) -> None:
    path = jar(tmp_path / "plain.jar", "A.class")
    before = path.read_bytes()
    assert layout.trim(path, "x86_64") is False
    assert path.read_bytes() == before, "its sha256 stays the published one"


def test_a_jar_that_holds_only_foreign_libraries_is_dropped(tmp_path: Path) -> None:
    path = jar(
        tmp_path / "netty-osx.jar", "META-INF/MANIFEST.MF", "META-INF/native/libnetty_osx_x86_64.jnilib"
    )
    assert layout.trim(path, "x86_64") is True


def test_a_file_that_is_not_the_locked_one_ends_the_build(tmp_path: Path) -> None:
    path = tmp_path / "s3.jar"
    path.write_bytes(b"something else")
    with pytest.raises(SystemExit, match=r"s3\.jar has sha256 .* the lock says 00"):
        layout.check(path, "00")
    with pytest.raises(SystemExit, match="was not fetched"):
        layout.check(tmp_path / "absent.jar", "00")
    assert layout.check(path, hashlib.sha256(b"something else").hexdigest()) == path


def test_the_python_archive_works_with_its_byte_code_and_without(tmp_path: Path) -> None:
    package = tmp_path / "sources" / "pyspark"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("answer = 42\n")
    # Byte code names its source's time, and a zip keeps even seconds: as in the image, it is one long past.
    os.utime(package / "__init__.py", (1_700_000_000, 1_700_000_000))
    archive = tmp_path / "pyspark.zip"
    layout.python_archive(tmp_path / "sources", archive)
    with zipfile.ZipFile(archive) as content:
        assert set(content.namelist()) == {"pyspark/__init__.py", "pyspark/__init__.pyc"}

    def loaded(path: Path) -> str:
        code = "import pyspark; print(pyspark.answer, pyspark.__file__.rpartition('.')[2])"
        return subprocess.run(
            [sys.executable, "-S", "-c", code],
            env={"PYTHONPATH": str(path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    assert loaded(archive) == "42 pyc", "the byte code is what is loaded, so nothing is compiled at start"
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(other, "w") as target:
        for entry in source.infolist():
            content_bytes = source.read(entry)
            # The first bytes of byte code name the Python that made it: here one that does not exist.
            target.writestr(
                entry, b"\0\0\0\0" + content_bytes[4:] if entry.filename.endswith("c") else content_bytes
            )
    assert loaded(other) == "42 py", "another Python falls back to the sources"


@pytest.mark.parametrize("release", LOCKS, ids=lambda release: release.name)
def test_the_locked_jars_get_credentials_from_pod_identity(release: Path) -> None:
    layout.check_pod_identity(layout.locked(release / "jars.lock"))


def test_a_locked_jar_takes_the_place_of_the_distributions(tmp_path: Path) -> None:
    source = tmp_path / "jars"
    source.mkdir()
    jar(source / "hadoop-client-api-3.3.4.jar", "Old.class")
    jar(source / "hadoop-yarn-api-3.3.4.jar", "Other.class")
    layout.jars(source, tmp_path / "out", "x86_64", ["hadoop-client-api-3.4.2.jar"])
    kept = [path.name for path in (tmp_path / "out" / "libraries").iterdir()]
    assert kept == ["hadoop-yarn-api-3.3.4.jar"], "two versions of one library are one too many"


@pytest.mark.parametrize(
    "names",
    [
        ["hadoop-aws-3.3.4.jar", "aws-java-sdk-bundle-1.12.746.jar"],
        ["bundle-2.24.6.jar"],
        ["auth-2.21.30.jar"],
    ],
)
def test_an_sdk_that_knows_pod_identity_passes(names: list[str]) -> None:
    layout.check_pod_identity(names)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["aws-java-sdk-bundle-1.12.262.jar"], "has it from 1.12.746 on"),
        (["auth-2.21.29.jar", "aws-java-sdk-core-1.12.800.jar"], "auth-2.21.29.jar is too old"),
        (["hadoop-aws-3.4.2.jar"], "jars.lock has no AWS SDK"),
    ],
)
def test_a_build_ends_with_an_sdk_whose_jobs_would_have_no_credentials_on_eks(
    names: list[str], said: str
) -> None:
    with pytest.raises(SystemExit, match=said):
        layout.check_pod_identity(names)


def test_sparks_own_script_takes_the_class_archive_before_it_starts_java(tmp_path: Path) -> None:
    script = tmp_path / "spark-class"
    script.write_text('CMD=(java -version)\nexec "${CMD[@]}"\n')
    layout.map_classes(tmp_path)
    assert script.read_text().splitlines()[-2:] == ["use_class_archive CMD", 'exec "${CMD[@]}"']
    assert (tmp_path / "class-archive.sh").is_file()


def test_a_release_whose_script_starts_java_otherwise_ends_the_build(tmp_path: Path) -> None:
    (tmp_path / "spark-class").write_text('exec java "$@"\n')
    with pytest.raises(SystemExit, match="look where this release starts Java"):
        layout.map_classes(tmp_path)
