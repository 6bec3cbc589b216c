"""The price table: complete lines, no guesses, and an age."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from costs import refresh
from costs.prices import FOLDER, STALE_DAYS, PriceTable, UnknownPriceError, load, stale
from spark_on_eks.main import main


@pytest.fixture(scope="module")
def table() -> PriceTable:
    return load("us-east-1")


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


def test_the_cap_of_the_fee_holds_for_old_types_and_is_marked_as_not_verified(table: PriceTable) -> None:
    assert table.emr_fee("m5.24xlarge") == Decimal("0.27"), "the 6 % of the article of 2020"
    assert table.fee_is_capped("m5.24xlarge"), "reports have to be able to say that the cap decided"
    assert not table.fee_is_capped("r7g.8xlarge"), "newer families have no cap"
    assert table.line("emr/fee-cap").unverified, "the source is indirect, and the line has to say so"


def test_every_line_says_unit_date_and_source_in_words(table: PriceTable) -> None:
    for line in table.lines.values():
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
ADVISOR = {
    "instance_types": {"m5.xlarge": {"emr": True}},
    "spot_advisor": {"us-east-1": {"Linux": {"m5.xlarge": {"s": 66, "r": 4}}}},
}


def test_the_instance_table_is_what_the_command_writes_from_the_public_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("prices", PRICE_FILE), ("sizes", SIZES_PAGE), ("spot", json.dumps(ADVISOR))):
        (tmp_path / name).write_text(text)
    target = tmp_path / "instances.yaml"
    monkeypatch.setattr(refresh, "INSTANCES", target)
    files = [word for name in ("prices", "sizes", "spot") for word in (f"--{name}", str(tmp_path / name))]
    with pytest.raises(SystemExit) as ended:
        main(["refresh-prices", *files, "--spot-date", "2025-07-28"])
    assert ended.value.code == 0
    text = target.read_text()
    written = (FOLDER / "instances.yaml").read_text().splitlines()
    wanted = [line for line in text.splitlines() if "m5.xlarge" in line]
    assert len(wanted) == 3, "its size, its price and its spot saving"
    for line in wanted:
        assert line in written, "the table in the repository came out of the same code"
    assert "metal" not in text, "sizes that no pool uses are left out"


def test_refresh_refuses_a_price_file_that_does_not_say_its_date() -> None:
    with pytest.raises(ValueError, match="when it was generated"):
        refresh.on_demand('"m5.xlarge": 0.192')
