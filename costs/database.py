"""What a database on RDS costs while nothing is asked of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from costs.lines import FixedLine, hourly, known, monthly
from costs.prices import PriceTable


@dataclass(frozen=True, kw_only=True)
class ManagedDatabase:
    """A database on RDS for PostgreSQL.

    Args:
        instance_class: such as db.t4g.small.
        gib: its storage at first, gp3.
        multi_az: True if a second instance follows in another zone.
    """

    instance_class: str
    gib: int
    multi_az: bool


def database_lines(database: ManagedDatabase, table: PriceTable) -> tuple[list[FixedLine], list[str]]:
    """Price a database: lines of what has a price, and in words what the table has none of.

    Args:
        database: the database.
        table: the prices of its region.
    """
    zones = "multi-az" if database.multi_az else "single-az"
    in_zones = "in two zones" if database.multi_az else "in one zone"
    instance = f"database: {database.instance_class}, {in_zones}"
    storage = f"storage of the database: {database.gib} GiB, {in_zones}"
    kept = "secret of the database's master"
    return known(
        (
            (instance, lambda: hourly(instance, 1, f"rds/{database.instance_class}/{zones}", table)),
            (storage, lambda: monthly(storage, database.gib, f"rds/gp3/{zones}", table)),
            (kept, lambda: monthly(kept, 1, "secret/stored", table)),
        )
    )
