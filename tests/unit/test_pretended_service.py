"""A further service: its folder, its record, its wiring module and its image are all that others need."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.settings import parse
from costs.platform_pods import platform_pods, volumes
from tests.support.stacks import stack_settings

ROOT = Path(__file__).resolve().parents[2]

PRETENDED = ROOT / "tests" / "data" / "pretended"
"""A service that does not exist: its record, its component, its wiring, and what is asked about it."""

CONTENTS = "    logs(ground, asked)\n"
"""A line of the table of contents, after which a further service's own stands."""


@pytest.fixture(scope="module")
def pretended(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a copy of the project makes of a service with a folder, a record, a wiring module and an image."""
    copy = tmp_path_factory.mktemp("copy")
    for folder in (
        "components",
        "costs",
        "workspace",
        "docker",
        "apps",
        "charts",
        "toolchain",
        "tests/support",
    ):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__main__.py", *(path.name for path in ROOT.glob("Pulumi.*.yaml")), "tests/__init__.py"):
        shutil.copy(ROOT / name, copy / name)
    components = copy / "components"
    shutil.copy(PRETENDED / "record.py.txt", components / "records" / "pretended.py")
    shutil.copy(PRETENDED / "wiring.py.txt", components / "wiring" / "pretended.py")
    service = components / "services" / "pretended"
    service.mkdir()
    (service / "__init__.py").touch()
    shutil.copy(PRETENDED / "component.py.txt", service / "component.py")
    image = copy / "docker" / "pretended"
    image.mkdir()
    (image / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    contents = components / "spark_platform.py"
    line = "    pretended(ground)\n"
    wired = contents.read_text().replace(CONTENTS, CONTENTS + line)
    assert line in wired
    contents.write_text(f"{wired}\n\nfrom components.wiring.pretended import pretended  # noqa: E402\n")
    asked = (PRETENDED / "ask.py.txt").read_text()
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


ON = pytest.mark.parametrize("stack", ["local", "prod"])
"""One of each foundation."""


@ON
def test_a_further_services_image_is_found_by_its_folder(pretended: Any, stack: str) -> None:
    (container,) = pretended[stack]["made"]["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert "/pretended:1.0-" in container["image"]
    assert container["resources"]["requests"] == {"cpu": "100m"}


def test_a_further_services_image_has_a_repository_on_aws_and_is_pushed_there(pretended: Any) -> None:
    found = [name for name in pretended["prod"]["repositories"] if name.endswith("/pretended")]
    assert len(found) == 1
    assert pretended["prod"]["pushed"] == found, "`images push` takes the same list"


@ON
def test_a_further_service_has_walls_and_the_ways_out_that_its_record_names(
    pretended: Any, stack: str
) -> None:
    walls = pretended[stack]["walls"]
    assert set(walls) == {"default-deny", "dns", "pretended"}
    ports = {port["port"] for rule in walls["pretended"]["egress"] for port in rule["ports"]}
    store = {"local": {7070}, "prod": {80}}[stack]
    assert ports == {443, 6443} | store, "the API server, the object store with what gives the identity"


@ON
def test_prometheus_reaches_a_further_service_by_its_record_and_is_let_in(pretended: Any, stack: str) -> None:
    port = [{"port": 9999, "protocol": "TCP"}]
    (rule,) = pretended[stack]["walls"]["pretended"]["ingress"]
    assert rule["ports"] == port
    (way,) = (each for each in pretended[stack]["prometheus"] if each["ports"] == port)
    assert way["to"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "pretended"}}}]


@ON
def test_a_further_service_is_scraped_by_its_record(pretended: Any, stack: str) -> None:
    (monitor,) = pretended[stack]["monitors"]
    assert monitor["namespaceSelector"] == {"matchNames": ["pretended"]}
    assert monitor["selector"] == {"matchLabels": {"app.kubernetes.io/name": "pretended"}}


def test_a_further_services_rights_are_made_and_stand_in_the_table(pretended: Any) -> None:
    assert pretended["local"]["made"]["Role"]["rules"] == [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}
    ]
    assert pretended["account"] == [["pretended", "get", "configmaps"]]
    assert "pretended" in pretended["people"], "people have none in its namespace, which is asked"


def test_no_tenant_may_take_a_further_services_namespace(pretended: Any) -> None:
    assert "which the cluster or the platform uses" in pretended["tenant"]


def test_a_further_services_pods_and_volumes_are_in_the_bill(pretended: Any) -> None:
    settings, found = parse(stack_settings("prod")), pretended["prod"]
    before = platform_pods(settings)
    assert found["millicores"] == before.millicores + 100
    assert found["memory"] == before.memory_mib + 64, "as a setting says"
    disks = {each.name: each.gib for each in volumes(settings)}
    assert found["volumes"] == {**disks, "the pretended": 3}


def test_a_further_service_that_is_off_costs_nothing_and_has_no_repository(pretended: Any) -> None:
    off = pretended["off"]
    assert not off["made"]
    assert not [name for name in off["repositories"] if "pretended" in name]
    assert "the pretended" not in off["volumes"]


def test_a_further_service_is_in_the_page_of_all_services(pretended: Any) -> None:
    (row,) = (line for line in pretended["page"].splitlines() if line.startswith("| `pretended`"))
    assert "9999 metrics of `pretended`" in row
    assert "`pretended` in `pretended`: get configmaps" in row
