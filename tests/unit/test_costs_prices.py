"""The price table: complete lines, no guesses, and an age."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from components.aws_plans.database_plan import CLASSES
from costs import ec2_data, refresh
from costs.prices import FOLDER, STALE_DAYS, PriceTable, UnknownPriceError, load, regions, stale
from spark_on_eks.main import main

OWN = "eu-central-1"
"""Where the project's stacks are."""

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "aws.md").read_text()
"""What people read of costs."""

table_of = cache(load)


@pytest.fixture(scope="module")
def table() -> PriceTable:
    return table_of("us-east-1")


@pytest.mark.parametrize(
    ("name", "usd"),
    [
        ("m5.xlarge", "0.192"),
        ("m5.2xlarge", "0.384"),
        ("m5.4xlarge", "0.768"),
        ("m5.12xlarge", "2.304"),
        ("m5.24xlarge", "4.608"),
        ("m7g.4xlarge", "0.6528"),
        ("m8g.4xlarge", "0.71808"),
        ("r5.4xlarge", "1.008"),
        ("r7g.4xlarge", "0.8568"),
        ("r8g.4xlarge", "0.94256"),
        ("r8gd.12xlarge", "3.52704"),
        ("c7g.4xlarge", "0.58"),
        ("i4i.4xlarge", "1.373"),
    ],
)
def test_an_on_demand_price_is_the_one_that_was_read_by_hand(table: PriceTable, name: str, usd: str) -> None:
    assert table.on_demand(name) == Decimal(usd), f"{name} in us-east-1 on 2026-07-20"


@pytest.mark.parametrize(
    ("name", "percent"),
    [("m5.xlarge", 66), ("m5.2xlarge", 54), ("m5.4xlarge", 58), ("m5.12xlarge", 69), ("r5.4xlarge", 65)],
)
def test_a_spot_saving_is_the_one_that_was_read_by_hand(table: PriceTable, name: str, percent: int) -> None:
    assert table.spot_discount(name) == Decimal(percent) / 100, f"{name}, average of 30 days to 2025-07-28"


@pytest.mark.parametrize(
    ("name", "fee"), [("m5.xlarge", "0.048"), ("r7g.8xlarge", "0.4284"), ("r8gd.xlarge", "0.07348")]
)
def test_emrs_fee_is_a_quarter_of_on_demand_for_the_types_whose_fee_is_known(
    table: PriceTable, name: str, fee: str
) -> None:
    assert table.emr_fee(name) == Decimal(fee), "constants of AWS's own EMR advisor"


@pytest.mark.parametrize(
    ("name", "usd"),
    [
        # Read by hand, in EU (Frankfurt): in two reports of September 2026 on what a cluster there costs.
        (f"{OWN} ec2/m7g.large", "0.0978"),
        (f"{OWN} ec2/r7g.large", "0.1292"),
        (f"{OWN} ec2/c7g.large", "0.0825"),
        (f"{OWN} ec2/t3.large", "0.0960"),
        (f"{OWN} ec2/m7g.4xlarge", "0.7821"),
        (f"{OWN} nat/gateway", "0.052"),
        (f"{OWN} endpoint/interface", "0.012"),
        (f"{OWN} ebs/gp3", "0.0952"),
        (f"{OWN} s3/put", "0.0054"),
        (f"{OWN} rds/db.t4g.small/single-az", "0.037"),
        (f"{OWN} rds/db.t4g.small/multi-az", "0.074"),
        # Ireland: a plan of 2026-09-14 with the SKUs.
        ("eu-west-1 ec2/m7g.large", "0.091"),
        ("eu-west-1 ec2/c7g.large", "0.0775"),
        ("eu-west-1 rds/db.t4g.micro/single-az", "0.017"),
        ("eu-west-1 nat/gateway", "0.048"),
        # Singapore: a bill of May 2025, and the price list of 2026-10-04.
        ("ap-southeast-1 ec2/c5.xlarge", "0.196"),
        ("ap-southeast-1 ec2/t3.medium", "0.0528"),
        ("ap-southeast-1 nat/gateway", "0.059"),
        ("ap-southeast-1 logs/ingested", "0.70"),
        # Oregon: the price list of 2026-09-18, with the rate codes.
        ("us-west-2 ec2/t3.medium", "0.0416"),
        ("us-west-2 ebs/gp3-throughput", "0.04"),
        ("us-west-2 rds/db.t4g.micro/single-az", "0.016"),
    ],
)
def test_a_price_of_another_region_is_the_one_that_was_read_by_hand(name: str, usd: str) -> None:
    region, item = name.split()
    assert table_of(region).amount(item) == Decimal(usd)


