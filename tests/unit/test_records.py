"""A service's record is all that others need: they find it by itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.domain import Quota, Tenant
from components.kube.image_tags import IMAGES
from components.records.every import PLATFORM_NAMESPACES, RECORDS
from components.settings import parse
from costs.platform_pods import platform_pods
from tests.support.access_table import expected_access
from tests.support.stacks import stack_settings

TENANT = Tenant(team="data", environment="dev", quota=Quota(cpu="1", memory="1Gi", pods=2))
ROOT = Path(__file__).resolve().parents[2]

PRETENDED = ROOT / "tests" / "data" / "pretended"
"""A service that does not exist: its record, its component, its wiring, and what is asked about it."""

CONTENTS = "    logs(ground, asked)\n"
"""A line of the table of contents, after which a further service's own stands."""


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_a_records_images_have_a_folder_each(name: str) -> None:
    for image in RECORDS[name].images:
        assert (ROOT / "docker" / image / "Dockerfile").is_file(), f"{name} names the image {image}"
        assert IMAGES[image] == RECORDS[name].images[image]


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_a_records_page_is_in_a_namespace_of_its_service(name: str) -> None:
    page = RECORDS[name].page
    assert page is None or page.namespace in RECORDS[name].namespaces


def test_no_two_pages_are_at_the_same_path() -> None:
    paths = [record.page.path for record in RECORDS.values() if record.page]
    assert len(paths) == len(set(paths)) == 4
    assert not [path for path in paths if "/" in path or path in ("oauth2", "ping", "ready")], (
        "the login proxy has those itself"
    )


def test_no_two_services_keep_the_same_namespace() -> None:
    assert len(PLATFORM_NAMESPACES) == len(set(PLATFORM_NAMESPACES)) == 11


def test_every_namespace_of_a_record_is_in_the_table_of_rights() -> None:
    assert set(PLATFORM_NAMESPACES) <= {each.namespace for each in expected_access([TENANT])}


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


def test_a_further_services_image_is_found_by_its_folder(pretended: Any) -> None:
    (container,) = pretended["made"]["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert "/pretended:1.0-" in container["image"]
    assert container["resources"]["requests"] == {"cpu": "100m"}


def test_a_further_service_has_walls_and_the_ways_out_that_its_record_names(pretended: Any) -> None:
    assert set(pretended["policies"]) == {"default-deny", "dns", "pretended"}
    ports = {port["port"] for rule in pretended["policies"]["pretended"]["egress"] for port in rule["ports"]}
    assert ports == {443, 6443, 7070}, "the API server and the object store, and nothing else"


def test_prometheus_reaches_a_further_service_by_its_record(pretended: Any) -> None:
    (rule,) = pretended["policies"]["pretended"]["ingress"]
    assert rule["ports"] == [{"port": 9999, "protocol": "TCP"}]


def test_a_further_services_rights_are_made_and_stand_in_the_table(pretended: Any) -> None:
    assert pretended["made"]["Role"]["rules"] == [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}
    ]
    assert pretended["account"] == [["pretended", "get", "configmaps"]]
    assert "pretended" in pretended["people"], "people have none in its namespace, which is asked"


def test_no_tenant_may_take_a_further_services_namespace(pretended: Any) -> None:
    assert "which the cluster or the platform uses" in pretended["tenant"]


def test_a_further_services_pods_are_in_the_bill(pretended: Any) -> None:
    before = platform_pods(parse(stack_settings("prod")), root=ROOT)
    assert pretended["millicores"] == before.millicores + 100
