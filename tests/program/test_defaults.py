"""A default is said once, by the setting: what the wiring hands on has none of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import MISSING, fields

import pytest
from pydantic_core import PydanticUndefined

from apps.jobs.worker.configuration import Configuration
from components.aws_plans.access import AccessEntry
from components.domain import ContainerLimits, Quota, Tenant
from components.observability.alert_routing import AlertRouting
from components.observability.rule_model import Site
from components.settings.aws import AccessSettings
from components.settings.fields import Section
from components.settings.jobs import JobsSettings
from components.settings.model import LimitSettings, QuotaSettings, TenantSettings
from components.settings.observability import ObservabilitySettings
from workspace.paths import ROOT

PACKAGE = ROOT / "components"

NOTHING = {"None", "()", "{}", "''", "False", "True"}
"""Defaults that say that something is not asked for, or is as it always is."""

SETTINGS = {"settings", "chosen", "watched"}
"""What the wiring calls settings or a section of them."""

HELD = {
    ("Site", "retention_days"),
    ("Site", "slow_run_seconds"),
    ("AlertRouting", "interval_seconds"),
}
"""What rules are tried with in a hundred places without a stack: compared with the settings below."""

SECTIONS: tuple[tuple[type[Section], type], ...] = (
    (TenantSettings, Tenant),
    (QuotaSettings, Quota),
    (LimitSettings, ContainerLimits),
    (AccessSettings, AccessEntry),
)
"""Sections, and plain values with defaults that they are handed on as: compared below as well."""


def _defaults() -> dict[tuple[str, str], str]:
    """Class and field of each dataclass of a component -> its default, where that is a value."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0] in ("settings", "wiring"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ClassDef):
                continue
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.value:
                    found[node.name, field.target.id] = ast.unparse(field.value)
    return {key: value for key, value in found.items() if value not in NOTHING and "factory" not in value}


def _from_settings(value: ast.expr) -> bool:
    """Whether it is a setting as it stands, such as `ground.settings.history.memory`."""
    steps = []
    while isinstance(value, ast.Attribute):
        steps.append(value.attr)
        value = value.value
    return bool(steps) and isinstance(value, ast.Name) and bool(SETTINGS & {value.id, *steps})


def _handed_on() -> Iterator[tuple[str, str]]:
    """Class and field of each argument that the wiring takes from the settings."""
    for path in (PACKAGE / "wiring").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield from (
                    (node.func.id, keyword.arg)
                    for keyword in node.keywords
                    if keyword.arg and _from_settings(keyword.value)
                )


def test_what_a_setting_says_has_no_second_default_in_a_components_arguments() -> None:
    handed_on = set(_handed_on())
    assert ("HistoryServerArgs", "memory") in handed_on, "it is found by how the wiring writes it"
    assert (set(_defaults()) & handed_on) - HELD == set(), "take the default away: the wiring gives a value"


def _plain_values() -> set[str]:
    """Classes that a section is handed on as."""
    return {
        ast.unparse(node.args[0])
        for package in ("settings", "wiring")
        for path in (PACKAGE / package).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "plain"
    }


def test_a_plain_value_with_a_default_is_compared_with_its_section() -> None:
    found = _plain_values()
    assert {"Quota", "ControlPlane"} <= found, "they are found by how they are written: section.plain(Quota)"
    with_defaults = {name for name, _ in _defaults() if name in found}
    assert with_defaults <= {value.__name__ for _, value in SECTIONS}, "take the default away, or compare it"


@pytest.mark.parametrize(("section", "value"), SECTIONS)
def test_a_plain_value_has_the_default_of_its_section(section: type[Section], value: type) -> None:
    said = {
        each.name: section.model_fields[each.name].default
        for each in fields(value)
        if each.default is not MISSING and section.model_fields[each.name].default_factory is None
    }
    own = {name: getattr(value, name) for name in said if said[name] is not PydanticUndefined}
    assert own
    assert own == {name: said[name] for name in own}


def test_what_rules_and_worker_take_without_a_stack_is_what_the_settings_say() -> None:
    watched, jobs = ObservabilitySettings.model_fields, JobsSettings.model_fields
    site = Site(teams={})
    assert site.retention_days == watched["retention_days"].default
    assert AlertRouting().interval_seconds == watched["scrape_interval_seconds"].default
    assert site.slow_run_seconds == watched["slow_run_seconds"].default
    assert Configuration.model_fields["sync_seconds"].default == jobs["sync_seconds"].default
