"""A service's record is all that others need: they find it by itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.domain import Quota, Tenant
from components.kube.image_tags import IMAGES
from components.records import table
from components.records.every import PLATFORM_NAMESPACES, RECORDS
from components.settings import parse
from components.wiring.presence import services
from costs.platform_pods import platform_pods, volumes
from tests.support.access_table import expected_access
from tests.support.stacks import STACKS, stack_settings

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
    assert page is None or page.namespace in RECORDS[name].places


def test_no_two_pages_are_at_the_same_path() -> None:
    paths = [record.page.path for record in RECORDS.values() if record.page]
    assert len(paths) == len(set(paths)) > 1
    assert not [path for path in paths if "/" in path or path in ("oauth2", "ping", "ready")], (
        "the login proxy has those itself"
    )


def test_a_service_keeps_a_namespace_or_is_the_guest_of_one_that_does() -> None:
    for name, record in RECORDS.items():
        assert bool(record.namespaces) != bool(record.guest_of), name
        assert set(record.places) <= set(PLATFORM_NAMESPACES), name


def test_prometheus_takes_metrics_of_pods_and_in_places_that_the_record_has() -> None:
    scrapes = [(record, each) for record in RECORDS.values() for each in record.scraped]
    assert all(each.part in record.pods and each.namespace in record.places for record, each in scrapes)
    jobs = [each.job for _, each in scrapes]
    assert len(jobs) == len(set(jobs)) > 1, "series of two sources would be one"


@pytest.mark.parametrize("stack", STACKS)
def test_each_pod_of_a_stack_reserves_what_its_record_or_the_settings_say(stack: str) -> None:
    for name, service in services(parse(stack_settings(stack))).items():
        for pod, request in service.pods.items():
            assert None not in (request.cpu, request.memory), f"{name}: {pod}"
        unknown = {*service.presence.cpu, *service.presence.memory, *service.presence.without}
        assert unknown <= set(service.record.pods), f"{name}: {unknown}"


def test_the_history_servers_chart_asks_for_the_cpu_that_its_record_says() -> None:
    chart = yaml.safe_load((ROOT / "charts" / "spark-history-server" / "values.yaml").read_text())
    assert chart["cpu"]["request"] == RECORDS["history"].pods["spark-history"].cpu


def test_the_page_of_all_services_is_written_from_their_records() -> None:
    assert table.PAGE.read_text() == table.page(), "run `make generated`"


def test_no_two_services_keep_the_same_namespace() -> None:
    assert len(PLATFORM_NAMESPACES) == len(set(PLATFORM_NAMESPACES)) > 1


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
