"""Lays out /opt/spark from the locked files, in folders that become one image layer each.

Runs in a build stage of the Dockerfile, with the base's own Python (3.10 or later) and nothing else.
"""

from __future__ import annotations

import argparse
import compileall
import hashlib
import re
import shutil
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

NATIVE_SUFFIXES = (".so", ".jnilib", ".dylib", ".dll", ".a")
PLATFORM_WORDS = {
    "x86_64": ("x86_64", "amd64", "linux64", "x86-64"),
    "aarch64": ("aarch64", "aarch_64", "arm64"),
}
"""How the libraries in Spark's jars spell the two architectures that the image is built for."""

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Architecture, as Docker names it -> machine, as Linux does."""

FOREIGN_SYSTEMS = re.compile(
    r"darwin|mac|osx|win(32|64|dows|/)|freebsd|sunos|aix|android|musl", re.IGNORECASE
)
"""Systems that the image is not: Debian-like bases are Linux with glibc."""

OWN_JARS = re.compile(r"spark-[\w-]+_2\.\d+-\d")
"""Spark's own jars change with every release; the libraries beside them change less."""

POD_IDENTITY_SDKS = {
    "AWS SDK for Java 2": (re.compile(r"(?:auth|bundle)-(\d+)\.(\d+)\.(\d+)\.jar"), (2, 21, 30)),
    "AWS SDK for Java 1": (
        re.compile(r"aws-java-sdk-(?:core|bundle)-(\d+)\.(\d+)\.(\d+)\.jar"),
        (1, 12, 746),
    ),
}
"""The oldest releases that get credentials from EKS Pod Identity (EKS guide, "Use pod identity with the AWS
SDK"). Spark 3.5 as it comes has 1.12.262: on EKS its jobs would have no credentials at all."""

DROPPED_BINARIES = re.compile(r".*\.cmd|sparkR|spark-connect-shell|docker-image-tool\.sh")
"""Windows launchers, R, and the Scala client shell whose jars are dropped."""


STARTED_BY_PATH = ("pyspark/shell.py", "pyspark/pipelines/cli.py")
"""Files of PySpark that `bin/pyspark` and `bin/spark-pipelines` start by path; the zip has all else."""


def locked(lock: Path) -> dict[str, str]:
    """File name -> sha256 of a lock in the format of `sha256sum`.

    Args:
        lock: its file.
    """
    lines = (line.split() for line in lock.read_text().splitlines() if line and not line.startswith("#"))
    return {name: digest for digest, name in lines}


def sdist_digest(lock: Path) -> str:
    """The sha256 of the Spark distribution in a lock in the format of pip.

    Args:
        lock: its file.

    Raises:
        SystemExit: it has none, or more than one.
    """
    found = re.findall(r"^pyspark==\S+ --hash=sha256:([0-9a-f]{64})$", lock.read_text(), re.MULTILINE)
    if len(found) != 1:
        raise SystemExit(f"{lock.name}: needs one `pyspark==VERSION --hash=sha256:DIGEST`, not {len(found)}")
    return str(found[0])


def check(path: Path, digest: str) -> Path:
    """The path, if the file there has this sha256.

    Args:
        path: where the file lies.
        digest: in hexadecimal digits, as the lock says it.

    Raises:
        SystemExit: it is missing, or another.
    """
    if not path.is_file():
        raise SystemExit(f"{path.name} is locked but was not fetched; docker/README.md says how to fetch it")
    actual = _digest(path)
    if actual != digest:
        raise SystemExit(f"{path.name} has sha256 {actual}, the lock says {digest}: fetch it again")
    return path


def _digest(path: Path) -> str:
    summed = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            summed.update(block)
    return summed.hexdigest()


