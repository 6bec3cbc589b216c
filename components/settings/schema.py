"""Writes what can be derived from the settings: their JSON schema and their documentation.

Run `make generated` after a change to the settings; a test fails while files differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from components.naming import PROJECT
from components.settings import CLIENT_SECRET, KEY, Settings
from components.settings.alerts import SECRET_PREFIX

ROOT: Final = Path(__file__).resolve().parents[2]
SCHEMA_FILE: Final = ROOT / "schemas" / "settings.schema.json"
DOCUMENTATION_FILE: Final = ROOT / "docs" / "configuration.md"

_INTRODUCTION: Final = f"""\
# Configuration

One file per stack, `Pulumi.<stack>.yaml`, with one key, `{PROJECT}:{KEY}`. All below it is listed here.
A key that isn't is an error, and all errors of a file are shown at once, before anything is changed.
This page is generated: `make generated`.

Editors check a stack file while it is written if its first line is
`# yaml-language-server: $schema=schemas/{SCHEMA_FILE.name}`.

Quantities are Kubernetes' (`500m`, `8Gi`), heaps are Spark's (`512m`, `4g`).
"""


def schema() -> dict[str, Any]:
    """JSON schema of a stack file: the settings, and beside them no key of the project but secrets."""
    known = f"{KEY}$|{CLIENT_SECRET}$|{SECRET_PREFIX}"
    settings = _without_titles(Settings.model_json_schema(by_alias=True))
    definitions = settings.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stack file of spark-on-eks",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "required": [f"{PROJECT}:{KEY}"],
                "properties": {f"{PROJECT}:{KEY}": {"$ref": "#/$defs/Settings"}},
                "propertyNames": {"not": {"pattern": f"^{PROJECT}:(?!{known})"}},
            }
        },
        "$defs": {**definitions, "Settings": settings},
    }


def documentation() -> str:
    """Markdown page with a table per section: key, type, default, bound, meaning and reason."""
    definitions = schema()["$defs"]
    return _INTRODUCTION + "".join(_sections("", definitions["Settings"], definitions))


def main() -> None:
    """Write both files."""
    for path, text in ((SCHEMA_FILE, _json(schema())), (DOCUMENTATION_FILE, documentation())):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _without_titles(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_titles(each) for each in node]
    if isinstance(node, dict):
        return {key: _without_titles(value) for key, value in node.items() if key != "title"}
    return node


def _sections(prefix: str, node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    rows, nested = [], []
    for key, field in node["properties"].items():
        choices = _choices(field, definitions)
        if choices:
            nested += [(f"{prefix}{key} ({kind})", target) for kind, target in choices.items()]
            rows.append(_choice_row(key, field, choices))
            continue
        inside = _resolved(field, definitions)
        mark = "[]" if "items" in inside and "properties" in _resolved(inside["items"], definitions) else ""
        target = _resolved(inside["items"], definitions) if mark else inside
        if "properties" in target:
            nested.append((f"{prefix}{key}{mark}", target))
        rows.append(_row(key, field, inside, required=key in node.get("required", ())))
    title = f"`{prefix.rstrip('.')}`" if prefix else f"`{PROJECT}:{KEY}`"
    head = "| key | type | default | bound | meaning | why |\n|---|---|---|---|---|---|\n"
    yield f"\n## {title}\n\n{node['description']}\n\n{head}{''.join(rows)}"
    for path, target in nested:
        yield from _sections(f"{path}.", target, definitions)


def _choices(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The sections that a field may hold, by their `kind`; none if it is no such choice."""
    mapping = field.get("discriminator", {}).get("mapping", {})
    return {kind: definitions[target.rsplit("/", 1)[-1]] for kind, target in mapping.items()}


def _choice_row(key: str, field: Mapping[str, Any], choices: Mapping[str, Any]) -> str:
    kinds = ", ".join(f"`{kind}`" for kind in choices)
    meaning, why = field["description"], field.get("x-why", "")
    return f"| `{key}` | section | required | `kind`: {kinds} | {meaning} | {why} |\n"


def _resolved(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a field's value: behind references, and without the choice to leave it out."""
    if "anyOf" in field:
        (some,) = (each for each in field["anyOf"] if each.get("type") != "null")
        return _resolved(some, definitions)
    if "$ref" in field:
        return _resolved(definitions[field["$ref"].rsplit("/", 1)[-1]], definitions)
    return field


def _row(key: str, field: Mapping[str, Any], inside: Mapping[str, Any], *, required: bool) -> str:
    # Pydantic leaves out a field's description that is the same as its section's.
    meaning = field.get("description") or inside["description"]
    default = _default(field, inside, required=required)
    cells = (f"`{key}`", _type(inside), default, _bound(inside), meaning, field.get("x-why", ""))
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"


def _type(inside: Mapping[str, Any]) -> str:
    if "properties" in inside:
        return "section"
    if "items" in inside:
        return "list"
    if "enum" in inside or "const" in inside:
        return "choice"
    kind = inside["type"]
    return {"object": "mapping", "string": "text"}.get(kind, kind) if isinstance(kind, str) else "text"


def _default(field: Mapping[str, Any], inside: Mapping[str, Any], *, required: bool) -> str:
    if required:
        return "required"
    if "properties" in inside:
        return "see below"
    if not (default := field.get("default")) and default is not False and default != 0:
        return "none"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _bound(inside: Mapping[str, Any]) -> str:
    choices = [*inside.get("enum", ()), *([inside["const"]] if "const" in inside else [])]
    if choices:
        return ", ".join(f"`{each}`" for each in choices)
    if "minimum" in inside:
        return f"{inside['minimum']} to {inside['maximum']}"
    if "minItems" in inside:
        return f"{inside['minItems']} to {inside['maxItems']} items"
    if "propertyNames" in inside:
        return f"{inside['propertyNames']['$comment']}: {inside['additionalProperties']['$comment']}"
    if "items" in inside:
        return f"each: {_bound(inside['items'])}"
    return str(inside.get("$comment", "")) or ("`true`, `false`" if inside.get("type") == "boolean" else "")
