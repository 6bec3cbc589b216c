"""What a database on RDS costs while nothing is asked of it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from costs.lines import FixedLine, hourly, monthly
from costs.prices import PriceTable, UnknownPriceError


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
    priced: list[FixedLine] = []
    unknown: list[str] = []
    parts: tuple[tuple[str, str, Callable[[str, str], FixedLine]], ...] = (
        (
            f"database: {database.instance_class}, {in_zones}",
            f"rds/{database.instance_class}/{zones}",
            lambda what, item: hourly(what, 1, item, table),
        ),
        (
            f"storage of the database: {database.gib} GiB, {in_zones}",
            f"rds/gp3/{zones}",
            lambda what, item: monthly(what, database.gib, item, table),
        ),
        (
            "secret of the database's master",
            "secret/stored",
            lambda what, item: monthly(what, 1, item, table),
        ),
    )
    for what, item, price in parts:
        try:
            priced.append(price(what, item))
        except UnknownPriceError:
            unknown.append(what)
    return priced, unknown