def foreign(entry: str, machine: str) -> bool:
    """Say whether a file of a jar is a native library that this machine can never load.

    Args:
        entry: its path in the jar.
        machine: as Linux names it; a key of PLATFORM_WORDS.
    """
    if not entry.endswith(NATIVE_SUFFIXES):
        return False
    if FOREIGN_SYSTEMS.search(entry):
        return True
    other = [word for name, words in PLATFORM_WORDS.items() if name != machine for word in words]
    unknown = r"x86(?![_-]64)|i386|linux32|arm(?!64)|ppc|s390|riscv|loongarch|mips|sparc"
    if re.search(unknown, entry) or any(word in entry for word in other):
        return True
    # rocksdb names its build for 64-bit ARM alone and leaves x86 as plain `linux64`.
    return machine == "aarch64" and "linux64" in entry


def trim(jar: Path, machine: str) -> bool:
    """Drop the native libraries for other platforms from a jar; True when nothing but those was in it.

    Args:
        jar: its file, which is written anew if there are such.
        machine: as Linux names it; a key of PLATFORM_WORDS.
    """
    with zipfile.ZipFile(jar) as source:
        entries = source.infolist()
        dropped = {entry.filename for entry in entries if foreign(entry.filename, machine)}
        if not dropped:
            return False
        kept = [entry for entry in entries if entry.filename not in dropped]
        if not any(entry.filename.endswith((".class", *NATIVE_SUFFIXES)) for entry in kept):
            return True
        fresh = jar.with_suffix(".trimmed")
        with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
            for entry in kept:
                target.writestr(entry, source.read(entry))
    fresh.replace(jar)
    return False


def unpack(sdist: Path, into: Path) -> Path:
    """Unpack the distribution, readable by everyone and owned by root; return its top folder.

    Args:
        sdist: the packed distribution.
        into: an empty folder.
    """
    with tarfile.open(sdist) as archive:
        for member in archive:
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            archive.extract(member, into)
    (top,) = into.iterdir()
    return top


