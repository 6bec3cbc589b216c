"""Writes `instances.yaml` again from three public files: prices, sizes and spot savings of EC2.

None of the three needs an account. They are read from disk: this module downloads nothing.
    spark-on-eks refresh-prices --prices zz_generated.pricing_aws.go --sizes instance-types.md \
        --spot spot-advisor-data.json --spot-date 2025-07-28
The first two are files of github.com/aws/karpenter-provider-aws (pkg/providers/pricing and
website/content/en/docs/reference); the third is the file behind AWS's Spot Instance Advisor page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

INSTANCES: Final = Path(__file__).with_name("instances.yaml")

REGION: Final = "us-east-1"
"""The only region that the price file covers."""

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
    """What a node of one type holds: all of it, and what Kubernetes leaves to pods."""

    vcpu: int
    memory_mib: int
    pod_millicores: int
    pod_memory_mib: int
    local_disk: bool


def on_demand(text: str) -> tuple[date, dict[str, Decimal]]:
    """Read Karpenter's price table: when it was generated, and USD per hour by instance type."""
    made = _GENERATED.search(text)
    if not made:
        raise ValueError(
            "the price file does not say when it was generated; is it zz_generated.pricing_aws.go?"
        )
    prices = {row["type"]: Decimal(row["usd"]).normalize() for row in _PRICE.finditer(text)}
    return date.fromisoformat(made["date"]), prices


def sizes(text: str) -> dict[str, Size]:
    """Read Karpenter's reference page of instance types; memory in MiB, CPU for pods in thousandths."""
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


def document(prices: str, page: str, advisor: Mapping[str, Any], spot_date: date) -> str:
    """The text of `instances.yaml`.

    Args:
        prices: Karpenter's price table, as text.
        page: Karpenter's reference page of instance types, as text.
        advisor: the Spot Instance Advisor's data.
        spot_date: the day that data is of.
    """
    priced_on, priced = on_demand(prices)
    sized = sizes(page)
    savings = advisor["spot_advisor"][REGION]["Linux"]
    types = sorted(
        (name for name in priced if name in sized and WANTED.fullmatch(name)),
        key=lambda name: (name.split(".")[0], sized[name].vcpu),
    )
    lines = [
        "# By `spark-on-eks refresh-prices`: do not edit. Prices in USD per hour, savings in percent.",
        "instances:",
        *(f"  {name}: {_facts(name, sized[name], advisor)}" for name in types),
        "prices:",
        *(_line(f"ec2/{name}", str(priced[name]), "hour", priced_on, "karpenter") for name in types),
        "spot:",
        *(
            _line(f"spot/{name}", str(savings[name]["s"]), "percent", spot_date, "spot-advisor")
            for name in types
            if name in savings
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


def _line(item: str, value: str, unit: str, day: date, source: str) -> str:
    return (
        f'  - {{item: {item}, usd: "{value}", unit: {unit}, region: {REGION}, date: {day}, source: {source}}}'
        if unit != "percent"
        else f"  - {{item: {item}, percent: {value}, region: {REGION}, date: {day}, source: {source}}}"
    )


def write(*, prices: Path, sizes_page: Path, spot: Path, spot_date: date) -> Path:
    """Read the three files and write `instances.yaml` beside this module.

    Args:
        prices: Karpenter's table of prices.
        sizes_page: Karpenter's page of instance types.
        spot: the data of AWS's Spot Instance Advisor.
        spot_date: day on which that was read; it names none itself.

    Returns:
        The file that was written.
    """
    text = document(prices.read_text(), sizes_page.read_text(), json.loads(spot.read_text()), spot_date)
    INSTANCES.write_text(text)
    return INSTANCES
