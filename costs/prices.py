"""The price table: what each thing costs in a region, where that number is from, and how old it is.

Pure but for `load` and `regions`, which read the two files beside it. A thing without a line has no price:
asking for it raises `UnknownPriceError`, and nothing here guesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).parent
"""Where the table's two files are."""

STALE_DAYS: Final = 180
"""Age in days from which the report warns: on-demand prices change rarely, spot and EMR prices do."""

DAEMON_MILLICORES: Final = 180
"""CPU that every node's own pods ask for: aws-node 25m and its policy agent 25m, kube-proxy 100m, and three
containers of the EBS driver at 10m (the add-ons' own manifests)."""

DAEMON_MEMORY_MIB: Final = 120
"""Memory that they ask for: three containers of the EBS driver at 40 MiB; the others ask for none."""

FEE_REGION: Final = "us-east-1"
"""Whose on-demand price EMR's fee is a quarter of, wherever the cluster runs."""

FEE_SHARE: Final = "emr/fee-share"
"""The line that says so."""

_LONG_KINDS: Final = ("ec2/", "spot/", "emr/")
"""Kinds of which the table has hundreds: no error lists them."""


class UnknownPriceError(LookupError):
    """The table has no line for what was asked.

    Args:
        item: what was asked for.
        region: the region that it was asked for in.
        newest: date of the newest line, so that the reader sees what table that is.
        known: what the table does have of that kind.
    """

    def __init__(self, item: str, region: str, newest: date, known: Iterable[str] = ()) -> None:
        near = ", ".join(known)
        super().__init__(
            f"no price of {item} in {region}: the table of {newest} has none"
            + (f"; it has {near}" if near else "")
            + ". Add a line to costs/prices.yaml with its source, or run `spark-on-eks refresh-prices`"
        )
        self.item = item


@dataclass(frozen=True, kw_only=True)
class Price:
    """One line of the table.

    Args:
        item: what is paid for, as `kind/name`.
        amount: USD per unit; of a spot line, the saving in percent of the on-demand price.
        unit: what the amount is for.
        region: AWS region that it holds in.
        date: the day it was read or generated.
        source: where it is from, in words.
        unverified: what about it is inferred; empty if nothing.
    """

    item: str
    amount: Decimal
    unit: str
    region: str
    date: date
    source: str
    unverified: str = ""


@dataclass(frozen=True, kw_only=True)
class Instance:
    """An instance type: its size, and what Kubernetes leaves of it to pods.

    Args:
        name: such as m7g.4xlarge.
        vcpu: virtual CPUs.
        memory_mib: memory in MiB.
        pod_millicores: CPU for pods in thousandths, after what kubelet and system keep.
        pod_memory_mib: memory for pods in MiB, likewise.
        local_disk: True if it has its own NVMe disk.
        emr: True if EMR on EC2 offers it.
    """

    name: str
    vcpu: int
    memory_mib: int
    pod_millicores: int
    pod_memory_mib: int
    local_disk: bool
    emr: bool

    @property
    def generation(self) -> int:
        """The number in its family's name: 5 of m5.xlarge, 7 of i7ie.large."""
        family = self.name.partition(".")[0]
        return int("".join(letter for letter in family if letter.isdigit())[:1])

    @property
    def architecture(self) -> str:
        """arm64 for Graviton, whose families have a g after the generation; amd64 for all others."""
        family = self.name.partition(".")[0]
        return "arm64" if "g" in family[2:] else "amd64"

    @property
    def free_millicores(self) -> int:
        """CPU for pods that are not the node's own, in thousandths."""
        return self.pod_millicores - DAEMON_MILLICORES

    @property
    def free_memory_mib(self) -> int:
        """Memory for pods that are not the node's own, in MiB."""
        return self.pod_memory_mib - DAEMON_MEMORY_MIB

    @property
    def size(self) -> str:
        """The part after the dot: xlarge, 4xlarge."""
        return self.name.partition(".")[2]