@pytest.mark.parametrize(
    ("name", "fee"),
    [("m5.24xlarge", "0.27"), ("r5d.4xlarge", "0.27"), ("i4i.4xlarge", "0.34325"), ("m6g.16xlarge", "0.616")],
)
def test_emrs_fee_is_as_it_was_read_and_capped_for_old_types_alone(
    table: PriceTable, name: str, fee: str
) -> None:
    assert table.emr_fee(name) == Decimal(fee), "a rule by generation has i4i capped, which it is not"
    assert not table.line(f"emr/{name}").unverified


@pytest.mark.parametrize("region", ["us-west-2", "ap-southeast-1"])
def test_emrs_fee_is_the_same_in_a_dearer_region(table: PriceTable, region: str) -> None:
    elsewhere = table_of(region)
    assert elsewhere.emr_fee("m5.xlarge") == table.emr_fee("m5.xlarge") == Decimal("0.048")
    assert not elsewhere.line("emr/m5.xlarge").unverified


def test_a_fee_that_the_source_lacks_says_so(table: PriceTable) -> None:
    assert "none for eu-central-1" in table_of(OWN).line("emr/m5.xlarge").unverified
    inferred = table.line("emr/m8g.4xlarge")
    assert inferred.amount == table.on_demand("m8g.4xlarge") / 4
    assert "a quarter" in inferred.unverified


def test_every_region_has_what_every_stack_on_aws_pays_for() -> None:
    needed = {
        "eks/standard",
        "nat/gateway",
        "ipv4/public",
        "endpoint/interface",
        "kms/key",
        "ebs/gp3",
        "s3/stored",
    }
    assert {OWN, "us-east-1", "us-west-2", "eu-west-1", "ap-southeast-1"} == regions()
    for region in regions():
        table = table_of(region)
        assert needed <= table.lines.keys(), region
        assert len(table.priced) > 250, f"{region} has the types that pools choose from"
        assert {f"rds/{name}/single-az" for name in CLASSES} <= table.lines.keys(), region


def test_what_no_source_has_stays_unknown_in_a_region() -> None:
    with pytest.raises(UnknownPriceError, match="no price of emr-eks/vcpu in eu-central-1"):
        table_of(OWN).amount("emr-eks/vcpu")
    assert "r8gd.4xlarge" not in table_of(OWN).priced, "nobody read that type's price there"
    assert table_of(OWN).instance("r8gd.4xlarge").vcpu == 16, "its size is the same everywhere"


def test_a_price_that_was_read_stands_before_one_that_is_derived() -> None:
    read, derived = (table_of(OWN).line(f"rds/db.t4g.{size}/multi-az") for size in ("medium", "large"))
    assert read.amount == Decimal("0.149"), "as it was read; twice 0.074 is less"
    assert not read.unverified
    assert derived.amount == 2 * table_of(OWN).amount("rds/db.t4g.large/single-az")
    assert derived.unverified.startswith("twice the price in one zone")


@pytest.mark.parametrize("region", sorted(regions()))
def test_every_line_says_unit_date_and_source_in_words(region: str) -> None:
    for line in table_of(region).lines.values():
        assert line.region == region
        assert line.unit, f"{line.item} says for what the price is"
        assert line.date <= date(2026, 12, 31), f"{line.item} is not dated in the future"
        assert len(line.source.split()) > 5, f"{line.item} names its source in words, not by a code"


def test_an_unknown_type_is_refused_with_the_tables_date_and_its_sisters(table: PriceTable) -> None:
    with pytest.raises(UnknownPriceError) as caught:
        table.on_demand("m5.3xlarge")
    text = str(caught.value)
    assert "2026-08-21" in text, "the reader sees how old the table is"
    assert "m5.xlarge" in text, "and what it has of that family"


def test_a_type_that_emr_does_not_offer_has_no_fee(table: PriceTable) -> None:
    with pytest.raises(UnknownPriceError, match="does not offer"):
        table.emr_fee("m7g.large")


def test_a_region_without_lines_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(UnknownPriceError, match="us-east-1"):
        load("mars-north-1")


def test_every_incomplete_line_is_named_at_once(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "instances.yaml", tmp_path)
    (tmp_path / "prices.yaml").write_text(
        "sources: {known: a place in words}\n"
        "prices:\n"
        "  - {item: a/one, usd: '1', region: us-east-1, date: 2026-01-01, source: known}\n"
        "  - {item: a/two, usd: '1', unit: hour, region: us-east-1, date: 2026-01-01, source: hearsay}\n"
        "  - {item: a/three, unit: hour, region: us-east-1, source: known}\n"
    )
    with pytest.raises(ValueError, match="errors") as caught:
        load("us-east-1", folder=tmp_path)
    text = str(caught.value)
    for expected in ("a/one: no unit", "a/two: source hearsay", "a/three: no date", "a/three: either usd"):
        assert expected in text, f"{expected!r} is one of the errors, and all are told at once"


