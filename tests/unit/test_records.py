"""A service's record is all that others need: they find it by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from components.domain import Quota, Tenant
from components.kube.image_tags import IMAGES
from components.records import table
from components.records.every import PLATFORM_NAMESPACES, RECORDS
from components.settings import parse
from components.wiring.presence import services
from tests.support.access_table import expected_access
from tests.support.database_on_aws import with_database
from tests.support.golden import Golden
from tests.support.pages_on_aws import with_login
from tests.support.stacks import STACKS, other_choices, stack_settings

TENANT = Tenant(team="data", environment="dev", quota=Quota(cpu="1", memory="1Gi", pods=2))
ROOT = Path(__file__).resolve().parents[2]


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


def test_what_stacks_have_of_each_service_changes_only_by_review(golden: Golden) -> None:
    values = {stack: stack_settings(stack) for stack in STACKS}
    values |= {f"{stack}-otherwise": other_choices(stack) for stack in ("local", "dev")}
    values["prod-with-login"], values["prod-with-database"] = with_login(), with_database()
    lines = []
    for stack, chosen in values.items():
        for name, service in services(parse(chosen)).items():
            lines.append(f"# {stack}: {name}")
            lines += [f"{pod}: {each.cpu} {each.memory} {each.where}" for pod, each in service.pods.items()]
            lines += [f"volume {what}: {size}" for what, size in service.presence.volumes.items()]
            lines += [f"scraped {each.job}" for each in service.scraped]
            if page := service.page:
                lines.append(f"page {page.title}: {page.namespace}/{page.service}:{page.port}/{page.path}")
    golden("services.txt", "\n".join(lines) + "\n")