@dataclass(frozen=True, kw_only=True)
class PriceTable:
    """All lines of one region, by item.

    Args:
        region: AWS region.
        lines: its lines by item.
        instances: instance types by name.
    """

    region: str
    lines: Mapping[str, Price]
    instances: Mapping[str, Instance] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def newest(self) -> date:
        """Date of the newest line."""
        return max(line.date for line in self.lines.values())

    def line(self, item: str) -> Price:
        """Look up the line of an item.

        Args:
            item: name, such as "ec2/m7g.large".

        Raises:
            UnknownPriceError: there is none; the message names its like.
        """
        if item not in self.lines:
            kind = item.partition("/")[0] + "/"
            near = [] if kind in _LONG_KINDS else sorted(each for each in self.lines if each.startswith(kind))
            raise UnknownPriceError(item, self.region, self.newest, near)
        return self.lines[item]

    def amount(self, item: str) -> Decimal:
        """Look up the USD per unit of an item.

        Args:
            item: name, such as "ec2/m7g.large".

        Raises:
            UnknownPriceError: the table has no price of it.
        """
        return self.line(item).amount

    def instance(self, name: str) -> Instance:
        """Look up the size of an instance type.

        Args:
            name: such as "m7g.large".

        Raises:
            UnknownPriceError: the table does not have it; the message names its sisters that the table has.
        """
        if name not in self.instances:
            family = name.partition(".")[0] + "."
            near = [known for known in self.instances if known.startswith(family)]
            raise UnknownPriceError(f"ec2/{name}", self.region, self.newest, near)
        return self.instances[name]

    def on_demand(self, name: str) -> Decimal:
        """USD per hour of an instance type, Linux, on demand.

        Args:
            name: such as "m7g.large".

        Raises:
            UnknownPriceError: the table has no price of it.
        """
        self.instance(name)
        return self.amount(f"ec2/{name}")

    def spot_discount(self, name: str) -> Decimal:
        """Part of the on-demand price that spot saves on average (0.54).

        Args:
            name: such as "m7g.large".

        Raises:
            UnknownPriceError: the table does not say.
        """
        self.instance(name)
        return self.amount(f"spot/{name}") / 100

    def hourly(self, name: str, *, spot: bool) -> Decimal:
        """USD per hour of an instance type, on demand or on spot.

        Args:
            name: such as "m7g.large".
            spot: True for the average price on spot.

        Raises:
            UnknownPriceError: the table has no price of it.
        """
        price = self.on_demand(name)
        return price * (1 - self.spot_discount(name)) if spot else price

    @property
    def priced(self) -> frozenset[str]:
        """Instance types that have an on-demand price in this region."""
        return frozenset(name for name in self.instances if f"ec2/{name}" in self.lines)

    def emr_fee(self, name: str) -> Decimal:
        """EMR's own fee in USD per hour and node: the same on spot and on demand, and in every region.

        Raises `UnknownPriceError` for a type that EMR on EC2 doesn't offer.

        Args:
            name: such as "m7g.xlarge".
        """
        if not self.instance(name).emr:
            raise UnknownPriceError(
                f"emr/{name} (EMR on EC2 does not offer this type)", self.region, self.newest
            )
        return self.amount(f"emr/{name}")


def load(region: str, *, folder: Path = FOLDER) -> PriceTable:
    """Read the table of one region.

    Args:
        region: such as "eu-west-1".
        folder: where `prices.yaml` and `instances.yaml` are.

    Raises:
        UnknownPriceError: there is no line for that region at all.
        ValueError: a line lacks something; all such lines are named at once.
    """
    services = _read(folder / "prices.yaml")
    machines = _read(folder / "instances.yaml")
    sources: Mapping[str, str] = services["sources"]
    problems = [problem for row in services["prices"] for problem in _problems(row, sources)]
    if problems:
        raise ValueError("the price table has errors:\n  " + "\n  ".join(problems))
    rows = [row for row in services["prices"] if row["region"] == region]
    if not rows:
        newest = max(row["date"] for row in services["prices"])
        raise UnknownPriceError(
            "anything", region, newest, sorted({row["region"] for row in services["prices"]})
        )
    # What was read by hand comes last: it stands before what is derived of the same thing.
    lines = {
        row["item"]: _price(row, sources)
        for row in (
            *_machine_rows(machines, region),
            *_fee_rows(machines, region, share=next(r for r in services["prices"] if r["item"] == FEE_SHARE)),
            *_database_rows(machines["databases"], region),
            *rows,
        )
    }
    instances = {name: _instance(name, facts) for name, facts in machines["instances"].items()}
    return PriceTable(region=region, lines=MappingProxyType(lines), instances=MappingProxyType(instances))


