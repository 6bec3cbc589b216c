"""What Spark says of outputs, asked once for many of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emr.shadow import bundle
from tests.support.distributions import Distribution


def ask(
    distribution: Distribution, work: Path, tables: Mapping[str, Path], pairs: Mapping[str, Sequence[object]]
) -> dict[str, Any]:
    """Run `in_spark.py` in a session whose zone is not this machine's.

    Args:
        distribution: Spark.
        work: where the session works, and keeps its answers.
        tables: name -> output whose figures are wanted.
        pairs: name -> arguments of the job.
    """
    kit = bundle.write(work / "kit.zip")
    asked = {
        "tables": {name: str(place) for name, place in tables.items()},
        "pairs": {name: list(map(str, arguments)) for name, arguments in pairs.items()},
    }
    (work / "asked.json").write_text(json.dumps(asked))
    done = subprocess.run(
        [
            *(str(distribution.home / "bin" / "spark-submit"), "--master", "local[2]"),
            *("--conf", "spark.ui.enabled=false", "--conf", f"spark.local.dir={work}"),
            *("--conf", f"spark.sql.warehouse.dir={work}", "--conf", "spark.sql.shuffle.partitions=2"),
            *("--conf", "spark.sql.session.timeZone=America/New_York"),
            *(str(Path(__file__).with_name("in_spark.py")), str(kit), str(work / "asked.json")),
        ],
        env=distribution.brief,
        cwd=work,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads((work / "answers.json").read_text()))
