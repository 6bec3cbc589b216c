"""The shape of the code: imports point one way, pure modules are pure, components look alike."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import get_type_hints

import pulumi
import pytest

from components.records.every import RECORDS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "components"

FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"versions", "domain"}),
    frozenset({"naming", "releases"}),
    frozenset({"buckets", "rules", "records"}),
    frozenset({"kube"}),
    frozenset({"spark", "aws_plans", "random_secret"}),
    frozenset({"settings", "tenants", "object_store", "observability"}),
    frozenset({"foundation"}),
    frozenset({"aws", "services"}),
    frozenset({"wiring"}),
    frozenset({"spark_platform"}),
)
"""From the ground up: a module imports what is below it, its own package, and nothing above or beside it."""

SETTINGS_READERS = {"wiring", "spark_platform", "settings"}
"""Who may see the settings; everyone else gets just what it needs as arguments."""

OF_THE_KIT = {
    *("Namespace", "NetworkPolicy", "ServiceAccount"),
    *("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"),
}
"""Kinds of Kubernetes that every service has."""

COMPOSITES = ("wiring.", "foundation.", "aws.")
"""Modules that contain components of other modules; `aws` is the inside of one foundation."""


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _trees() -> dict[str, ast.Module]:
    return {_name(path): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def _imports(module: str) -> tuple[tuple[str, str], ...]:
    """Imported module and name of it; what is imported for type checkers alone is an arrow like any other."""
    found: list[tuple[str, str]] = []
    for node in ast.walk(_trees()[module]):
        if isinstance(node, ast.Import):
            found += ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += ((node.module, alias.name) for alias in node.names)
    return tuple(found)


def _unit(module: str) -> str:
    """The part of the house that a module is in: a package, a service of its own, or a module at the top."""
    first, *rest = module.split(".")
    return f"services.{rest[0]}" if first == "services" and rest else first


def _floor(module: str) -> int:
    first = module.split(".", maxsplit=1)[0]
    return next(number for number, floor in enumerate(FLOORS) if first in floor)


def _own(module: str, name: str) -> str | None:
    """The module of this package that an import means."""
    if module.split(".", maxsplit=1)[0] != "components":
        return None
    inside = module.removeprefix("components").removeprefix(".")
    deeper = f"{inside}.{name}".strip(".")
    return deeper if deeper in _trees() else inside


def _component_classes(module: str) -> list[str]:
    return [
        node.name
        for node in _trees()[module].body
        if isinstance(node, ast.ClassDef)
        and any("ComponentResource" in ast.unparse(base) for base in node.bases)
    ]


COMPONENTS = [(module, name) for module in _trees() for name in _component_classes(module)]


def _says_that_it_is_pure(module: str) -> bool:
    text = ast.get_docstring(_trees()[module]) or ""
    return "Pure." in text or "Pure:" in text


@pytest.mark.parametrize("module", sorted(set(_trees()) - {""}))
def test_an_import_leads_down_or_stays_in_the_package(module: str) -> None:
    for imported, name in _imports(module):
        own = _own(imported, name)
        if own and _unit(own) != _unit(module):
            assert _floor(own) < _floor(module), f"{module} imports {own}, which is not below it"


def test_each_service_is_a_folder_a_record_and_a_module_of_the_wiring_of_one_name() -> None:
    folders = {path.name for path in (PACKAGE / "services").iterdir() if (path / "__init__.py").is_file()}
    # The S3 server is in a foundation, and the collection a floor that rules and dashboards are on too.
    assert set(RECORDS) == folders | {"object_store", "monitoring"}
    wired = {module.removeprefix("wiring.") for module in _trees() if module.startswith("wiring.")}
    assert set(RECORDS) <= wired
    loaded = {name: importlib.import_module(f"components.wiring.{name}") for name in wired}
    deciding = {name for name, module in loaded.items() if hasattr(module, "wanted")}
    assert deciding == set(RECORDS), "`wanted` says whether a stack has a service, and nothing else does"


def test_every_package_has_its_floor() -> None:
    units = {each.split(".", maxsplit=1)[0] for each in _trees()} - {""}
    assert units == set().union(*FLOORS)


@pytest.mark.parametrize("module", sorted(filter(_says_that_it_is_pure, _trees())))
def test_a_pure_module_knows_no_pulumi_not_even_by_way_of_another(module: str) -> None:
    seen: set[str] = set()
    todo = [module]
    while todo:
        current = todo.pop()
        seen.add(current)
        for imported, name in _imports(current):
            assert imported.split(".")[0] not in ("pulumi", "pulumi_kubernetes", "pulumi_aws", "pydantic"), (
                f"{module} reaches {imported} by {current}"
            )
            own = _own(imported, name)
            if own and own not in seen:
                todo.append(own)


@pytest.mark.parametrize("module", sorted(_trees()))
def test_a_module_that_needs_no_pulumi_says_that_it_is_pure(module: str) -> None:
    if not module.startswith(("aws_plans.", "kube.", "spark.", "tenants.", "object_store.", "services.")):
        return
    if _trees()[module].body[1:] and not any(
        imported.split(".")[0].startswith("pulumi") for imported, _ in _imports(module)
    ):
        assert _says_that_it_is_pure(module), "say so in its docstring: tests then hold it to that"


@pytest.mark.parametrize("module", sorted(_trees()))
def test_components_know_neither_the_one_machine_cluster_nor_tests_nor_jobs(module: str) -> None:
    roots = {imported.split(".")[0] for imported, _ in _imports(module)}
    assert not roots & {"local", "tests", "jobs"}, "the product can't tell which cluster it runs on"


@pytest.mark.parametrize("module", sorted(_trees()))
def test_settings_never_reach_a_leaf(module: str) -> None:
    if module.split(".", maxsplit=1)[0] in SETTINGS_READERS:
        return
    used = {_own(imported, name) for imported, name in _imports(module)}
    assert not {each for each in used if each and each.split(".")[0] == "settings"}, (
        "hand the component its own arguments instead"
    )


@pytest.mark.parametrize("module", sorted(_trees()))
def test_only_the_wiring_and_foundations_put_components_together(module: str) -> None:
    if f"{module}.".startswith(COMPOSITES):
        return
    classes = {name for owner, name in COMPONENTS if owner != module}
    used = {name for _, name in _imports(module)} & classes
    assert not used, f"{module} contains {used}: wire them in components/wiring"


@pytest.mark.parametrize("module", sorted(_trees()))
def test_namespaces_walls_accounts_and_rights_are_made_by_the_kit(module: str) -> None:
    if module.startswith("kube."):
        return
    written = set()
    for node in ast.walk(_trees()[module]):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("k8s."):
            written.add(ast.unparse(node.func).rpartition(".")[2])
        elif isinstance(node, ast.Dict) and {"apiVersion", "metadata"} <= _keys(node):
            written.add(ast.literal_eval(_value(node, "kind")))
    # A tenant's is no service's: it says whose it is, and may be protected.
    allowed = {"Namespace"} if module == "tenants.namespace" else set()
    assert written & OF_THE_KIT <= allowed, "components/kube has a function for it"


def _keys(made: ast.Dict) -> set[str]:
    return {str(each.value) for each in made.keys if isinstance(each, ast.Constant)}


def _value(made: ast.Dict, key: str) -> ast.expr:
    return next(
        value
        for each, value in zip(made.keys, made.values, strict=True)
        if isinstance(each, ast.Constant) and each.value == key
    )


@pytest.mark.parametrize("module", sorted(_trees()))
def test_only_the_wiring_makes_providers(module: str) -> None:
    if module == "wiring.foundations":
        return
    for node in ast.walk(_trees()[module]):
        if isinstance(node, ast.Call):
            assert not ast.unparse(node.func).endswith(".Provider"), "providers come with the options"


def test_the_entry_point_wires_nothing() -> None:
    text = (ROOT / "__main__.py").read_text()
    assert len(text.splitlines()) <= 40
    used = {
        node.module
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
    }
    assert used <= {"components"}


def test_there_are_components_to_look_at() -> None:
    assert len(COMPONENTS) >= 4, "the search for components finds too few: it would prove nothing"


@pytest.mark.parametrize(("module", "name"), COMPONENTS)
def test_a_component_takes_a_name_its_arguments_and_options(module: str, name: str) -> None:
    loaded = importlib.import_module(f"components.{module}")
    component = getattr(loaded, name)
    parameters = list(inspect.signature(component.__init__).parameters)
    assert [each for each in parameters if each != "args"] == ["self", "name", "opts"]
    if "args" not in parameters:
        return
    # Two components that need the same may share the class of their arguments.
    args = get_type_hints(component.__init__)["args"]
    assert args.__name__.endswith("Args"), "arguments are one class"
    classes = [each for each in inspect.getmro(args) if is_dataclass(each)]
    assert args in classes
    assert vars(args)["__dataclass_params__"].frozen, "arguments don't change on the way"
    assert all(each.kw_only for each in fields(args)), "arguments are given by name"
    # What a class inherits is explained where it comes from.
    explained = "\n".join(each.__doc__ or "" for each in classes)
    assert "Args:" in (args.__doc__ or ""), "every argument is explained"
    for each in fields(args):
        assert f"{each.name}:" in explained, f"{each.name} is not explained"


@pytest.mark.parametrize(("module", "name"), COMPONENTS)
def test_a_component_registers_the_outputs_that_it_names_last(module: str, name: str) -> None:
    component = getattr(importlib.import_module(f"components.{module}"), name)
    outputs = [key for key, kind in inspect.get_annotations(component).items() if "Output[" in str(kind)]
    assert issubclass(component, pulumi.ComponentResource)
    body = next(
        node for node in _trees()[module].body if isinstance(node, ast.ClassDef) and node.name == name
    )
    start = next(node for node in body.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    last = ast.unparse(start.body[-1])
    assert "register_outputs" in last, "no child may come after it"
    for output in outputs:
        assert f"self.{output}" in last, f"{output} is named at the top of the class, and never registered"


def test_the_page_of_the_architecture_has_the_floors() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    section = page.partition("## Floors\n")[2].partition("\n## ")[0]
    rows = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    assert [frozenset(re.findall(r"`(\w+)`", row)) for row in rows] == list(reversed(FLOORS))


def test_the_page_of_the_architecture_says_of_each_component_what_it_owns() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    section = page.partition("## Components\n")[2].partition("\n## ")[0]
    rows = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(told) == sorted(name for _, name in COMPONENTS), "one row, or a place in one, for each"
