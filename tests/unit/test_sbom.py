"""The bill of materials says what lies in an image, under the names that scanners look up."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from images.sbom import bill_of_materials, digest_of

STATUS = """\
Package: tini
Status: install ok installed
Architecture: amd64
Version: 0.19.0-1

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1
"""


def jar(*artifacts: str) -> bytes:
    """A jar that the named artifacts (`group/artifact`) went into."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("A.class", "A")
        for each in artifacts:
            archive.writestr(f"META-INF/maven/{each}/pom.properties", "")
    return written.getvalue()


def tar(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return written.getvalue()


def image(path: Path, *layers: dict[str, bytes]) -> Path:
    """An OCI archive with these layers."""
    blobs: dict[str, bytes] = {}

    def kept(content: bytes) -> dict[str, str]:
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"digest": f"sha256:{digest}"}

    manifest = kept(json.dumps({"layers": [kept(tar(layer)) for layer in layers]}).encode())
    path.write_bytes(tar({"index.json": json.dumps({"manifests": [manifest]}).encode(), **blobs}))
    return path


HIVE = jar("org.apache.hive.shims/hive-shims-0.23", "org.apache.hive/hive-shims")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A small image; its second layer covers a file of the first."""
    return image(
        tmp_path / "image.tar",
        {"var/lib/dpkg/status": b"", "opt/spark/jars/xz-1.10.jar": jar()},
        {
            "./var/lib/dpkg/status": STATUS.encode(),
            "opt/spark/jars/hive-shims-0.23-2.3.10.jar": HIVE,
            "opt/packages/numpy-1.26.4.dist-info/METADATA": b"Name: numpy\nVersion: 1.26.4\n\nText",
            "opt/spark/README": b"no package",
        },
    )


def bill(archive: Path) -> Any:
    return json.loads(bill_of_materials("localhost/spark:1-abc", archive))


def test_it_names_packages_of_debian_jars_and_python_by_their_address(archive: Path) -> None:
    assert {each["purl"] for each in bill(archive)["components"]} == {
        "pkg:deb/debian/tini@0.19.0-1?arch=amd64&distro=bookworm",
        "pkg:maven/org.apache.hive.shims/hive-shims-0.23@2.3.10",
        "pkg:pypi/numpy@1.26.4",
        "pkg:generic/xz@1.10",
    }


def test_a_jar_has_its_sha256(archive: Path) -> None:
    (found,) = (each for each in bill(archive)["components"] if each["name"] == "hive-shims-0.23")
    assert found["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(HIVE).hexdigest()}]


def test_it_is_of_the_image_with_this_digest(archive: Path) -> None:
    of = bill(archive)["metadata"]["component"]
    assert (of["name"], of["version"], of["type"]) == ("localhost/spark", "1-abc", "container")
    assert of["bom-ref"] == f"localhost/spark:1-abc@{digest_of(archive)}"


def test_the_same_image_has_the_same_number(archive: Path) -> None:
    assert bill(archive)["serialNumber"] == bill(archive)["serialNumber"]