def _machine_rows(machines: Mapping[str, Any], region: str) -> Iterator[dict[str, Any]]:
    """Rows of EC2 in one region: on-demand prices, and what spot saves of them."""
    prices, spot = machines["prices"], machines["spot"]
    for name, amounts in prices["usd"].items():
        if region in amounts:
            yield {"item": f"ec2/{name}", "usd": amounts[region], "unit": "hour", **_of(prices, region)}
    for name, percents in spot["percent"].items():
        if region in percents and region in prices["usd"][name]:
            yield {"item": f"spot/{name}", "percent": percents[region], **_of(spot, region)}


def _fee_rows(
    machines: Mapping[str, Any], region: str, *, share: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Rows of EMR's fees: as they were read; of a type that the source lacks, by the share."""
    fees, prices = machines["emr"], machines["prices"]["usd"]
    elsewhere = f"the source has none for {region}; it is the same in all {len(fees['regions'])} that it has"
    marked = {} if region in fees["regions"] else {"unverified": elsewhere}
    for name in (name for name, facts in machines["instances"].items() if facts["emr"]):
        row = {"item": f"emr/{name}", "unit": "hour", "region": region}
        if name in fees["usd"]:
            yield {**row, "usd": fees["usd"][name], **fees["read"], **marked}
        elif FEE_REGION in prices[name]:
            yield {
                **row,
                "usd": Decimal(prices[name][FEE_REGION]) * Decimal(share["usd"]),
                **{key: share[key] for key in ("date", "source")},
                "unverified": f"a quarter of the type's price in {FEE_REGION}: the source of fees has none",
            }


def _database_rows(databases: Mapping[str, Any], region: str) -> Iterator[dict[str, Any]]:
    """Rows of RDS for PostgreSQL in one region; with a second instance it costs twice as much."""
    for name, amounts in databases["usd"].items():
        if region not in amounts:
            continue
        row = {"unit": "hour", **_of(databases, region)}
        yield {"item": f"rds/{name}/single-az", "usd": amounts[region], **row}
        yield {
            "item": f"rds/{name}/multi-az",
            "usd": 2 * Decimal(amounts[region]),
            **row,
            "unverified": "twice the price in one zone; where both were read they differ by 0.001 from that",
        }


def _of(block: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Where a block's prices of a region are from, and of which day."""
    return {"region": region, **block["read"][region]}


def regions(*, folder: Path = FOLDER) -> frozenset[str]:
    """The regions that the table has prices of.

    Args:
        folder: where `prices.yaml` is.
    """
    return frozenset(row["region"] for row in _read(folder / "prices.yaml")["prices"])


def stale(lines: Iterable[Price], today: date) -> list[Price]:
    """The lines that are older than `STALE_DAYS`, oldest first.

    Args:
        lines: of the table.
        today: the day that their age is counted to.
    """
    old = [line for line in lines if (today - line.date).days > STALE_DAYS]
    return sorted(old, key=lambda line: (line.date, line.item))


def _read(path: Path) -> Mapping[str, Any]:
    # The C loader: the file has more than a thousand lines, and the pure one takes seconds for them.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: Mapping[str, Any] = yaml.load(path.read_text(), Loader=loader)  # noqa: S506
    return document


def _problems(row: Mapping[str, Any], sources: Mapping[str, str]) -> list[str]:
    name = row.get("item", row)
    found = [f"{name}: no {key}" for key in ("item", "region", "date", "source") if key not in row]
    if ("usd" in row) == ("percent" in row):
        found.append(f"{name}: either usd or percent, not both or none")
    if "usd" in row and "unit" not in row:
        found.append(f"{name}: no unit")
    if row.get("source") not in sources:
        found.append(f"{name}: source {row.get('source')} is not described under sources")
    return found


def _price(row: Mapping[str, Any], sources: Mapping[str, str]) -> Price:
    return Price(
        item=row["item"],
        amount=Decimal(str(row["usd"] if "usd" in row else row["percent"])),
        unit=row.get("unit", "percent of on-demand saved"),
        region=row["region"],
        date=row["date"],
        source=sources[row["source"]].strip(),
        unverified=row.get("unverified", ""),
    )


def _instance(name: str, facts: Mapping[str, Any]) -> Instance:
    return Instance(
        name=name,
        vcpu=facts["vcpu"],
        memory_mib=facts["memoryMiB"],
        pod_millicores=facts["podMillicores"],
        pod_memory_mib=facts["podMemoryMiB"],
        local_disk=facts["localDisk"],
        emr=facts["emr"],
    )