def test_a_line_is_old_after_half_a_year_and_not_a_day_before(table: PriceTable) -> None:
    line = table.line("ec2/m5.xlarge")
    edge = line.date + timedelta(days=STALE_DAYS)
    assert stale([line], edge) == [], "180 days are still fine"
    assert stale([line], edge + timedelta(days=1)) == [line], "one more is not"


PRICE_FILE = (
    "// generated at 2026-07-20T13:44:30Z for us-east-1\n"
    '"us-east-1": {\n"m5.xlarge": 0.192000, "m5.metal": 4.608000, "x1.16xlarge": 6.669000,\n}'
)
SIZES_PAGE = (
    "## m5 Family\n### `m5.xlarge`\n#### Labels\n"
    " |karpenter.k8s.aws/instance-cpu|4|\n |karpenter.k8s.aws/instance-memory|16384|\n"
    "#### Resources\n |cpu|3920m|\n |memory|14162Mi|\n"
)
SAVINGS = {"us-east-1": 66, "us-west-2": 67, OWN: 70, "eu-west-1": 56, "ap-southeast-1": 71}
ADVISOR = {
    "instance_types": {"m5.xlarge": {"emr": True}},
    "spot_advisor": {region: {"Linux": {"m5.xlarge": {"s": saved}}} for region, saved in SAVINGS.items()},
}


def offered(usd: str, fee: str = "") -> dict[str, Any]:
    return {"linux": {"ondemand": usd}, **({"emr": {"emr": fee}} if fee else {})}


EVERY_REGION = [
    {
        "instance_type": "m5.xlarge",
        "pricing": {
            "us-east-1": offered("0.192", "0.0480000000"),
            "us-west-2": offered("0.192", "0.0480000000"),
            OWN: offered("0.23"),
            "eu-west-1": offered("0.214"),
            "ap-southeast-1": offered("0.24", "0.0480000000"),
            "us-gov-east-1": offered("0.242", "0.0580000000"),
        },
    }
]
DATABASES = [
    {
        "instance_type": "db.t4g.micro",
        "pricing": {
            region: {"PostgreSQL": {"ondemand": usd}, "MySQL": {"ondemand": 9}}
            for region, usd in (
                ("us-east-1", 0.016),
                ("us-west-2", 0.016),
                (OWN, 0.019),
                ("eu-west-1", 0.017),
                ("ap-southeast-1", 0.025),
            )
        },
    }
]


def test_the_instance_table_is_what_the_command_writes_from_the_public_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {
        "prices": PRICE_FILE,
        "sizes": SIZES_PAGE,
        "spot": json.dumps(ADVISOR),
        "regions": json.dumps(EVERY_REGION),
        "databases": json.dumps(DATABASES),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    target = tmp_path / "instances.yaml"
    monkeypatch.setattr(refresh, "INSTANCES", target)
    files = [word for name in texts for word in (f"--{name}", str(tmp_path / name))]
    with pytest.raises(SystemExit) as ended:
        main(["refresh-prices", *files, "--spot-date", "2025-07-28", "--regions-date", "2025-05-28"])
    assert ended.value.code == 0
    text = target.read_text()
    written = (FOLDER / "instances.yaml").read_text().splitlines()
    wanted = [line for line in text.splitlines() if "m5.xlarge" in line or "db.t4g.micro" in line]
    assert len(wanted) == 5, "its size, its prices, its fee and its savings; a database's prices"
    for line in wanted:
        assert line in written, "the table in the repository came out of the same code"
    assert "metal" not in text, "sizes that no pool uses are left out"
    shutil.copy(FOLDER / "prices.yaml", tmp_path)
    assert load(OWN, folder=tmp_path).on_demand("m5.xlarge") == Decimal("0.23"), "and it can be read"


def test_refresh_refuses_a_price_file_that_does_not_say_its_date() -> None:
    with pytest.raises(ValueError, match="when it was generated"):
        refresh.on_demand('"m5.xlarge": 0.192')


def test_refresh_refuses_fees_that_differ_between_regions_as_the_table_has_one_for_all() -> None:
    prices = {"us-east-1": offered("0.192", "0.048"), OWN: offered("0.23", "0.0575")}
    with pytest.raises(ValueError, match=r"m5\.xlarge differs between regions"):
        ec2_data.emr_fees([{"instance_type": "m5.xlarge", "pricing": prices}], ["m5.xlarge"])


@pytest.mark.parametrize(
    ("words", "items"),
    [
        ("a tier of the control plane", ["eks/tier-xl", "eks/tier-2xl", "eks/tier-4xl", "eks/tier-8xl"]),
        ("images in the registry", ["registry/stored"]),
        ("EMR on EKS", ["emr-eks/vcpu", "emr-eks/memory"]),
    ],
)
def test_the_page_of_costs_names_the_regions_that_something_has_no_price_in(
    words: str, items: list[str]
) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {words}")]
    for item in items:
        assert {each for each in regions() if item not in table_of(each).lines} == set(
            re.findall("`(.+?)`", row)
        )
