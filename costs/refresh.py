"""Writes `instances.yaml` again from five public files: prices of EC2, EMR and RDS, sizes, and spot savings.

None of them needs an account. They are read from disk: this module downloads nothing.
    spark-on-eks refresh-prices --prices zz_generated.pricing_aws.go --sizes instance-types.md \
        --spot spot-advisor-data.json --spot-date 2025-07-28 \
        --regions instances.json --databases rds-instances.json --regions-date 2025-05-28
The first two are files of github.com/aws/karpenter-provider-aws (pkg/providers/pricing and
website/content/en/docs/reference); the third is the file behind AWS's Spot Instance Advisor page, which
github.com/alexei-led/spotinfo keeps; the last two are in the folder data of the Go module
github.com/cristim/ec2-instances-info, see `costs.ec2_data`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from components.aws_plans.database_plan import CLASSES
from costs import ec2_data

INSTANCES: Final = Path(__file__).with_name("instances.yaml")

HOME: Final = "us-east-1"
"""The only region that Karpenter's price file covers; it is the newer one."""

REGIONS: Final = (HOME, "us-west-2", "eu-central-1", "eu-west-1", "ap-southeast-1")
"""Regions that the table has: those of this project's stacks, and four more that people use."""

WANTED: Final = re.compile(
    r"([cmr][5-8](a|d|g|gd|i|id)?|i3|i4g|i4i|i7ie|i8g|t3|t3a|t4g)"
    r"\.(medium|large|([23468]|9|12|16|24)?xlarge)"
)
"""Types worth pricing: what EMR offers, Spark pools and system nodes run on; no bare metal, no giants."""

_PRICE: Final = re.compile(r'"(?P<type>[a-z0-9]+\.[a-z0-9-]+)": (?P<usd>[0-9.]+)')
_GENERATED: Final = re.compile(r"generated at (?P<date>\d{4}-\d{2}-\d{2})")
_ROW: Final = re.compile(r"^ \|(?P<key>[^|]+)\|(?P<value>[^|]+)\|$")


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a node of one type holds: all of it, and what Kubernetes leaves to pods.

    Args:
        vcpu: processors, as AWS counts them.
        memory_mib: its memory, in MiB.
        pod_millicores: what pods can request of its processors, in thousandths.
        pod_memory_mib: the same of its memory, in MiB.
        local_disk: whether it has disks of its own.
    """

    vcpu: int
    memory_mib: int
    pod_millicores: int
    pod_memory_mib: int
    local_disk: bool


def on_demand(text: str) -> tuple[date, dict[str, Decimal]]:
    """Read Karpenter's price table: when it was generated, and USD per hour by instance type.

    Args:
        text: Go, as Karpenter's repository has it in `zz_generated.pricing_aws.go`.

    Raises:
        ValueError: it does not say when it was generated.
    """
    made = _GENERATED.search(text)
    if not made:
        raise ValueError(
            "the price file does not say when it was generated; is it zz_generated.pricing_aws.go?"
        )
    prices = {row["type"]: Decimal(row["usd"]).normalize() for row in _PRICE.finditer(text)}
    return date.fromisoformat(made["date"]), prices


def sizes(text: str) -> dict[str, Size]:
    """Read Karpenter's reference page of instance types; memory in MiB, CPU for pods in thousandths.

    Args:
        text: Markdown, as Karpenter's repository has it in `instance-types.md`.
    """
    return {name: _size(dict(rows)) for name, rows in _sections(text)}


def _sections(text: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for section in text.split("\n### `")[1:]:
        lines = section.splitlines()
        rows = [match for match in map(_ROW.match, lines) if match]
        yield lines[0].rstrip("`"), [(row["key"].rpartition("/")[2], row["value"]) for row in rows]


def _size(rows: Mapping[str, str]) -> Size:
    return Size(
        vcpu=int(rows["instance-cpu"]),
        memory_mib=int(rows["instance-memory"]),
        pod_millicores=int(rows["cpu"].removesuffix("m")),
        pod_memory_mib=int(rows["memory"].removesuffix("Mi")),
        local_disk="instance-local-nvme" in rows,
    )


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What the table is made of.

    Args:
        prices: Karpenter's price table, as text.
        page: Karpenter's reference page of instance types, as text.
        advisor: the Spot Instance Advisor's data.
        spot_date: the day that data is of.
        regions: ec2instances.info's data of EC2.
        databases: the same of RDS.
        regions_date: the day that these two are of.
    """

    prices: str
    page: str
    advisor: Mapping[str, Any]
    spot_date: date
    regions: Sequence[Mapping[str, Any]]
    databases: Sequence[Mapping[str, Any]]
    regions_date: date


