"""What a stack asks of its providers, as YAML that a person reads: one text for each part of the platform.

Everything stands there literally, save what says nothing to a reviewer or would change with each edit of an
image's folder: see `_DIGESTS`, `!secret` and `!file`.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.support.recorder import STACK_TYPE, Landed, World

ROOT: Final = Path(__file__).resolve().parents[2]

ALERT_RULES: Final = "alert-rules"
"""The alert and recording rules have a text of their own: they are read by other people."""

PROVIDERS: Final = "providers"
"""Where credentials come from, and what is tagged by default."""

_SPLIT: Final = ("AwsFoundation", "ClusterServices", "KubernetesFoundation")
"""Components that hold whole parts of the platform: each of their parts has a text."""

_DIGESTS: Final = (
    # An image's tag ends in twelve digits made from its folder; see components' image tags.
    (re.compile(r"((?<=\d-)|(?<=-python-)|(?<=:bookworm-))[0-9a-f]{12}\b"), "<of its folder>"),
    # A job that has to run again when its files change is named after them; the files stand beside it.
    (re.compile(r"\b(object-store-setup)-[0-9a-f]{10}\b"), r"\1-<of its files>"),
    (re.compile(r"\b(database-roles)-[0-9a-f]{8}\b"), r"\1-<of its image>"),
)

_OF_OTHER_INPUTS: Final = ("spark-on-eks/config", "spark-on-eks/configuration")
"""Annotations that restart pods when a configuration changes, which stands in the same text."""


@dataclass(frozen=True)
class _Secret:
    """A value that is given to the engine as a secret."""


@dataclass(frozen=True)
class _Json:
    """What a text of JSON says: its spaces and the order of its keys mean nothing."""

    value: Any


class _File(str):
    """Name of a file of the project whose text is given word for word."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    plain = all(not isinstance(each, dict | list | _Json) for each in value)
    short = plain and sum(len(str(each)) + 2 for each in value) < 80
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=short)


def _json(dumper: yaml.SafeDumper, text: _Json) -> yaml.Node:
    node = dumper.represent_data(text.value)
    node.tag = "!json"
    return node


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(_Secret, lambda dumper, _: dumper.represent_scalar("!secret", "<made in the stack>"))
_Dumper.add_representer(_Json, _json)
_Dumper.add_representer(_File, lambda dumper, value: dumper.represent_scalar("!file", value))


def reviewed_inputs(world: World, *, beside: World | None = None) -> dict[str, str]:
    """Show the inputs of every resource of a stack.

    Args:
        world: what the stack's program registered.
        beside: another one; resources that are the same there are left out.

    Returns:
        Name of a part of the platform -> YAML of its resources: type and name -> inputs, and the options that
        say what may happen to it. A component has no inputs of its own and is left out.
    """
    parts: dict[str, dict[str, Any]] = defaultdict(dict)
    by_urn = {each.urn: each for each in world.landed}
    known = {each.urn: _shown(each) for each in beside.landed} if beside else {}
    for each in world.landed:
        shown = _shown(each)
        if not each.is_component and known.get(each.urn) != shown:
            parts[_part(each, by_urn)][f"{each.type} {each.name}"] = shown
    return {name: yaml.dump(part, Dumper=_Dumper, width=120) for name, part in sorted(parts.items())}


def reviewed_outputs(world: World, *, beside: World | None = None) -> str:
    """Show the outputs of every component of a stack, and what the stack itself exports.

    Args:
        world: what the stack's program registered.
        beside: another one; components whose outputs are the same there are left out.

    Returns:
        YAML: type and name -> outputs.
    """
    known = _outputs(beside) if beside else {}
    shown = {name: made for name, made in _outputs(world).items() if known.get(name) != made}
    return yaml.dump(shown, Dumper=_Dumper, width=120)


def _outputs(world: World) -> dict[str, Any]:
    made = {
        f"{each.type} {each.name}": (world.outputs[each.urn], world.secret_outputs[each.urn])
        for each in world.landed
        if each.urn in world.outputs
    }
    made["exports"] = (world.exports, tuple(key for key in world.exports if "assword" in key))
    return {name: _value(each, "", frozenset(secrets)) for name, (each, secrets) in made.items()}


def reviewed_order(world: World, *, beside: World | None = None) -> str:
    """Show what comes before each resource of a stack, a line each.

    Args:
        world: what the stack's program registered.
        beside: another one; lines that are the same there are left out.
    """
    lines = _order(world) - (_order(beside) if beside else Counter())
    return "".join(sorted(lines.elements()))


def _order(world: World) -> Counter[str]:
    direct = {each.urn: set(each.depends_on) for each in world.landed}
    name = {each.urn: each.name for each in world.landed}
    lines: Counter[str] = Counter()
    for each in world.landed:
        # What comes before something that comes before goes without saying.
        implied = set().union(*(_all_before(urn, direct) for urn in each.depends_on))
        lines.update(f"{each.type} {each.name} after {name[urn]}\n" for urn in {*each.depends_on} - implied)
    return lines


def _all_before(urn: str, direct: Mapping[str, set[str]]) -> set[str]:
    """URNs of what comes before a resource, near and far."""
    found: set[str] = set()
    open_ = [urn]
    while open_:
        new = direct[open_.pop()] - found
        found |= new
        open_ += new
    return found


def _part(resource: Landed, by_urn: Mapping[str, Landed]) -> str:
    """Name the part of the platform that a resource belongs to: that of the component around it."""
    if resource.type.startswith("pulumi:providers:"):
        return PROVIDERS
    if resource.type.endswith(":PrometheusRule"):
        return ALERT_RULES
    around = []
    current = by_urn.get(resource.parent)
    while current is not None and current.type != STACK_TYPE:
        around.append(current)
        current = by_urn.get(current.parent)
    # From the outside in; a resource at the top would be its own part.
    around = [*reversed(around), resource]
    inside = len(around) > 2 and around[0].type.rsplit(":", 1)[-1] in _SPLIT
    return around[1 if inside else 0].name


def _shown(resource: Landed) -> Any:
    options = {**resource.options, **({"protect": True} if resource.protect else {})}
    inputs = {key: value for key, value in resource.inputs.items() if key != "__provider"}
    shown = _value(inputs, "", frozenset(resource.secrets))
    return {"inputs": shown, **({"options": options} if options else {})}


def _value(value: Any, path: str, secrets: frozenset[str]) -> Any:
    if path in secrets:
        return _Secret()
    if isinstance(value, dict):
        return {
            key: "<of other inputs>"
            if key in _OF_OTHER_INPUTS
            else _value(each, f"{path}.{key}" if path else key, secrets)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_value(each, f"{path}[{number}]", secrets) for number, each in enumerate(value)]
    return _literal(value) if isinstance(value, str) else value


def _literal(text: str) -> Any:
    if text in _files():
        return _File(_files()[text])
    if text.startswith(("{", "[")):
        try:
            return _Json(json.loads(text))
        except json.JSONDecodeError:
            pass  # PromQL and templates begin like this, too
    text = text.replace(str(ROOT), "<project>")
    for pattern, replacement in _DIGESTS:
        text = pattern.sub(replacement, text)
    return text


@cache
def _files() -> dict[str, str]:
    """Texts of the dashboards, which are files of the project and reviewed there -> their names."""
    return {path.read_text(): path.name for path in (ROOT / "components").rglob("generated/*.json")}
