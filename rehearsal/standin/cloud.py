"""What the stand-in's cloud holds: one JSON file per resource, and a log of all operations in their order.

Several plugins run at once and share the folder, so every change is one atomic file operation under one lock.
Tests read it, and write to it to make drift.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from rehearsal.standin import values

_OWN_TEXT = re.compile(r"(^|\.)(tag\w*|metadata|name|namePrefix|description)\b")
"""Paths of arguments that name nothing else: a queue may well be called like the cluster."""


UNRENDERED = "kubernetes:standin:UnrenderedChart"
"""Stands in the cloud for a chart that is on the network: what it would have brought can't be checked."""


@dataclass(frozen=True)
class Resource:
    """One thing in the cloud; what changes it puts another in its place.

    Args:
        id: its id, unique within its type and place.
        type: its type token.
        urn: the resource of the program that it was made for.
        inputs: its arguments, secrets unwrapped.
        outputs: all that is known of it, as the engine was told.
        place: where it is: a region, or the endpoint of a Kubernetes object's cluster; empty if it is global.
    """

    id: str
    type: str
    urn: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    place: str = ""

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True)
class Operation:
    """One line of the log.

    Args:
        verb: create, update, delete, cascade (gone with what it lived in), read, refused or invoke.
        type: type token, or the function's.
        id: id of the resource.
        urn: the resource of the program.
        detail: what changed, or why it was refused.
    """

    verb: str
    type: str
    id: str
    urn: str
    detail: str = ""

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]


class Cloud:
    """A folder that plays the cloud.

    Args:
        folder: where to keep it; made if missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._resources = folder / "resources"
        self._log = folder / "operations.jsonl"
        self._resources.mkdir(parents=True, exist_ok=True)

    @property
    def unpushed(self) -> set[str]:
        """Tags that nobody has pushed, and repositories without any; a test writes them, a line each."""
        listed = self.folder / "unpushed"
        return set(listed.read_text().split()) if listed.is_file() else set()

    def resources(self) -> list[Resource]:
        """Everything alive, in the order of its file names."""
        return self._load_all("*.json")

    def find(self, type_: str, id_: str, place: str = "") -> Resource | None:
        """One resource, or None if there is none.

        Args:
            type_: its type token.
            id_: its id.
            place: the region or server that has it; empty for what is in none.
        """
        path = self._path(type_, id_, place)
        return self._load(path)

    def named(self, name: str) -> Resource:
        """The one resource that the program calls by a name; LookupError if there is not exactly one.

        Args:
            name: in the program.
        """
        found = [resource for resource in self.resources() if resource.name == name]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources are named {name}, not one")
        return found[0]

    def of_type(self, type_: str) -> list[Resource]:
        """All resources of a type.

        Args:
            type_: a type token.
        """
        found = self._load_all(f"{type_.rpartition(':')[2]}-*.json")
        return [resource for resource in found if resource.type == type_]

    def put(self, resource: Resource) -> None:
        """Keep a resource as it is now.

        Args:
            resource: with its outputs.
        """
        path = self._path(resource.type, resource.id, resource.place)
        own = path.with_suffix(".new")
        own.write_text(json.dumps(asdict(resource), sort_keys=True))
        own.replace(path)

    def remove(self, resource: Resource) -> None:
        """Forget a resource; as if somebody had removed it by hand.

        Args:
            resource: one that is there, or was.
        """
        self._path(resource.type, resource.id, resource.place).unlink(missing_ok=True)

    def drift(self, name: str, **outputs: Any) -> None:
        """Change properties of a resource behind the engine's back, as a person in a console would.

        Args:
            name: in the program.
            outputs: the properties that change, by name.
        """
        resource = self.named(name)
        given = {key: value for key, value in outputs.items() if key in resource.inputs}
        self.put(replace(resource, outputs=resource.outputs | outputs, inputs=resource.inputs | given))

    def operations(self, *verbs: str) -> list[Operation]:
        """The log in order; with verbs, only those.

        Args:
            verbs: such as "create"; none means all.
        """
        if not self._log.is_file():
            return []
        lines = [Operation(**json.loads(line)) for line in self._log.read_text().splitlines()]
        return [line for line in lines if not verbs or line.verb in verbs]

    def cascade(self, resources: list[Resource]) -> None:
        """Remove resources because what they lived in is going; each is in the log.

        Args:
            resources: in the order in which they go.
        """
        for resource in resources:
            self.remove(resource)
            if resource.type != UNRENDERED:
                self.record(Operation("cascade", resource.type, resource.id, resource.urn))

    def times_created(self, urn: str) -> int:
        """How often a resource of the program was made, replacements included.

        Args:
            urn: in the program.
        """
        if not self._log.is_file():
            return 0
        own = json.dumps(urn)
        return sum(own in line for line in self._log.read_text().splitlines() if '"verb": "create"' in line)

    def clear_log(self) -> None:
        """Start the log again, so that a test sees only what it does itself."""
        self._log.unlink(missing_ok=True)

    def record(self, operation: Operation) -> None:
        """Add a line to the log.

        Args:
            operation: what was done.
        """
        with self._log.open("a") as file:
            file.write(json.dumps(asdict(operation)) + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the cloud while something is looked up and changed in one go."""
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def users(self, names: set[str], besides: str) -> list[Resource]:
        """Resources whose arguments still name one of the given ids or ARNs.

        Args:
            names: ids and ARNs of what is to go.
            besides: URN of the resource itself.
        """
        return [
            resource
            for resource in self.resources()
            if resource.urn != besides
            and any(
                isinstance(leaf, str) and leaf in names and not _OWN_TEXT.search(path)
                for path, leaf in values.leaves(resource.inputs)
            )
        ]

    def _path(self, type_: str, id_: str, place: str) -> Path:
        digest = hashlib.sha256(f"{type_} {place} {id_}".encode()).hexdigest()[:24]
        return self._resources / f"{type_.rpartition(':')[2]}-{digest}.json"

    def _load_all(self, pattern: str) -> list[Resource]:
        found = (self._load(path) for path in sorted(self._resources.glob(pattern)))
        return [resource for resource in found if resource is not None]

    def _load(self, path: Path) -> Resource | None:
        """One file, or None if another plugin removed it just now."""
        try:
            kept = path.stat()
            # Definitions are large, and looked up for each object. What changes a file replaces it.
            return _read(path, kept.st_ino, kept.st_mtime_ns)
        except FileNotFoundError:
            return None


@lru_cache(maxsize=1024)
def _read(path: Path, inode: int, written: int) -> Resource:
    return Resource(**json.loads(path.read_text()))
