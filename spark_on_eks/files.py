"""The commands that write generated files again."""

from __future__ import annotations

import subprocess
import sys

from spark_on_eks.console import console
from workspace.paths import ROOT

CHART = "charts/spark-history-server"


def generated() -> None:
    """Write the generated files again: schema, pages, chart README, dashboards, alerts."""
    from components import versions
    from components.observability import runbook_index
    from components.observability.dashboards import generate
    from components.records import table
    from components.settings import schema
    from components.spark import job_fields

    schema.main()
    generate.main()
    runbook_index.main()
    table.main()
    job_fields.PAGE.write_text(job_fields.documentation(versions.SPARK_OPERATOR))
    # A file of its own, without this project's packages: the chart is usable without them.
    subprocess.run([sys.executable, "charts/values_table.py", CHART], cwd=ROOT, check=True)
    console.print("written; `git diff` shows what changed")


def draw() -> None:
    """Draw which package of components/ imports which, for docs/architecture.md; needs Graphviz."""
    from workspace import drawing

    drawing.main()
    console.print(f"written: {drawing.PICTURE.relative_to(ROOT)}")
