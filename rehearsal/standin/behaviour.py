"""What `types.yaml` says of each resource type: ids, ARNs, outputs, and what replaces it."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from rehearsal.standin import values

ACCOUNT: Final = "123456789012"
"""The account that the stand-in plays; AWS's documentation uses the same number."""

TABLE: Final = Path(__file__).parent / "types.yaml"

_TAKEN: Final = {
    "aws:ecr/repository:Repository": (
        "RepositoryAlreadyExistsException: The repository with name '{id}' already exists in the registry "
        f"with id '{ACCOUNT}'"
    )
}
"""What the service itself says of a name that is taken (ECR's API reference, CreateRepository)."""

_FIELD: Final = re.compile(r"\{([\w.\[\]]+)\}")


def taken(token: str, id_: str) -> str:
    """Say why something can't be made: it is there, and its name is given.

    Args:
        token: type of the resource.
        id_: what it would be known by.
    """
    said = _TAKEN.get(token, "its name is given, so there can be one").format(id=id_)
    return f"{id_} exists already: {said}"


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """How one resource type behaves; see the head of `types.yaml`.

    Args:
        id: template of the id.
        arn: template of the ARN; empty if it has none.
        autoname: argument that is made up when it is not given; empty if none is.
        replace: paths whose change makes a new resource.
        outputs: templates of what AWS fills in.
        identity: arguments that no two resources may share while they are given; the autoname if empty.
        bump: outputs that count up with every update.
        puts: True if making it where it is already writes over it, as an API called Put... does.
        tags: how many it takes, those that the provider adds among them.
    """

    id: str
    arn: str = ""
    autoname: str = ""
    replace: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    identity: list[str] = field(default_factory=list)
    bump: list[str] = field(default_factory=list)
    puts: bool = False
    tags: int = 50

    def holds_name(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        """Say whether a new resource would need the name that the old one holds: the old one has to go first.

        Args:
            old: arguments of the old one.
            new: arguments of the new one.
        """
        if not self.autoname or self.autoname in new.get("__defaults", []):
            return False
        return all(at(old, path) == at(new, path) for path in self.identity or [self.autoname])


@functools.cache
def all_behaviours() -> Mapping[str, Behaviour]:
    """The whole table, by type token."""
    raw = yaml.safe_load(TABLE.read_text())
    return {token: Behaviour(**entry) for token, entry in raw.items()}


class Template(dict[str, str]):
    """Values for templates: the arguments, and made-up hexadecimal digits that depend on a seed.

    Args:
        seed: the same seed gives the same digits.
        given: arguments and place names; strings at any depth can be used, as `tags[0]` or `a.b`.
    """

    def __init__(self, seed: str, given: Mapping[str, Any]) -> None:
        super().__init__({path: leaf for path, leaf in values.leaves(dict(given)) if isinstance(leaf, str)})
        self._seed = seed

    def __missing__(self, key: str) -> str:
        digits = hashlib.sha512(self._seed.encode()).hexdigest()
        if match := re.fullmatch(r"(hex|HEX)(\d+)", key):
            cut = digits[: int(match[2])]
            return cut.upper() if match[1] == "HEX" else cut
        if key == "uuid":
            return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"
        raise KeyError(key)

    def fill(self, template: Any) -> Any:
        """The template with all its fields filled in, at any depth.

        Args:
            template: texts with fields, in mappings and lists of any depth.
        """
        if isinstance(template, str):
            return _FIELD.sub(lambda match: self[match[1]], template)
        if isinstance(template, dict):
            return {key: self.fill(item) for key, item in template.items()}
        if isinstance(template, list):
            return [self.fill(item) for item in template]
        return template


def at(properties: Mapping[str, Any], path: str) -> Any:
    """What stands at a dotted path, or None.

    Args:
        properties: mappings in one another.
        path: keys with dots between them.
    """
    found: Any = properties
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def replacements(behaviour: Behaviour, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Paths whose change makes a new resource; a value that is not known yet counts as changed.

    Args:
        behaviour: of the resource's type.
        old: its arguments, as they were.
        new: its arguments, as they are to be.
    """
    old, new = values.reveal(dict(old)), values.reveal(dict(new))
    found = []
    for rule in [*behaviour.replace, "region"]:
        path, _, condition = rule.partition("?")
        before, after = at(old, path), at(new, path)
        if before == after or (condition == "removed" and after is not None):
            continue
        found.append(path)
    return found
