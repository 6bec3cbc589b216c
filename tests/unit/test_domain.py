"""The vocabulary: quantities mean what Kubernetes and Spark mean by them, and faults say what to write."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils import quantity as kubernetes_quantity

from components import domain
from components.domain import ObjectStorage, PodSize, Quota, Tenant


@pytest.mark.parametrize(
    ("quantity", "millicores"),
    [("1", 1000), ("0.5", 500), ("500m", 500), ("2.125", 2125), ("0", 0), ("16", 16_000)],
)
def test_a_cpu_quantity_is_read_as_kubernetes_reads_it(quantity: str, millicores: int) -> None:
    assert domain.cpu_millicores(quantity) == millicores


@pytest.mark.parametrize("text", ["", "1 ", "-1", "1.5m", "two", "1e3", "0.1234", "1,5", "m", "1\n"])
def test_what_is_no_cpu_quantity_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="500m"):
        domain.cpu_millicores(text)


@pytest.mark.parametrize(
    ("quantity", "size"),
    [
        ("1Ki", 1024),
        ("1k", 1000),
        ("1.5Gi", 1_610_612_736),
        ("512Mi", 536_870_912),
        ("3", 3),
        ("2T", 2 * 10**12),
    ],
)
def test_a_size_is_read_in_binary_and_decimal_units(quantity: str, size: int) -> None:
    assert domain.size_bytes(quantity) == size


@pytest.mark.parametrize("text", ["", "1KB", "1g", "Gi", "-1Gi", "1 Gi", "1K", "0x10"])
def test_what_is_no_size_is_refused_with_the_units(text: str) -> None:
    with pytest.raises(ValueError, match="512Mi or 8Gi"):
        domain.size_bytes(text)


@given(st.integers(min_value=1, max_value=10**6), st.sampled_from(["Ki", "Mi", "Gi", "Ti"]))
def test_sizes_keep_their_order(number: int, unit: str) -> None:
    assert domain.size_bytes(f"{number}{unit}") < domain.size_bytes(f"{number + 1}{unit}")


@given(st.text())
def test_any_text_is_either_a_quantity_or_a_value_error(text: str) -> None:
    for read in (domain.cpu_millicores, domain.size_bytes, domain.jvm_memory_mib):
        try:
            amount = read(text)
        except ValueError:
            continue
        assert amount >= 0, "there is no negative amount"


def test_a_heap_below_what_spark_starts_with_is_refused() -> None:
    assert domain.check_jvm_memory("512m") == "512m"
    with pytest.raises(ValueError, match="512m or more"):
        domain.check_jvm_memory("511m")


def test_a_pod_asks_for_a_fifth_more_than_its_heap_and_at_least_512_mib_more() -> None:
    small = PodSize(cores=1, cpu_request="1", memory="1g")
    large = PodSize(cores=4, cpu_request="4", memory="10g")
    assert small.pod_memory_bytes == (1024 + 512) * domain.MIB, "the least overhead counts"
    assert large.pod_memory_bytes == (10_240 + 2_048) * domain.MIB
    assert Decimal("0.2") == domain.OVERHEAD_FACTOR


@pytest.mark.parametrize("name", ["a", "data-dev", "x" * 63, "0a"])
def test_dns_labels_are_accepted(name: str) -> None:
    assert domain.check_dns_label(name) == name


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a_b", "a.b", "ä", "a\n"])
def test_what_is_no_dns_label_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="DNS label"):
        domain.check_dns_label(name)


def test_a_long_label_is_refused_with_its_length_and_the_bound() -> None:
    with pytest.raises(ValueError, match="64 characters; at most 63"):
        domain.check_dns_label("x" * 64)


@pytest.mark.parametrize("name", ["ab", "a" * 64, "a.b.c", "Upper", "xn--abc", "name-s3alias", "-abc"])
def test_what_aws_refuses_as_a_bucket_is_refused_here(name: str) -> None:
    with pytest.raises(ValueError, match="bucket name"):
        domain.check_bucket(name)


@pytest.mark.parametrize(("port", "good"), [(29_999, False), (30_000, True), (32_767, True), (32_768, False)])
def test_node_ports_are_those_of_kubernetes(port: int, good: bool) -> None:
    if good:
        assert domain.check_node_port(port) == port
    else:
        with pytest.raises(ValueError, match="30000 to 32767"):
            domain.check_node_port(port)


@pytest.mark.parametrize("name", ["", "Standard", "a..b", "a" * 254, "a b"])
def test_what_is_no_dns_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="DNS name"):
        domain.check_dns_name(name)


@pytest.mark.parametrize("text", ["4.1", "v4.1.2", "4.1.2-rc1", "latest", ""])
def test_only_a_release_is_a_version(text: str) -> None:
    with pytest.raises(ValueError, match="three numbers"):
        domain.check_version(text)


def test_zero_is_no_amount_of_cpu_or_memory() -> None:
    with pytest.raises(ValueError, match="more than 0 cores"):
        domain.check_cpu("0m")
    with pytest.raises(ValueError, match="more than 0 bytes"):
        domain.check_size("0Gi")


def test_a_tenants_namespace_is_team_and_environment() -> None:
    tenant = Tenant(team="data", environment="dev", quota=Quota(cpu="1", memory="1Gi", pods=2))
    assert tenant.namespace == "data-dev"
    assert tenant.priority == "normal", "nobody goes before others unless someone says so"
    assert tenant.groups == (), "nobody may submit unless named"


def test_event_logs_lie_in_one_directory_of_their_bucket() -> None:
    storage = ObjectStorage(
        endpoint=None,
        region="eu-central-1",
        path_style=False,
        data_bucket="d",
        events_bucket="e",
        artifacts_bucket="a",
        static_credentials=False,
    )
    assert storage.event_log_dir == "s3a://e/spark/"


def kubernetes_reads(text: str) -> Decimal:
    """What the Kubernetes client makes of a quantity; the package has no annotations."""
    read: Any = kubernetes_quantity.parse_quantity
    return Decimal(read(text))


@given(st.from_regex(domain._BYTES, fullmatch=True))
def test_every_size_that_is_taken_is_what_kubernetes_reads_in_whole_bytes(text: str) -> None:
    assert domain.size_bytes(text) == int(kubernetes_reads(text))


@given(st.from_regex(domain._CPU, fullmatch=True))
def test_every_cpu_quantity_that_is_taken_is_what_kubernetes_reads(text: str) -> None:
    assert domain.cpu_millicores(text) == kubernetes_reads(text) * 1000
