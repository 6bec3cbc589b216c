"""A service's record is all that others need: they find it by itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from components.domain import Quota, Tenant
from components.kube.image_tags import IMAGES
from components.records.every import PLATFORM_NAMESPACES, RECORDS
from components.settings.foundation import KubernetesFoundationSettings
from components.tenants.rbac import expected_access

TENANT = Tenant(team="data", environment="dev", quota=Quota(cpu="1", memory="1Gi", pods=2))
ROOT = Path(__file__).resolve().parents[2]

PRETENDED = """
from components.records.model import ImageSource, ServiceRecord

RECORD = ServiceRecord(
    namespaces=("pretended",),
    images={"pretended": ImageSource(repository="pretended", version="1.0", parent="base")},
    scraped={"pretended": 9999},
)
"""

ASKED = """
import json, pathlib
from components.domain import Quota, Tenant
from components.kube.image_tags import image_ref
from components.settings.rules import _namespace_fault
from components.tenants.rbac import expected_access

TENANT = Tenant(team="data", environment="dev", quota=Quota(cpu="1", memory="1Gi", pods=2))
print(json.dumps({
    "image": image_ref("pretended", registry="registry.example.com/x", root=pathlib.Path(".")),
    "tenant": _namespace_fault("pretended"),
    "namespaces": sorted({str(each.namespace) for each in expected_access([TENANT])}),
}))
"""


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_a_records_images_have_a_folder_each(name: str) -> None:
    for image in RECORDS[name].images:
        assert (ROOT / "docker" / image / "Dockerfile").is_file(), f"{name} names the image {image}"
        assert IMAGES[image] == RECORDS[name].images[image]


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_a_records_page_has_a_setting_and_a_name(name: str) -> None:
    record = RECORDS[name]
    assert (record.node_port is None) == (record.page is None), "messages call the page by its name"
    if record.node_port:
        assert record.node_port in KubernetesFoundationSettings.model_fields


def test_no_two_services_keep_the_same_namespace() -> None:
    assert len(PLATFORM_NAMESPACES) == len(set(PLATFORM_NAMESPACES)) == 8


def test_every_namespace_of_a_record_is_in_the_table_of_rights() -> None:
    assert set(PLATFORM_NAMESPACES) <= {each.namespace for each in expected_access([TENANT])}


def test_a_further_service_is_known_by_its_record_and_its_images_folder_alone(tmp_path: Path) -> None:
    for folder in ("components", "docker", "apps"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "components" / "records" / "pretended.py").write_text(PRETENDED)
    (tmp_path / "docker" / "pretended").mkdir()
    (tmp_path / "docker" / "pretended" / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    done = subprocess.run(
        [sys.executable, "-c", ASKED], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["image"].startswith("registry.example.com/x/pretended:1.0-"), "it has a reference"
    assert "which the cluster or the platform uses" in found["tenant"], "no tenant may take its namespace"
    assert "pretended" in found["namespaces"], "people's rights in it are in the table"
