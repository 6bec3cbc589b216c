"""A text is looked for in the stored logs of one run, within bounds that the page owns up to."""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.apps.log_archive.test_log_archive import RUN, get, page, store
from tests.apps.run_logs import DRIVER, EXECUTOR, pages, put
from tests.store.gateway import BUCKETS, Gateway

__all__ = ["page", "store"]

pytestmark = pytest.mark.store

PASSWORD = "any-long-text"
VIEWERS = {
    "PAGE_VIEWERS": json.dumps({"ann": ["data-dev"], "bob": ["science-dev"]}),
    "PAGE_PASSWORD": PASSWORD,
    "PAGE_PATH": "/logs",
}


def searched(address: str, text: str) -> tuple[int, str]:
    """Status and page of a search, as a form without a script asks for it."""
    status, shown, _ = get(f"{address}/{RUN}/?text={quote(text)}")
    return status, shown


def hits(shown: str) -> list[tuple[str, str, str]]:
    """Pod, line's number and what is shown of each hit, its own line between asterisks."""
    found = re.findall(r'<h2><a href="[^"]*">(.*?)</a>, line (\d+)</h2>\s*<pre>(.*?)</pre>', shown, re.DOTALL)
    return [(pod, line, html.unescape(re.sub("</?b>", "*", text))) for pod, line, text in found]


@pytest.fixture
def long_page(page: str, store: Gateway) -> str:
    """The same run, with an executor of six lines."""
    text = "one\ntwo\nthree\nTask FAILED: <reason>\nfive\nsix\nseven\n"
    put(store, f"{RUN}/bbb-exec-2/{EXECUTOR}", text)
    return page


def test_a_run_has_a_field_to_search_it(page: str) -> None:
    _, shown, headers = get(f"{page}/{RUN}/")
    assert f'<form action="/{RUN}/" method="get"' in shown
    assert '<label for="text">' in shown
    assert "script" not in shown
    assert "form-action 'self'" in headers["Content-Security-Policy"]
    _, above, _ = get(f"{page}/data-dev/flights/")
    assert "<form" not in above, "one run is searched, not all of them"


def test_a_hit_is_shown_with_the_lines_around_it_as_text(long_page: str) -> None:
    status, shown = searched(long_page, "failed: <")
    assert status == 200
    assert hits(shown) == [("bbb-exec-2", "4", "two\nthree\n*Task FAILED: <reason>*\nfive\nsix")]
    assert "<reason>" not in shown, "what a job prints is text"
    assert "1 line has “failed: &lt;”" in shown
    assert "All that is stored of this run was searched" in shown


FRAMES = [f"\tat org.example.Frame{number}.call(Frame.scala)" for number in range(30)]
JAVA = [
    "before 1",
    "before 2",
    "ERROR Executor: a task failed",
    "java.lang.IllegalStateException: one",
    *FRAMES,
    "Caused by: java.io.IOException: no space left",
    *FRAMES,
    "\t... 12 more",
    "after 1",
    "after 2",
]
PYTHON = [
    "before",
    "Traceback (most recent call last):",
    *["  File x, line 1, in y"] * 20,
    "ValueError: no such day",
]
SECOND = "java.lang.IllegalArgumentException: two"
AFTER = ["after 1", "after 2", "after 3"]
PYSPARK = [
    "before 1",
    "before 2",
    "ERROR Executor: a task failed",
    "org.apache.spark.api.python.PythonException: Traceback (most recent call last):",
    *["  File x, line 1, in y"] * 20,
    "ValueError: no such day",
    "",
    *FRAMES[:20],
    "Caused by: java.io.IOException: no space left",
    *FRAMES[:10],
    *AFTER,
]
ABORTED = [
    "before 1",
    "ERROR ApplicationMaster: User class threw exception",
    "org.apache.spark.SparkException: Job aborted due to stage failure: no space left",
    *FRAMES[:10],
    "",
    "Driver stacktrace:",
    *FRAMES[:20],
    "Caused by: java.io.IOException: the disk is full",
    *FRAMES[:10],
]
FILES = ["  File x, line 1, in y"] * 20
HANDLING = "During handling of the above exception, another exception occurred:"
CAUSED = "The above exception was the direct cause of the following exception:"
CHAINED = [
    "before",
    "Traceback (most recent call last):",
    *FILES,
    "KeyError: 'first'",
    "",
    HANDLING,
    "",
    "Traceback (most recent call last):",
    *FILES,
    "ValueError: second",
    "",
    CAUSED,
    "",
    "Traceback (most recent call last):",
    *FILES,
    "RuntimeError: third",
]
OTHER = [*PYTHON[1:-1], "ValueError: another"]
PY4J = [
    "before",
    "Traceback (most recent call last):",
    *FILES,
    "py4j.protocol.Py4JJavaError: An error occurred while calling o45.count.",
    ": org.apache.spark.SparkException: Job aborted due to stage failure: no space left",
    *ABORTED[3:],
]


