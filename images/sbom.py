"""Says what is in an image, for scanners and auditors: CycloneDX, read from the image itself."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from components import versions

DPKG: Final = "var/lib/dpkg/status"
_JAR: Final = re.compile(r"(?P<name>[\w.-]+?)-(?P<version>\d[\w.-]*)\.jar")


def digest_of(archive: Path) -> str:
    """Digest of the image's manifest, which names it in a registry.

    Args:
        archive: an OCI archive with one image.
    """
    with tarfile.open(archive) as tar:
        return str(_json(tar, "index.json")["manifests"][0]["digest"])


def bill_of_materials(reference: str, archive: Path) -> str:
    """Write what is in an image as CycloneDX 1.6 in JSON: Debian's packages, jars, Python packages.

    Args:
        reference: the image.
        archive: its OCI archive.
    """
    digest = digest_of(archive)
    bom = Bom(
        components=sorted(_components(archive), key=lambda each: str(each.purl)),
        # The same image has the same bill.
        serial_number=uuid5(NAMESPACE_URL, f"{reference}@{digest}"),
    )
    image = Component(
        type=ComponentType.CONTAINER,
        name=reference.rpartition(":")[0],
        version=reference.rpartition(":")[2],
        bom_ref=f"{reference}@{digest}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest.removeprefix("sha256:"))],
    )
    bom.metadata.component = image
    bom.register_dependency(image, bom.components)
    return str(JsonV1Dot6(bom).output_as_string(indent=1))


def _components(archive: Path) -> Iterator[Component]:
    files = _files(archive)
    for path, content in files.items():
        if path == DPKG:
            yield from _debian(content.decode(errors="replace"))
        elif path.endswith(".jar"):
            yield _jar(PurePosixPath(path).name, content)
        else:
            yield _python(content.decode(errors="replace"))


def _files(archive: Path) -> dict[str, bytes]:
    """Path -> content of what says something of packages; a later layer's file covers an earlier one's."""
    found: dict[str, bytes] = {}
    with tarfile.open(archive) as tar:
        manifest = _json(tar, _blob(_json(tar, "index.json")["manifests"][0]["digest"]))
        for layer in manifest["layers"]:
            with tarfile.open(fileobj=tar.extractfile(_blob(layer["digest"])), mode="r|*") as content:
                for member in content:
                    path = member.name.removeprefix("./").removeprefix("/")
                    wanted = path == DPKG or path.endswith((".jar", ".dist-info/METADATA"))
                    if wanted and member.isfile() and (stream := content.extractfile(member)):
                        found[path] = stream.read()
    return found


def _debian(status: str) -> Iterator[Component]:
    for paragraph in status.split("\n\n"):
        said = HeaderParser().parsestr(paragraph)
        if said["Package"] and "installed" in str(said["Status"]).split():
            where = {"arch": said["Architecture"], "distro": versions.DEBIAN}
            yield _component(PackageURL("deb", "debian", said["Package"], said["Version"], where))


def _python(metadata: str) -> Component:
    said = HeaderParser().parsestr(metadata)
    return _component(PackageURL("pypi", None, said["Name"], said["Version"]))


def _jar(name: str, content: bytes) -> Component:
    digest = HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(content).hexdigest())
    coordinates = _coordinates(name, content)
    if coordinates:
        return _component(PackageURL("maven", *coordinates), digest)
    parts = _JAR.fullmatch(name)
    named = (parts["name"], parts["version"]) if parts else (name.removesuffix(".jar"), None)
    return _component(PackageURL("generic", None, *named), digest)


def _coordinates(name: str, content: bytes) -> tuple[str, str, str] | None:
    """Maven's group, artifact and version of a jar, from what its build left in it; None if nothing does.

    A jar that took others in has theirs as well: its own is the one that its name begins with.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as jar:
        found = [
            match
            for entry in jar.namelist()
            if (match := re.fullmatch(r"META-INF/maven/([^/]+)/([^/]+)/pom\.properties", entry))
            and name.startswith(f"{match[2]}-")
        ]
    if not found:
        return None
    own = max(found, key=lambda match: len(match[2]))
    return own[1], own[2], name.removeprefix(f"{own[2]}-").removesuffix(".jar")


def _component(purl: PackageURL, *hashes: HashType) -> Component:
    return Component(
        type=ComponentType.LIBRARY,
        group=purl.namespace,
        name=purl.name,
        version=purl.version,
        purl=purl,
        bom_ref=str(purl),
        hashes=hashes,
    )


def _blob(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


def _json(tar: tarfile.TarFile, name: str) -> Any:
    stream = tar.extractfile(name)
    if stream is None:
        raise KeyError(name)
    return json.load(stream)
