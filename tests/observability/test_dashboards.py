"""The dashboards are complete, as Grafana will read them, and as they are in the repository."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from components.observability.alerts import recorded
from components.observability.dashboard_files import FOLDER, ORDER, dashboard_files
from components.observability.dashboards.generate import rendered
from components.observability.rule_model import OF_TEAM
from tests.observability.expressions import without_variables
from tests.observability.promql import selected
from tests.observability.series import SITE

Board = dict[str, Any]

BOARDS: dict[str, Board] = {name: json.loads(text) for name, text in dashboard_files().items()}
PANELS = [(board, panel) for board in BOARDS.values() for panel in board["panels"] if panel["type"] != "row"]


def _id(value: Any) -> str:
    return str(value.get("title", "")) if isinstance(value, dict) else str(value)


def test_the_files_are_what_the_code_makes() -> None:
    assert dashboard_files() == rendered(), "run `make generated` and commit what it writes"


def test_there_is_no_file_that_the_code_does_not_make() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{uid}.json" for uid in ORDER}


@pytest.mark.parametrize("name", BOARDS)
def test_grafanas_own_types_know_every_key(name: str) -> None:
    """from_json drops what it does not know without a word, so only the way back shows it."""
    again = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(BOARDS[name])))
    assert again == BOARDS[name]


@pytest.mark.parametrize("board", BOARDS.values(), ids=_id)
def test_a_dashboard_can_be_linked_to_and_not_edited(board: Board) -> None:
    assert re.fullmatch(r"spark-[a-z]+", board["uid"])
    assert board["editable"] is False
    assert board["description"].endswith(".")


@pytest.mark.parametrize("board", BOARDS.values(), ids=_id)
def test_panels_have_ids_of_their_own_and_do_not_overlap(board: Board) -> None:
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not taken & cells, f"{panel['title']} lies on another panel"
        assert max(x for x, _ in cells) < 24, f"{panel['title']} is too wide"
        taken |= cells


@pytest.mark.parametrize("board", BOARDS.values(), ids=_id)
def test_every_variable_that_is_used_can_be_chosen(board: Board) -> None:
    chosen = {variable["name"] for variable in board["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(board["panels"])))
    assert used - chosen <= {"labels"}, "Grafana would send the variable's name"
    assert chosen - {"datasource", "team"} <= used, "a choice that changes nothing"


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=_id)
def test_a_panel_says_what_it_shows_and_in_which_unit(board: Board, panel: Board) -> None:
    assert panel["title"]
    assert panel["description"].endswith("."), "a description is a sentence"
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["targets"], "a panel without a query"


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=_id)
def test_a_panel_asks_the_chosen_prometheus(board: Board, panel: Board) -> None:
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=_id)
def test_a_rate_over_time_has_the_window_that_fits_the_zoom(board: Board, panel: Board) -> None:
    if panel["type"] != "timeseries":
        return
    for target in panel["targets"]:
        windows = re.findall(r"(?<!\w)rate\([^\[]*\[([^\]]+)\]", target["expr"])
        # The operator's start latency is too rare for a window of minutes.
        assert set(windows) <= {"$__rate_interval", "30m"}, f"{panel['title']}: {windows}"


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=_id)
def test_several_curves_can_be_told_apart(board: Board, panel: Board) -> None:
    if panel["type"] == "timeseries":
        legends = [target.get("legendFormat") for target in panel["targets"]]
        assert all(legends), "a curve without a name"
        assert len(set(legends)) == len(legends), "two curves of the same name"


OF_NO_TEAM = {
    rule.record
    for group in recorded(SITE)
    for rule in group.recording
    if "team" in rule.gives.split() and f"{OF_TEAM} or on (" in rule.expr
} | {"spark:pods:count", "spark:pod:phase", "spark:pod:failed_reason", "spark:driver:run_seconds"}
"""Recorded series of a namespace that may be no tenant's, as the canary's is."""


@pytest.mark.parametrize("name", ["spark-overview.json", "spark-team.json", "spark-emr.json"])
def test_figures_of_teams_leave_out_the_canary_which_is_no_team(name: str) -> None:
    """All namespaces are `.*`, which has the canary's too."""
    for panel in BOARDS[name]["panels"]:
        for target in panel.get("targets", ()):
            for each in selected(without_variables(target["expr"])):
                assert each.metric not in OF_NO_TEAM or "team" in each.labels, panel["title"]
