"""What is derived from the settings is in the repository, is current, and agrees with every stack file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from components.naming import PROJECT
from components.settings import KEY, parse
from components.settings import schema as settings_schema

ROOT = Path(__file__).resolve().parents[2]
STACK_FILES = sorted(ROOT.glob("Pulumi.*.yaml"))
SETTINGS_KEY = f"{PROJECT}:{KEY}"


def _stack_file(path: Path) -> dict[str, Any]:
    content = yaml.safe_load(path.read_text())
    assert isinstance(content, dict)
    return content


def test_the_committed_schema_is_the_settings() -> None:
    committed = json.loads(settings_schema.SCHEMA_FILE.read_text())
    assert committed == settings_schema.schema(), "run make generated"


def test_the_committed_documentation_is_the_settings() -> None:
    committed = settings_schema.DOCUMENTATION_FILE.read_text()
    assert committed == settings_schema.documentation(), "run make generated"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(settings_schema.schema())


def test_there_are_stack_files() -> None:
    assert ROOT / "Pulumi.local.yaml" in STACK_FILES


@pytest.mark.parametrize("path", STACK_FILES, ids=lambda path: path.name)
def test_every_stack_file_fits_the_schema_and_the_settings(path: Path) -> None:
    content = _stack_file(path)
    jsonschema.validate(content, settings_schema.schema(), jsonschema.Draft202012Validator)
    parse(content["config"][SETTINGS_KEY], source=path.name)


@pytest.mark.parametrize("path", STACK_FILES, ids=lambda path: path.name)
def test_no_stack_file_holds_what_belongs_to_one_machine_or_person(path: Path) -> None:
    assert not {"encryptionsalt", "secretsprovider", "encryptedkey"} & _stack_file(path).keys(), (
        "the salt of a passphrase is of use to one machine only; give pulumi a copy with --config-file"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {f"{PROJECT}:setings": {}},
        {SETTINGS_KEY: {"environment": "dev"}},
        {SETTINGS_KEY: {"environment": "dev", "foundation": {"kind": "x"}, "tenants": [{"team": "a"}]}},
        {
            SETTINGS_KEY: {
                "environment": "D",
                "foundation": {"kind": "kubernetes"},
                "tenants": [{"team": "a"}],
            }
        },
    ],
)
def test_an_editor_sees_what_the_program_would_refuse(wrong: dict[str, Any]) -> None:
    right = _stack_file(ROOT / "Pulumi.local.yaml")["config"]
    config = wrong if SETTINGS_KEY in wrong else {**right, **wrong}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"config": config}, settings_schema.schema(), jsonschema.Draft202012Validator)


def test_other_providers_configuration_is_none_of_ours() -> None:
    right = _stack_file(ROOT / "Pulumi.local.yaml")["config"]
    content = {"config": {**right, "aws:region": "eu-central-1"}}
    jsonschema.validate(content, settings_schema.schema(), jsonschema.Draft202012Validator)


def _fields() -> list[tuple[str, str, dict[str, Any]]]:
    definitions = settings_schema.schema()["$defs"]
    return [
        (section, key, field)
        for section, node in definitions.items()
        for key, field in node.get("properties", {}).items()
    ]


@pytest.mark.parametrize(("section", "key", "field"), _fields(), ids=lambda each: str(each)[:30])
def test_every_setting_says_what_it_is_and_why(section: str, key: str, field: dict[str, Any]) -> None:
    is_section = "$ref" in field and "x-why" not in field
    assert field.get("description") or is_section, f"{section}.{key} has no description"
    assert field.get("x-why") or is_section, f"{section}.{key} gives no reason"


def test_every_setting_is_documented_with_a_bound() -> None:
    page = settings_schema.documentation()
    for section, key, _ in _fields():
        assert f"| `{key}` |" in page, f"{section}.{key} is not on the page"
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    for row in rows:
        if row[1] != "section":
            assert row[3].strip(), f"{row[0]} has no bound"
