"""Says what the layers of an image weigh, read from the image itself."""

from __future__ import annotations

import json
import re
import tarfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

MIB: Final = 1024 * 1024

_FOLDER_DEPTH: Final = 3
_INSTRUCTIONS: Final = ("ADD", "COPY", "RUN", "WORKDIR")


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer of an image.

    Args:
        instruction: the Dockerfile instruction that made it.
        size: bytes of its files, unpacked.
        packed: bytes that a node pulls.
        files: number of its files.
        folder: its heaviest folder.
        file: its heaviest file.
    """

    instruction: str
    size: int
    packed: int
    files: int
    folder: str
    file: str


def layers(archive: Path) -> list[Layer]:
    """The layers of an OCI archive, lowest first.

    Args:
        archive: an OCI archive with one image.

    Raises:
        KeyError: it is no OCI archive.
    """
    with tarfile.open(archive) as tar:
        index = _document(tar, "index.json")
        manifest = _blob_document(tar, index["manifests"][0]["digest"])
        config = _blob_document(tar, manifest["config"]["digest"])
        made_by = [entry.get("created_by", "") for entry in config["history"] if not entry.get("empty_layer")]
        return [
            _weigh(_open(tar, _blob(layer["digest"])), instruction, layer["size"])
            for layer, instruction in zip(manifest["layers"], made_by, strict=True)
        ]


def total(archive: Path) -> int:
    """Unpacked bytes of all layers of an OCI archive.

    Args:
        archive: the file.
    """
    return sum(layer.size for layer in layers(archive))


def _blob(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


def _open(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    stream = tar.extractfile(name)
    if stream is None:
        raise KeyError(name)
    return stream


def _document(tar: tarfile.TarFile, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.load(_open(tar, name))
    return found


def _blob_document(tar: tarfile.TarFile, digest: str) -> dict[str, Any]:
    return _document(tar, _blob(digest))


def _weigh(stream: IO[bytes], instruction: str, packed: int) -> Layer:
    folders: Counter[str] = Counter()
    files: Counter[str] = Counter()
    with tarfile.open(fileobj=stream, mode="r|*") as content:
        for member in content:
            if member.isfile():
                path = PurePosixPath(member.name)
                files[path.name] += member.size
                folders["/" + "/".join(path.parent.parts[:_FOLDER_DEPTH])] += member.size
    return Layer(
        instruction=plain(instruction),
        size=sum(folders.values()),
        packed=packed,
        files=len(files),
        folder=next((name for name, _ in folders.most_common(1)), ""),
        file=next((name for name, _ in files.most_common(1)), ""),
    )


def plain(created_by: str) -> str:
    """An instruction as the Dockerfile has it, from what a builder records of it.

    Args:
        created_by: history entry of the image's configuration.
    """
    text = re.sub(r"^(\|\d+ (\S+=\S* )*)?/bin/sh -c (#\(nop\) )?", "", created_by).strip()
    text = " ".join(re.sub(r"\b(dir|file|multi):[0-9a-f]{64}\b", "", text).split())
    return text if text.startswith(_INSTRUCTIONS) else f"RUN {text}"