def place(files: Iterable[Path], folder: Path) -> None:
    """Move files into a folder.

    Args:
        files: what is moved.
        folder: made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in files:
        shutil.move(path, folder / path.name)


def artifact(name: str) -> str:
    """A jar's name without its version.

    Args:
        name: of its file.
    """
    return re.sub(r"-\d[\w.-]*\.jar$", "", name)


def jars(source: Path, output: Path, machine: str, locked_names: Iterable[str]) -> None:
    """Trim Spark's jars and part them into libraries and Spark's own.

    Args:
        source: the distribution's jars.
        output: where the layers' folders are.
        machine: architecture of the image.
        locked_names: jars that are added; where one is of an artifact that the distribution has, it comes in
            the place of that.
    """
    replaced = {artifact(name) for name in locked_names}
    # The jars of the Scala client shell: the Connect server needs none of them. Spark 3.5 has none.
    shutil.rmtree(source / "connect-repl", ignore_errors=True)
    for jar in sorted(source.glob("*.jar")):
        if artifact(jar.name) in replaced or trim(jar, machine):
            jar.unlink()
    place(sorted(path for path in source.glob("*.jar") if OWN_JARS.match(path.name)), output / "spark-jars")
    place(sorted(source.glob("*.jar")), output / "libraries")


def python_archive(source: Path, target: Path) -> None:
    """Write the zip that drivers and workers import PySpark from, with its byte code and without its tests.

    The byte code lies where zipimport looks first, so that no Python process of a job compiles PySpark again
    (an import takes a third of the time); another Python version falls back to the sources beside it.

    Args:
        source: folder of PySpark's sources; their byte code is written beside them.
        target: the zip.
    """
    compileall.compile_dir(source, quiet=1, legacy=True, stripdir=str(source), workers=1)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in _files(source):
            archive.write(path, path.relative_to(source))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def check_pod_identity(names: Iterable[str]) -> None:
    """End the build if what reaches S3 could get no credentials from EKS Pod Identity.

    Args:
        names: file names of the locked jars.
    """
    jars_ = sorted(names)
    found = [
        (sdk, name, tuple(map(int, match.groups())), oldest)
        for sdk, (pattern, oldest) in POD_IDENTITY_SDKS.items()
        for name in jars_
        if (match := pattern.fullmatch(name))
    ]
    if not found:
        raise SystemExit(
            "jars.lock has no AWS SDK: S3A needs auth-2.x, or aws-java-sdk-core-1.x with Hadoop 3.3"
        )
    for sdk, name, version, oldest in found:
        if version < oldest:
            raise SystemExit(
                f"{name} is too old for EKS Pod Identity: {sdk} has it from {'.'.join(map(str, oldest))} on; "
                "lock a newer one, or a Hadoop of 3.4 or later"
            )


def map_classes(programs: Path) -> None:
    """Let the script that starts every Java program of Spark map classes from the image's archive.

    Args:
        programs: Spark's `bin`.

    Raises:
        SystemExit: the script does not end as it did, with the command that it has made.
    """
    script, last = programs / "spark-class", 'exec "${CMD[@]}"\n'
    text = script.read_text()
    if not text.endswith(last):
        raise SystemExit(
            f"{script.name} does not end with {last.strip()}: look where this release starts Java"
        )
    ours = 'source "${SPARK_HOME}/bin/class-archive.sh"\nuse_class_archive CMD\n'
    script.write_text(text.removesuffix(last) + ours + last)
    shutil.copy(Path(__file__).with_name("class-archive.sh"), programs)


def home(top: Path, output: Path, work: Path) -> None:
    """Spark's home without its jars: scripts, Python, licences, examples and what they read.

    Args:
        top: of the distribution; what is taken is gone there.
        output: where the layers' folders are.
        work: for what is unpacked meanwhile.
    """
    deps, target = top / "deps", output / "home"
    for name in ("bin", "sbin"):
        kept = (path for path in sorted((deps / name).iterdir()) if not DROPPED_BINARIES.fullmatch(path.name))
        place(kept, target / name)
    map_classes(target / "bin")
    place([deps / "licenses", deps / "data"], target)
    place([deps / "examples"], target / "examples" / "src" / "main")
    (target / "examples/src/main/examples").rename(target / "examples/src/main/python")

    sources = work / "python"
    with zipfile.ZipFile(top / "lib" / "pyspark.zip") as archive:
        archive.extractall(sources)  # noqa: S202 - it was compared with the lock
    for tests in sorted(path for path in sources.rglob("tests") if path.is_dir()):
        shutil.rmtree(tests)
    for name in STARTED_BY_PATH:
        if (sources / name).is_file():
            (target / "python" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(sources / name, target / "python" / name)
    library = target / "python" / "lib"
    place((top / "lib").glob("py4j-*.zip"), library)
    # Under a name without its version, which differs between releases.
    (library / "py4j.zip").symlink_to(next(library.glob("py4j-*.zip")).name)
    python_archive(sources, library / "pyspark.zip")


def main() -> None:
    """Check what was fetched and write the layers' folders below --output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spark-version", required=True)
    parser.add_argument("--fetched", type=Path, required=True, help="folder with the locked files")
    parser.add_argument("--locks", type=Path, required=True, help="folder with the two locks")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--architecture", choices=MACHINES, required=True, help="what the image is for")
    options = parser.parse_args()

    sdist = options.fetched / f"pyspark-{options.spark_version}.tar.gz"
    check(sdist, sdist_digest(options.locks / "requirements.lock"))
    s3a = options.output / "s3a"
    s3a.mkdir(parents=True)
    jars_lock = locked(options.locks / "jars.lock")
    check_pod_identity(jars_lock)
    for name, digest in jars_lock.items():
        shutil.copyfile(check(options.fetched / name, digest), s3a / name)

    work = options.output / "work"
    work.mkdir()
    top = unpack(sdist, work / "sdist")
    jars(top / "deps" / "jars", options.output, MACHINES[options.architecture], jars_lock)
    home(top, options.output, work)
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
