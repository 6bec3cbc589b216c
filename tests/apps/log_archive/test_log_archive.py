"""The real program that shows stored logs and deletes old ones, on a real object store."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.run_logs import DRIVER, EXECUTOR, clean, pages, put, stored
from tests.store.conftest import TENANTS
from tests.store.gateway import BUCKETS, Gateway

pytestmark = pytest.mark.store

RUN = "data-dev/flights/spark-1"
DAY = 86_400


@pytest.fixture
def store(gateway: Gateway, tmp_path: Path) -> Gateway:
    """A store that is set up."""
    done = gateway.set_up(TENANTS, scratch=tmp_path / "setup")
    assert done.returncode == 0, done.stderr
    return gateway


@pytest.fixture
def page(store: Gateway) -> Iterator[str]:
    """Address of the pages, with one run stored."""
    put(store, f"{RUN}/flights-driver/{DRIVER}", "driver 1\n", at="20261124T100000.000000000Z")
    put(store, f"{RUN}/flights-driver/{DRIVER}", "driver 2\n", at="20261124T100001.000000000Z")
    put(store, f"{RUN}/aaa-exec-1/{EXECUTOR}", "executor <1>\n")
    with pages(store) as address:
        yield address


def get(url: str) -> tuple[int, str, dict[str, str]]:
    """Status, text and headers of an answer."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode(), dict(answer.headers) | {"url": answer.url}
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


def test_a_log_is_put_together_in_the_order_of_time(page: str) -> None:
    status, text, headers = get(f"{page}/{RUN}/flights-driver/log")
    assert (status, text) == (200, "driver 1\ndriver 2\n")
    assert headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_jobs_output_is_never_taken_for_a_page(page: str) -> None:
    _, text, headers = get(f"{page}/{RUN}/aaa-exec-1/log")
    assert text == "executor <1>\n"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_second_link_of_an_executor_leads_to_its_driver(page: str) -> None:
    status, text, headers = get(f"{page}/{RUN}/aaa-exec-1/driver")
    assert (status, text) == (200, "driver 1\ndriver 2\n")
    assert headers["url"] == f"{page}/{RUN}/flights-driver/log"


def test_an_executor_of_a_bare_spark_submit_has_the_same_links(page: str, store: Gateway) -> None:
    """It knows no name of its application: the link holds nothing in that place."""
    place = "data-dev/etl/spark-2"
    put(store, f"{place}/etl-0123456789abcdef-driver/{DRIVER}", "driver\n")
    put(store, f"{place}/etl-0123456789abcdef-exec-1/{EXECUTOR}", "executor\n")
    link = f"{page}/data-dev//spark-2/etl-0123456789abcdef-exec-1"
    assert get(f"{link}/log")[:2] == (200, "executor\n")
    assert get(f"{link}/driver")[:2] == (200, "driver\n")


def test_a_run_shows_its_pods_and_the_driver_first(page: str) -> None:
    _, text, _ = get(f"{page}/{RUN}/")
    assert 0 < text.index("flights-driver") < text.index("aaa-exec-1")
    assert text.count(">flights-driver</a>") == 1, "two chunks are one log"


def test_logs_are_found_by_namespace_and_application(page: str) -> None:
    for path, name in (("/", "data-dev"), ("/data-dev/", "flights"), ("/data-dev/flights/", "spark-1")):
        _, text, _ = get(f"{page}{path}")
        assert f">{name}</a>" in text, f"{path} does not lead to {name}"


@pytest.mark.parametrize(
    "path",
    [
        f"/{RUN}/flights-driver/../../../../science-dev/log",
        "/..%2f..%2fspark/x/y/z/log",
        f"/{RUN}/flights-driver/etc",
        "/a/b/c/d/e/f",
    ],
)
def test_nothing_but_logs_is_ever_shown(page: str, store: Gateway, path: str) -> None:
    store.client("admin").put_object(Bucket=BUCKETS.events, Key="spark/secret", Body=b"an event log")
    status, text, _ = get(f"{page}{path}")
    assert status in (404, 400) or "Nothing is stored here" in text
    assert "event log" not in text


def test_a_log_that_is_not_there_says_why_that_may_be(page: str) -> None:
    status, text, _ = get(f"{page}/{RUN}/nobody/log")
    assert status == 404
    assert "not stored yet" in text


def test_a_store_that_is_away_is_said_so(page: str, store: Gateway) -> None:
    store.kill()
    status, text, _ = get(f"{page}/data-dev/")
    assert status == 502
    assert "object store" in text


def test_a_large_log_is_shown_whole(page: str, store: Gateway) -> None:
    line = "x" * 99 + "\n"
    for part in range(5):
        put(store, f"{RUN}/large/{EXECUTOR}", line * 20_000, at=f"20261124T10000{part}.000000000Z")
    _, text, _ = get(f"{page}/{RUN}/large/log")
    assert len(text) == 5 * 20_000 * 100


def test_old_logs_are_deleted_and_new_ones_and_event_logs_stay(store: Gateway) -> None:
    old = put(store, f"{RUN}/old/{DRIVER}", "old\n")
    put(store, f"{RUN}/new/{DRIVER}", "new\n")
    admin = store.client("admin")
    admin.put_object(Bucket=BUCKETS.events, Key="spark/eventlog", Body=b"old as well")
    for key in (old, "spark/eventlog"):
        long_ago = time.time() - 8 * DAY
        os.utime(store.folder / "buckets" / BUCKETS.events / key, (long_ago, long_ago))
    done = clean(store, 7)
    assert done.returncode == 0, done.stderr
    assert stored(store) == {f"data-dev/new/{DRIVER}": "new\n"}
    assert admin.get_object(Bucket=BUCKETS.events, Key="spark/eventlog")["Body"].read() == b"old as well"
    assert "deleted 1 of 2 objects" in done.stderr


def test_cleaning_works_through_many_pages_of_a_list(store: Gateway) -> None:
    first = put(store, f"{RUN}/pod/{DRIVER}", "old\n")
    folder = (store.folder / "buckets" / BUCKETS.events / first).parent
    long_ago = time.time() - 8 * DAY
    for number in range(2100):
        path = folder / f"{number}.log.gz"
        path.write_bytes(b"straight into the volume, because requests for two thousand take a minute")
        os.utime(path, (long_ago, long_ago))
    done = clean(store, 7)
    assert done.returncode == 0, done.stderr
    assert "deleted 2100 of 2101 objects" in done.stderr


def test_a_day_count_that_would_delete_everything_is_refused(store: Gateway) -> None:
    done = clean(store, 0)
    assert done.returncode == 1
    assert "write 1 or more" in done.stderr
