"""The table of rules and faults: it says what is there, and names what no scrape has."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
from rich.console import Console

from components.observability.alerts import prometheus_rule_spec
from tests.observability import world
from tests.observability.evaluation import Story, missing
from tests.observability.expressions import Expression, expressions
from tests.observability.series import SITE
from tests.observability.server import Server
from tests.observability.world import Row

pytestmark = pytest.mark.promtool

Serve = Callable[[Sequence[Row]], Server]

UP = Expression(kind="record", where="up", promql="count(up)")
WRONG = Expression(kind="panel", where="wrong", promql="sum(")
EMPTY = Expression(kind="panel", where="empty", promql="vector(1) > 2")
ELSEWHERE = Expression(kind="panel", where="elsewhere", promql="vector(1) > 2", eks_only=True)


@pytest.fixture(scope="module")
def serve(server: Callable[[], Server], span: tuple[int, int]) -> Serve:
    """Starts a Prometheus over some series."""

    def started(rows: Sequence[Row]) -> Server:
        made = server()
        made.load(rows, start=span[0], end=span[1])
        made.start(prometheus_rule_spec(SITE))
        return made

    return started


@pytest.fixture(scope="module")
def whole(serve: Serve) -> Server:
    """A Prometheus over the whole world."""
    alerting = [row for row in world.everything() if row.name == "ALERTS"]
    return serve([*world.scraped(), *alerting, *world.recorded()])


def test_nothing_is_missing_where_everything_is_scraped(whole: Server, span: tuple[int, int]) -> None:
    assert missing(whole.api, start=span[0], end=span[1]) == {}


def test_a_metric_that_is_not_scraped_is_named(serve: Serve, span: tuple[int, int]) -> None:
    rows = [row for row in world.scraped() if row.name != "kube_pod_created"]
    found = missing(serve(rows).api, start=span[0], end=span[1])
    assert "nowhere" in found["kube_pod_created"]
    assert "kube_pod_start_time" not in found


def test_a_label_that_is_not_scraped_is_named(serve: Serve, span: tuple[int, int]) -> None:
    rows = [
        Row(row.name, tuple(label for label in row.labels if label[0] != "label_spark_role"))
        if row.name == "kube_pod_labels"
        else row
        for row in world.scraped()
    ]
    found = missing(serve(rows).api, start=span[0], end=span[1])
    assert found["kube_pod_labels"] == "without the labels label_spark_role"


def test_a_metric_of_another_job_is_named(serve: Serve, span: tuple[int, int]) -> None:
    rows = [
        Row(
            row.name,
            tuple(("job", "operator") if key == "job" else (key, value) for key, value in row.labels),
        )
        if row.name == "workqueue_depth"
        else row
        for row in world.scraped()
    ]
    found = missing(serve(rows).api, start=span[0], end=span[1])
    assert found["workqueue_depth"].startswith("only as job operator; wanted from spark-operator")


def test_what_gave_nothing_and_what_failed_is_named_and_eks_may_be_silent(whole: Server) -> None:
    story = Story([UP, WRONG, EMPTY, ELSEWHERE])
    story.look(whole.api, "now")
    assert story.errors().keys() == {"wrong"}
    assert story.never(["record", "panel"]).keys() == {"wrong", "empty"}
    assert story.of("up", "now").series == 1


def test_what_was_seen_once_at_a_moment_stays(whole: Server) -> None:
    fading = Expression(kind="panel", where="fading", promql="vector(1)")
    story = Story([fading])
    story.look(whole.api, "now")
    story.expressions = [Expression(kind="panel", where="fading", promql="vector(1) > 2")]
    story.look(whole.api, "now")
    assert story.of("fading", "now").series == 1


def test_the_table_has_a_row_for_every_expression_and_a_column_for_every_moment(whole: Server) -> None:
    story = Story(expressions(SITE))
    story.look(whole.api, "before")
    story.look(whole.api, "after")
    printed = Console(file=io.StringIO(), width=200, record=True)
    printed.print(story.table())
    text = printed.export_text()
    assert "before" in text
    assert "after" in text
    assert story.table().row_count == len(story.expressions)
    assert story.errors() == {}
