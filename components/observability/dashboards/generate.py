"""Writes the dashboards as JSON: `make generated`.

The JSON is committed, so that a deployment needs no SDK and a review shows what a change does to Grafana.
"""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from components.observability.dashboard_files import FOLDER
from components.observability.dashboards.emr import emr
from components.observability.dashboards.history import history
from components.observability.dashboards.jobs import jobs
from components.observability.dashboards.nodes import nodes
from components.observability.dashboards.operator import operator
from components.observability.dashboards.overview import overview
from components.observability.dashboards.run import run
from components.observability.dashboards.team import team

ALL: Final = (overview, team, run, operator, jobs, history, nodes, emr)
"""Every dashboard, in the order in which people find them."""


def rendered() -> dict[str, str]:
    """File name -> text of every dashboard."""
    return {f"{board.uid}.json": _text(board) for board in (make() for make in ALL)}


def _text(board: models.Dashboard) -> str:
    return JSONEncoder(sort_keys=True, indent=1).encode(board) + "\n"


def main() -> None:
    """Write all files, and remove those of dashboards that are gone."""
    texts = rendered()
    FOLDER.mkdir(exist_ok=True)
    for old in set(FOLDER.glob("*.json")) - {FOLDER / name for name in texts}:
        old.unlink()
    for name, text in texts.items():
        (FOLDER / name).write_text(text)
