"""Reads the data behind ec2instances.info: prices of every region, of EC2, of EMR and of RDS. Pure.

The Go module github.com/cristim/ec2-instances-info embeds it (data/instances.json, data/rds-instances.json),
so `go mod download` brings it; this module is handed the parsed files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

ENGINE: Final = "PostgreSQL"
"""The engine whose prices are taken: the one that a stack's database has."""

_OTHER_PARTITIONS: Final = ("us-gov-", "cn-")
"""Regions with price lists of their own."""


@dataclass(frozen=True, kw_only=True)
class Fees:
    """EMR's fees.

    Args:
        usd: USD an hour by instance type.
        regions: the regions that have them, which agree on each.
    """

    usd: Mapping[str, Decimal]
    regions: tuple[str, ...]


def on_demand(data: Sequence[Mapping[str, Any]], region: str) -> dict[str, Decimal]:
    """USD an hour by instance type in one region, Linux, on demand.

    Args:
        data: instance types, as ec2instances.info's `instances.json` lists them.
        region: such as "eu-west-1"; types that it does not have are left out.
    """
    found = {}
    for each in data:
        linux = each["pricing"].get(region, {}).get("linux", {})
        if linux.get("ondemand"):
            found[each["instance_type"]] = _usd(linux["ondemand"])
    return found


def emr_fees(data: Sequence[Mapping[str, Any]], types: Iterable[str]) -> Fees:
    """EMR's fees of some types.

    Args:
        data: instance types, as ec2instances.info's `instances.json` lists them.
        types: names of those that are wanted; one without a fee is left out.

    Raises:
        ValueError: two regions differ about a type: the table has one fee for all of them.
    """
    wanted, usd, regions = set(types), dict[str, Decimal](), set[str]()
    for each in data:
        name = each["instance_type"]
        if name not in wanted:
            continue
        fees = {
            region: _usd(prices["emr"]["emr"])
            for region, prices in each["pricing"].items()
            if prices.get("emr", {}).get("emr") and not region.startswith(_OTHER_PARTITIONS)
        }
        if len(set(fees.values())) > 1:
            raise ValueError(
                f"EMR's fee for {name} differs between regions: {fees}; the table has one for all of them"
            )
        regions |= fees.keys()
        if fees:
            usd[name] = next(iter(fees.values()))
    return Fees(usd=usd, regions=tuple(sorted(regions)))


def databases(
    data: Sequence[Mapping[str, Any]], classes: Sequence[str], regions: Sequence[str]
) -> dict[str, dict[str, Decimal]]:
    """USD an hour by class and region, RDS for PostgreSQL in one zone.

    Args:
        data: classes, as ec2instances.info's `rds-instances.json` lists them.
        classes: names of those that are wanted, such as "db.t4g.micro".
        regions: those that are wanted; one without a price is left out.
    """
    known = {each["instance_type"]: each["pricing"] for each in data}
    return {
        name: {
            region: _usd(known[name][region][ENGINE]["ondemand"])
            for region in regions
            if known[name].get(region, {}).get(ENGINE, {}).get("ondemand")
        }
        for name in classes
        if name in known
    }


def _usd(value: object) -> Decimal:
    return Decimal(str(value)).normalize()