def document(given: Inputs) -> str:
    """The text of `instances.yaml`: one line a type, with its price in each region.

    Args:
        given: texts and dates of the public files.
    """
    priced_on, at_home = on_demand(given.prices)
    sized = sizes(given.page)
    types = sorted(
        (name for name in at_home if name in sized and WANTED.fullmatch(name)),
        key=lambda name: (name.split(".")[0], sized[name].vcpu),
    )
    priced = {HOME: at_home} | {
        region: ec2_data.on_demand(given.regions, region) for region in REGIONS if region != HOME
    }
    fees = ec2_data.emr_fees(given.regions, types)
    read = dict.fromkeys(REGIONS, (given.regions_date, "ec2instances"))
    spot_read = dict.fromkeys(REGIONS, (given.spot_date, "spot-advisor"))
    lines = [
        "# By `spark-on-eks refresh-prices`: do not edit. Prices in USD per hour, savings in percent.",
        "instances:",
        *(f"  {name}: {_facts(name, sized[name], given.advisor)}" for name in types),
        "prices:",
        *_read({**read, HOME: (priced_on, "karpenter")}),
        "  usd:",
        *(_row(name, {r: f'"{priced[r][name]}"' for r in REGIONS if name in priced[r]}) for name in types),
        "emr:",
        f"  read: {{date: {given.regions_date}, source: ec2instances}}",
        f"  regions: [{', '.join(fees.regions)}]",
        "  usd:",
        *(f'    {name}: "{fees.usd[name]}"' for name in types if name in fees.usd),
        "spot:",
        *_read(spot_read),
        "  percent:",
        *(_row(name, savings) for name in types if (savings := _savings(name, given.advisor))),
        "databases:",
        *_read(read),
        "  usd:",
        *(
            _row(name, {region: f'"{usd}"' for region, usd in amounts.items()})
            for name, amounts in ec2_data.databases(given.databases, CLASSES, REGIONS).items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _facts(name: str, size: Size, advisor: Mapping[str, Any]) -> str:
    known = advisor["instance_types"].get(name, {})
    return (
        f"{{vcpu: {size.vcpu}, memoryMiB: {size.memory_mib}, podMillicores: {size.pod_millicores}, "
        f"podMemoryMiB: {size.pod_memory_mib}, localDisk: {str(size.local_disk).lower()}, "
        f"emr: {str(bool(known.get('emr', False))).lower()}}}"
    )


def _savings(name: str, advisor: Mapping[str, Any]) -> dict[str, str]:
    """What spot saves, by region, in percent of the on-demand price."""
    known = advisor["spot_advisor"]
    return {
        region: str(known[region]["Linux"][name]["s"])
        for region in REGIONS
        if name in known.get(region, {}).get("Linux", {})
    }


def _read(read: Mapping[str, tuple[date, str]]) -> list[str]:
    """Of which day a block's prices of each region are, and where they are from."""
    rows = (f"    {region}: {{date: {day}, source: {source}}}" for region, (day, source) in read.items())
    return ["  read:", *rows]


def _row(name: str, by_region: Mapping[str, str]) -> str:
    return f"    {name}: {{{', '.join(f'{region}: {value}' for region, value in by_region.items())}}}"


def write(
    *,
    prices: Path,
    sizes_page: Path,
    spot: Path,
    spot_date: date,
    regions: Path,
    databases: Path,
    regions_date: date,
) -> Path:
    """Read the five files and write `instances.yaml` beside this module.

    Args:
        prices: Karpenter's table of prices.
        sizes_page: Karpenter's page of instance types.
        spot: the data of AWS's Spot Instance Advisor.
        spot_date: day on which that was read; it names none itself.
        regions: ec2instances.info's data of EC2.
        databases: the same of RDS.
        regions_date: day of these two, that of the Go module's version.

    Returns:
        The file that was written.
    """
    INSTANCES.write_text(
        document(
            Inputs(
                prices=prices.read_text(),
                page=sizes_page.read_text(),
                advisor=json.loads(spot.read_text()),
                spot_date=spot_date,
                regions=json.loads(regions.read_text()),
                databases=json.loads(databases.read_text()),
                regions_date=regions_date,
            )
        )
    )
    return INSTANCES
