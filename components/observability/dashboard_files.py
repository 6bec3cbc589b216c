"""The dashboards as they are deployed: the committed JSON, read without any SDK. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).with_name("dashboards") / "generated"
"""What `make generated` writes from the modules beside it."""

ORDER: Final = (
    "spark-overview",
    "spark-team",
    "spark-run",
    "spark-operator",
    "spark-jobs",
    "spark-history",
    "spark-nodes",
    "spark-emr",
)
"""The dashboards' uids, in the order in which people look at them."""


def dashboard_files() -> dict[str, str]:
    """File name -> JSON of every dashboard, in order."""
    return {f"{uid}.json": (FOLDER / f"{uid}.json").read_text() for uid in ORDER}
