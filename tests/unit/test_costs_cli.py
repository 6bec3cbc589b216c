"""`spark-on-eks cost` as a person calls it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from costs import command
from costs.prices import regions
from spark_on_eks.console import console
from spark_on_eks.main import main

ROOT = Path(__file__).parent.parent.parent
THERE = ("--prices-of", "us-east-1")
"""The region of which the table has most: EMR on EKS has a price there alone."""

Call = Callable[..., "Called"]
"""Fixture `call`: arguments -> what was printed."""


class Called:
    """What a call printed, and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, " ".join(out.split()), " ".join(err.split())


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the command with some arguments, in this process."""

    def go(*arguments: str) -> Called:
        monkeypatch.setattr(console, "width", 200)
        with pytest.raises(SystemExit) as ended:
            main(["cost", *arguments])
        shown = capsys.readouterr()
        return Called(int(ended.value.code or 0), shown.out, shown.err)

    return go


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_a_stack_of_the_project_is_priced_with_a_verdict(call: Call, stack: str) -> None:
    done = call("--stack", stack, *THERE)
    assert done.code == 0, done.err
    for expected in (f"Stack {stack}", "fixed cost", "EMR on EC2", "EMR on EKS", "this platform", "total"):
        assert expected in done.out, f"{expected!r} belongs to the report"
    assert "cheaper" in done.out, "and it says who is"
    assert "as if the stack were in us-east-1, and it is in eu-central-1" in done.out, (
        "no bill of another region"
    )


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_a_stack_is_priced_by_the_prices_of_its_own_region(call: Call, stack: str) -> None:
    done = call("--stack", stack, "--prices")
    assert done.code == 0, done.err
    assert f"Stack {stack} in eu-central-1" in done.out
    assert "warning: everything below is priced as if" not in done.out
    assert "us-east-1 │" not in done.out, (
        "each line of the table is of that region, in the comparison as well"
    )
    for expected in ("0.052", "eu-central-1 │ 2026-09-09", "Frankfurt", "ec2instances.info"):
        assert expected in done.out, f"{expected!r}: price, date and source"
    assert "EMR on EKS is not compared: what its fee is in this region is not known" in done.out


@pytest.mark.parametrize("region", sorted(regions()))
def test_the_small_user_is_priced_in_every_region(call: Call, region: str) -> None:
    done = call("--stack", "dev", "--workload", "three-a-day", "--prices-of", region)
    assert done.code == 0, done.err
    assert "cheaper" in done.out


def test_a_type_without_a_price_in_a_region_is_named_with_what_to_do(call: Call) -> None:
    there = ("--stack", "prod", "--prices-of", "ap-southeast-1")
    done = call(*there)
    assert "is not in the price table of that region, for r8g.4xlarge" in done.err
    assert "name another type" in done.err
    assert call(*there, "--instances", "r6g.4xlarge,r7g.4xlarge").code == 0


def test_a_region_without_prices_is_refused_with_what_to_run(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (ROOT / "Pulumi.prod.yaml").read_text().replace("eu-central-1", "sa-east-1")
    (tmp_path / "Pulumi.prod.yaml").write_text(text)
    (tmp_path / "charts").symlink_to(ROOT / "charts")
    monkeypatch.setattr(command, "ROOT", tmp_path)
    done = call("--stack", "prod")
    assert done.code == 1, "a bill of another region is no answer, unless somebody asks for it"
    assert "stack prod is in sa-east-1, and the table has prices of ap-southeast-1, eu-central-1" in done.err
    assert "make cost STACK=prod PRICES_OF=us-east-1" in done.err, "the reader goes on from here"


@pytest.mark.parametrize("prices_of", [(), THERE], ids=["its own region", "us-east-1"])
def test_prod_costs_500_usd_a_month_at_most_while_nothing_runs(call: Call, prices_of: Sequence[str]) -> None:
    found = json.loads(call("--stack", "prod", "--json", *prices_of).out)
    assert float(found["fixedMonth"]) <= 500, "docs/aws.md says what each saving gives up"


def test_the_small_user_reads_that_staying_is_cheaper(call: Call) -> None:
    done = call("--stack", "dev", "--workload", "three-a-day", *THERE)
    assert "EMR on EC2 is cheaper for this workload: stay on it." in done.out, "plainly"


def test_every_price_used_can_be_seen_with_date_and_source(call: Call) -> None:
    done = call("--stack", "prod", "--prices", *THERE)
    for expected in (
        "nat/gateway",
        "0.045",
        "2026-08-21",
        "Infracost",
        "Spot Instance Advisor",
        "emr-eks/vcpu",
    ):
        assert expected in done.out, f"{expected!r} is on the list"


def test_programs_get_json(call: Call) -> None:
    done = call("--stack", "prod", "--json", "--hours", "400", "--spot-share", "50", *THERE)
    found = json.loads(done.out)
    assert found["pricesOf"] == "us-east-1", "and they are told whose prices these are"
    parts = found["places"]["this platform"]
    total = sum(float(parts[key]) for key in ("machines", "fee", "disks", "platform"))
    assert abs(total - float(parts["month"])) < 0.03, "the parts make the whole"


def test_a_description_of_ones_own_is_read(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "{name: mine, hours: 10, runs: 5, executors: 2, executorCpu: 3, executorMemoryGiB: 8, "
        "instances: [m7g.2xlarge]}"
    )
    assert "mine: USD a month" in call("--workload", str(file), *THERE).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stack", "local"), "stands on the foundation 'kubernetes'"),
        (("--stack", "nowhere"), "there is no Pulumi.nowhere.yaml"),
        (("--workload", "nowhere"), "name one of nightly, three-a-day, or a file"),
        (("--executors", "many", "--spot-share", "200"), "2 errors in the input"),
        (("--prices-of", "mars-north-1"), "no price of anything in mars-north-1"),
        (("--instances", "m5.huge"), "is not in the price table"),
    ],
)
def test_what_cannot_be_priced_ends_with_a_sentence_and_no_traceback(
    call: Call, arguments: tuple[str, ...], said: str
) -> None:
    done = call(*(() if "--prices-of" in arguments else THERE), *arguments)
    assert done.code == 1, "a program that calls it must see that there is no answer"
    assert said in done.err, "what, and what to do"
    assert "Traceback" not in done.err, "a person reads this"


def test_the_articles_figures_can_be_shown(call: Call) -> None:
    done = call("--figures")
    assert "1,157,142.86" in done.out.replace(" ", ""), "to the cent"