@pytest.mark.parametrize(
    ("trace", "text", "shown_lines"),
    [
        ([*ABORTED, "", *AFTER], "User class threw", ABORTED),
        ([*ABORTED, "", *AFTER], "no space left", ABORTED),
        ([*ABORTED, *AFTER], "the disk is full", ABORTED[1:]),
        ([*ABORTED, *AFTER], "Driver stacktrace", ABORTED[1:]),
        ([*CHAINED, "", *AFTER], "'first'", CHAINED),
        ([*CHAINED, *AFTER], "second", CHAINED),
        ([*CHAINED, *AFTER], "third", [*CHAINED, *AFTER[:2]]),
        ([*CHAINED, *AFTER], "During handling", CHAINED),
        ([*PY4J, *AFTER], "o45.count", PY4J),
        ([*PY4J, *AFTER], "the disk is full", PY4J),
        ([*PYTHON, "", *OTHER, *AFTER], "no such day", [*PYTHON, "", OTHER[0]]),
        ([*PYTHON, "", *OTHER, *AFTER], "another", ["", *OTHER, *AFTER[:2]]),
        (["before", HANDLING, *FRAMES, *AFTER], HANDLING, ["before", HANDLING, *FRAMES]),
        (JAVA, "a task failed", JAVA[:-2]),
        (JAVA, "IllegalStateException: one", JAVA[1:-2]),
        (JAVA, "no space left", JAVA[2:-2]),
        (JAVA, "12 more", JAVA[2:]),
        (JAVA, "after 2", JAVA[-3:]),
        (JAVA, "before 1", JAVA[:3]),
        (PYTHON, "no such day", PYTHON),
        (PYTHON, "Traceback", PYTHON),
        (PYSPARK, "a task failed", PYSPARK[:-3]),
        (PYSPARK, "PythonException", PYSPARK[1:-3]),
        (PYSPARK, "no such day", PYSPARK[2:-3]),
        (PYSPARK, "no space left", PYSPARK[2:-3]),
        ([*PYTHON, "", *AFTER], "Traceback", PYTHON),
        ([*JAVA[:-2], SECOND, *FRAMES, *AFTER], SECOND, [*JAVA[-4:-2], SECOND, *FRAMES]),
        ([*PYTHON, SECOND, *FRAMES, *AFTER], SECOND, [*PYTHON[-2:], SECOND, *FRAMES]),
    ],
)
def test_a_hit_in_a_trace_is_shown_with_all_of_it(
    page: str, store: Gateway, trace: list[str], text: str, shown_lines: list[str]
) -> None:
    put(store, f"{RUN}/ddd-exec-4/{EXECUTOR}", "\n".join(trace) + "\n")
    _, shown = searched(page, text)
    (found,) = (each for pod, _, each in hits(shown) if pod == "ddd-exec-4")
    assert found.replace("*", "").split("\n") == shown_lines


def test_traces_that_come_again_and_again_are_whole_up_to_a_bound(page: str, store: Gateway) -> None:
    endless = ["java.lang.IllegalStateException: again", *["\tat org.example.Frame.call(Frame.scala)"] * 200]
    put(store, f"{RUN}/eee-exec-5/{EXECUTOR}", "\n".join(endless * 60) + "\n")
    _, shown = searched(page, "IllegalStateException: again")
    counts = [len(text.split("\n")) for pod, _, text in hits(shown) if pod == "eee-exec-5"]
    assert len(counts) == 60
    assert max(counts[1:]) <= 1 + 80 + 80
    assert min(counts) <= 1 + 2 + 2
    assert sum(counts) <= 2000 + 60 * 5


