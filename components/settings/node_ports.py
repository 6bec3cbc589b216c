"""Rules about the ports that services open on every node: each has its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.domain import REGISTRY_NODE_PORT
from components.records.every import RECORDS
from components.settings.fields import Section
from components.settings.foundation import KubernetesFoundationSettings
from components.settings.problems import Path, Problem

if TYPE_CHECKING:
    from components.settings.model import Settings


@dataclass(frozen=True)
class _Opened:
    """A port that the settings open.

    Args:
        path: its key.
        port: the port.
        written: True if the file says it; False for a default.
    """

    path: Path
    port: int
    written: bool


def check(settings: Settings) -> Iterator[Problem]:
    """Find ports that two services open, and those that the platform's own registry has.

    Args:
        settings: all settings.
    """
    seen: dict[int, Path] = {}
    # What the file says is what can be changed, so a default comes first and is not what is wrong.
    for each in sorted(_opened(settings), key=lambda one: one.written):
        if each.port in seen:
            other = seen[each.port]
            yield Problem(
                path=each.path,
                value=each.port,
                message=f"is also {'.'.join(map(str, other))}, and a port of the nodes leads to one service; "
                "write another",
                read=(other,),
            )
        elif each.port == REGISTRY_NODE_PORT and _brings_a_registry(settings):
            yield Problem(
                path=each.path,
                value=each.port,
                message="is the port of the registry that `make up` brings to a cluster without one; "
                "write another",
            )
        seen.setdefault(each.port, each.path)


def _brings_a_registry(settings: Settings) -> bool:
    """Whether `make up` brings one, or may have to: the nodes then reach it as localhost, by its port."""
    foundation = settings.foundation
    if not isinstance(foundation, KubernetesFoundationSettings):
        return False
    return re.split("[:/]", foundation.registry, maxsplit=1)[0] == "localhost"


def _opened(settings: Settings) -> Iterator[_Opened]:
    for record in RECORDS.values():
        if record.node_port is not None and (found := _find(settings, record.node_port)) is not None:
            yield found


def _find(settings: Settings, path: tuple[str, ...]) -> _Opened | None:
    """The port at a key; None where the key, or what it belongs to, is not there."""
    section: object = settings
    for step in path[:-1]:
        section = getattr(section, _names(section).get(step, ""), None)
    name = _names(section).get(path[-1], "")
    port = getattr(section, name, None)
    if not isinstance(section, Section) or not isinstance(port, int):
        return None
    return _Opened(path, port, name in section.model_fields_set)


def _names(section: object) -> dict[str, str]:
    """Key as the file has it -> attribute."""
    if not isinstance(section, Section):
        return {}
    return {field.alias or name: name for name, field in type(section).model_fields.items()}
