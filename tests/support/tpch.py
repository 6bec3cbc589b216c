"""TPC-H at scale 1: its tables, its queries and DuckDB's answers, made once and kept in the cache."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from components.versions import DUCKDB_TPCH, TPCGEN
from workspace import paths

TABLES: Final = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")

PACKAGES: Final = (
    f"tpcgen-cli=={TPCGEN}",
    f"duckdb=={DUCKDB_TPCH}",
    f"duckdb-extension-tpch=={DUCKDB_TPCH}",
)
"""In an environment of their own: the queries are in an extension that the project's DuckDB does not load."""

TOLERANCE: Final = 1e-6
"""Relative. Spark's averages of decimals are decimals of six places, DuckDB's are floating-point numbers."""

_ANSWERS: Final = """
import datetime, decimal, json, pathlib, sys
import duckdb, duckdb_extension_tpch

folder, tables = sys.argv[1], sys.argv[2:]
database = duckdb.connect()
extension = next(pathlib.Path(duckdb_extension_tpch.__file__).parent.rglob("tpch.duckdb_extension"))
database.execute(f"LOAD '{extension}'")
for table in tables:
    database.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{folder}/{table}.parquet')")
answers = []
for number, query in database.execute("SELECT query_nr, query FROM tpch_queries() ORDER BY 1").fetchall():
    rows = database.execute(query).fetchall()
    answers.append({"number": number, "query": query, "rows": rows})
print(json.dumps(answers, default=str))
"""


@dataclass(frozen=True)
class Tpch:
    """What a run needs, and what it has to answer.

    Args:
        tables: folder with a Parquet file of each table.
        answers: of each query its `number`, its text `query`, and DuckDB's `rows`.
    """

    tables: Path
    answers: list[dict[str, Any]]

    @property
    def queries(self) -> str:
        """Number and text of each query, as lines of JSON."""
        return "\n".join(json.dumps({key: each[key] for key in ("number", "query")}) for each in self.answers)


def fetch() -> Tpch:
    """Tables and answers from the cache; makes them first if it has none, with packages of PyPI."""
    target = paths.CACHE / "data" / f"tpch-{TPCGEN}-{DUCKDB_TPCH}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=target.parent) as partial:
                _make(Path(partial))
                shutil.copytree(partial, target)
    return Tpch(target, json.loads((target / "answers.json").read_text()))


def _make(folder: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    environment = [str(uv), "run", "--no-project", *(f"--with={package}" for package in PACKAGES)]
    generate = ["tpcgen-cli", "tpch", "parquet", "--scale-factor=1", f"--output-dir={folder}"]
    subprocess.run([*environment, *generate], check=True)
    answer = ["python", "-c", _ANSWERS, str(folder), *TABLES]
    answered = subprocess.run([*environment, *answer], check=True, capture_output=True, text=True)
    (folder / "answers.json").write_text(answered.stdout)


def differences(expected: list[list[Any]], found: list[list[Any]]) -> list[str]:
    """Rows that differ, in words; numbers are compared within `TOLERANCE`.

    Args:
        expected: DuckDB's rows.
        found: Spark's rows, in the order in which it gave them.
    """
    if len(expected) != len(found):
        return [f"{len(found)} rows instead of {len(expected)}"]
    pairs = zip(expected, found, strict=True)
    return [f"{theirs} instead of {row}" for row, theirs in pairs if not _equal(row, theirs)]


def _equal(row: list[Any], other: list[Any]) -> bool:
    return len(row) == len(other) and all(map(_same, row, other))


def _same(value: Any, other: Any) -> bool:
    if value == other:
        return True
    try:
        left, right = float(value), float(other)
    except (TypeError, ValueError):
        return False
    return abs(left - right) <= TOLERANCE * max(1.0, abs(left))