def test_lines_of_the_driver_come_first_and_are_numbered_over_its_objects(long_page: str) -> None:
    _, shown = searched(long_page, "R")
    assert [each[:2] for each in hits(shown)] == [
        ("flights-driver", "1"),
        ("flights-driver", "2"),
        ("aaa-exec-1", "1"),
        ("bbb-exec-2", "3"),
        ("bbb-exec-2", "4"),
    ]
    assert hits(shown)[1][2] == "driver 1\n*driver 2*"


def test_nothing_found_is_said_with_how_much_was_read(long_page: str) -> None:
    _, shown = searched(long_page, "OutOfMemoryError")
    assert hits(shown) == []
    assert re.search(r"0 lines have “OutOfMemoryError”</strong> in [1-9]\d* bytes of 3 pods", shown)


def test_of_many_hits_all_are_counted_and_the_first_are_shown(page: str, store: Gateway) -> None:
    put(store, f"{RUN}/ccc-exec-3/{EXECUTOR}", "lost a block\n" * 2500)
    _, shown = searched(page, "lost a block")
    assert "2500 lines have" in shown
    assert len(hits(shown)) == 100
    assert "The first 100 are shown" in shown


def test_a_long_line_is_cut_to_where_the_text_is(page: str, store: Gateway) -> None:
    put(store, f"{RUN}/ccc-exec-3/{EXECUTOR}", f"{'a' * 150_000} needle {'b' * 150_000}\nnext needle\n")
    _, shown = searched(page, "needle")
    long, short = hits(shown)
    assert (long[1], short[1]) == ("1", "2"), "pieces of a line are no lines"
    assert " needle " in long[2]
    assert len(long[2].splitlines()[0]) < 1000


def test_what_is_beyond_the_bound_is_named_as_not_searched(page: str, store: Gateway) -> None:
    many = "x" * 1023 + "\n"
    for number in range(5):
        at = f"20261124T10000{number}.000000000Z"
        put(store, f"{RUN}/ccc-exec-3/{EXECUTOR}", many * 60_000, at=at)
    put(store, f"{RUN}/ddd-exec-4/{EXECUTOR}", "needle\n")
    status, shown = searched(page, "needle")
    assert status == 200
    assert "0 lines have" in shown
    assert re.search(r"Not all was searched: it has (read as much as one search may|taken 20s)\.", shown)
    assert "The rest of ccc-exec-3 was not read, nor anything of ddd-exec-4." in shown
    assert "All that is stored of this run was searched" not in shown


def test_an_object_that_can_not_be_read_is_said_so_and_the_rest_is_searched(
    page: str, store: Gateway
) -> None:
    key = f"logs/{RUN}/aaa-exec-0/{EXECUTOR}/20261124T100000.000000000Z-0a1b2c3d.log.gz"
    store.client("admin").put_object(Bucket=BUCKETS.events, Key=key, Body=b"no gzip at all")
    _, shown = searched(page, "driver")
    assert len(hits(shown)) == 2
    assert "objects of aaa-exec-0 could not be read" in shown
    assert "All that is stored" not in shown


def test_a_text_that_is_too_long_is_refused(page: str) -> None:
    assert searched(page, "x" * 200)[0] == 200
    status, said = searched(page, "x" * 201)
    assert (status, said.strip()) == (400, "What is searched for has 201 bytes; write 200 or fewer.")


def test_a_run_of_another_team_is_searched_by_nobody_else(store: Gateway, tmp_path: Path) -> None:
    put(store, f"{RUN}/flights-driver/{DRIVER}", "a secret of data's\n")

    def asked(address: str, user: str) -> tuple[int, str]:
        named = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
        question = urllib.request.Request(f"{address}/{RUN}/?text=secret")  # noqa: S310 - loopback
        question.add_header("Authorization", f"Basic {named}")
        try:
            with urllib.request.urlopen(question, timeout=20) as answer:  # noqa: S310 - loopback
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    with pages(store, viewers=VIEWERS) as address:
        status, shown = asked(address, "ann")
        assert (status, len(hits(shown))) == (200, 1)
        assert f'action="/logs/{RUN}/"' in shown, "the form goes where browsers see the page"
        # As what is not there: nothing tells the two apart.
        assert asked(address, "bob") == (404, "404 page not found\n")
        assert searched(address, "secret")[0] == 401, "past the login"
