"""An output of a job as EMR could have written it, and the faults that a second run could have."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.orc as pa_orc
import pyarrow.parquet as pa_parquet

DAYS = ("2026-01-01", "2026-01-02", "2026-01-03")

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("customer", pa.string()),
        ("net", pa.decimal128(12, 2)),
        ("gross", pa.decimal128(12, 2)),
        ("score", pa.float64()),
        ("born", pa.date32()),
        ("seen", pa.timestamp("us", tz="UTC")),
        ("good", pa.bool_()),
        ("raw", pa.binary()),
        ("tags", pa.list_(pa.string())),
        ("place", pa.struct([("town", pa.string()), ("zip", pa.int32())])),
        ("written_at", pa.timestamp("us", tz="UTC")),
    ]
)

Rows = dict[str, list[dict[str, Any]]]
"""Partition -> rows."""


def rows(at: str = "10:00") -> Rows:
    """Forty rows a day, with nulls, cents, umlauts and empty lists.

    Args:
        at: the hour of the run, which is in a column.
    """
    written = datetime.fromisoformat(f"2026-02-01 {at}").replace(tzinfo=UTC)
    return {
        day: [
            {
                "id": index,
                "customer": None if index % 7 == 0 else f"Zoë {index % 5}",
                "net": Decimal(index * 137) / 100,
                "gross": Decimal(index * 163) / 100,
                "score": None if index % 11 == 0 else index / 7,
                "born": date(1970 + index, 1, 1 + number),
                "seen": datetime(2026, 1, 1, index % 24, 0, 0, index, tzinfo=UTC),
                "good": index % 2 == 0,
                "raw": bytes([index, 255]),
                "tags": [] if index % 3 == 0 else ["a", "b" * (index % 4)],
                "place": {"town": f"Ulm {index}", "zip": None if index % 5 == 0 else index},
                "written_at": written,
            }
            for index in range(40)
        ]
        for number, day in enumerate(DAYS)
    }


def write(
    folder: Path, of: Rows, kind: str = "parquet", *, files: int = 1, marker: bytes | None = b"{}"
) -> Path:
    """Write an output.

    Args:
        folder: where.
        of: its rows.
        kind: parquet, orc, csv or json.
        files: of each partition.
        marker: what is in `_SUCCESS`; None for none.
    """
    for day, content in of.items():
        into = folder / f"day={day}"
        into.mkdir(parents=True)
        for number in range(files):
            part = content[number::files]
            _write(into / f"part-{number:05}.{kind}", pa.Table.from_pylist(part, SCHEMA), kind)
    if marker is not None:
        (folder / "_SUCCESS").write_bytes(marker)
    return folder


def _write(path: Path, table: pa.Table, kind: str) -> None:
    if kind == "parquet":
        pa_parquet.write_table(table, path)
    elif kind == "orc":
        pa_orc.write_table(table.cast(_without_zones()), path)
    elif kind == "csv":
        flat = table.drop_columns(["raw", "tags", "place"])
        pa_csv.write_csv(flat, path)
    else:
        lines = table.drop_columns(["raw"]).cast(_json_schema()).to_pylist()
        path.write_text("".join(f"{_json(line)}\n" for line in lines))


def _without_zones() -> pa.Schema:
    """As Spark writes ORC; its own reader refuses ORC's type of an instant."""
    plain = pa.timestamp("us")
    return pa.schema(
        [pa.field(each.name, plain if pa.types.is_timestamp(each.type) else each.type) for each in SCHEMA]
    )


def _json_schema() -> pa.Schema:
    texts = {"net", "gross", "born", "seen", "written_at"}
    kept = [field for field in SCHEMA if field.name != "raw"]
    return pa.schema([pa.field(each.name, pa.string() if each.name in texts else each.type) for each in kept])


def _json(line: dict[str, Any]) -> str:
    import json

    return json.dumps(line, ensure_ascii=False)


def lose(of: Rows) -> Rows:
    """One row is lost."""
    return {**of, DAYS[1]: of[DAYS[1]][:-1]}


def double(of: Rows) -> Rows:
    """One row is there twice."""
    return {**of, DAYS[1]: [*of[DAYS[1]], of[DAYS[1]][3]]}


def swap(of: Rows) -> Rows:
    """Two columns have each other's values."""
    return {
        day: [{**row, "net": row["gross"], "gross": row["net"]} for row in each] for day, each in of.items()
    }


def change(of: Rows) -> Rows:
    """One amount is a cent more."""
    first, *rest = of[DAYS[2]]
    return {**of, DAYS[2]: [{**first, "net": first["net"] + Decimal("0.01")}, *rest]}


def empty(of: Rows) -> Rows:
    """A partition has a file and no row."""
    return {**of, DAYS[0]: []}


FAULTS = {"lost": lose, "doubled": double, "swapped": swap, "changed": change, "emptied": empty}
