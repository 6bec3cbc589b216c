"""Which mutants are drawn, what is imported and which tests are asked for them, and what counts as found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.mutation.mutants import Mutant
from tests.mutation.near import LAST, near
from tests.mutation.order import (
    about,
    asked_for,
    of_share,
    of_the_same_files,
    pytest_collection_modifyitems,
)
from tests.mutation.originals import ORIGINALS
from tests.mutation.sample import draw, shuffled
from tests.mutation.score import Score, table

ALL = [
    Mutant(name=f"components.{module}.x_{number}", module=module)
    for module, size in (("tenants", 60), ("aws/buckets", 30), ("naming", 2))
    for number in range(size)
]


def _of(mutants: list[Mutant], module: str) -> list[Mutant]:
    return [each for each in mutants if each.module == module]


def test_every_module_gives_its_share_and_a_small_one_at_least_one() -> None:
    drawn = draw(ALL, (), number=20, seed=1)
    assert {module: len(_of(drawn, module)) for module in ("tenants", "aws/buckets", "naming")} == {
        "tenants": 14,
        "aws/buckets": 7,
        "naming": 1,
    }


def test_one_seed_draws_one_sample_and_another_seed_another() -> None:
    assert draw(ALL, (), number=20, seed=1) == draw(ALL, (), number=20, seed=1)
    assert draw(ALL, (), number=20, seed=1) != draw(ALL, (), number=20, seed=2)


def test_a_change_of_one_module_leaves_the_sample_of_the_others() -> None:
    fewer = [each for each in ALL if each.module != "aws/buckets"]
    before, after = draw(ALL, (), number=92, seed=1), draw(fewer, (), number=62, seed=1)
    assert _of(before, "tenants") == _of(after, "tenants")


def test_all_mutants_of_the_modules_that_are_asked_for_can_be_had() -> None:
    assert len(draw(ALL, ("aws/buckets",), number=0, seed=1)) == 30
    assert draw(ALL, ("no/such",), number=10, seed=1) == []


def test_an_order_has_all_mutants_and_is_the_same_for_one_seed() -> None:
    assert shuffled(ALL, 1) == shuffled(ALL, 1) != shuffled(ALL, 2)
    assert sorted(each.name for each in shuffled(ALL, 1)) == sorted(each.name for each in ALL)


@pytest.mark.parametrize(
    ("status", "found"),
    [("killed", 1), ("timeout", 1), ("survived", 0), ("no tests", 0), ("suspicious", 0), ("not checked", 0)],
)
def test_a_mutant_is_found_only_if_a_test_failed_or_never_ended(status: str, found: int) -> None:
    assert Score.of([Mutant(name="a", module="b", status=status)]).killed == found


def test_the_table_names_the_worst_module_first_and_all_that_was_not_found() -> None:
    text = table(
        [
            Mutant(name="good_1", module="good", status="killed"),
            Mutant(name="bad_1", module="bad", status="survived"),
            Mutant(name="bad_2", module="bad", status="killed"),
        ]
    )
    assert text.index("bad ") < text.index("good ")
    assert "survived: bad_1" in text
    assert "bad_2" not in text
    assert "in all                                        3       2    67%" in text


def _item(nodeid: str, path: Path) -> pytest.Item:
    return cast(pytest.Item, SimpleNamespace(nodeid=nodeid, path=path))


def test_units_are_asked_first_and_whole_stacks_last() -> None:
    names = ["tests/program/test_wiring.py::a", "tests/program/test_inputs.py::b", "tests/unit/test_x.py::c"]
    items: list[Any] = [_item(name, Path()) for name in names]
    pytest_collection_modifyitems(cast(pytest.Config, SimpleNamespace(stash=pytest.Stash())), items)
    assert [each.nodeid[-1] for each in items] == ["c", "b", "a"]


def test_a_test_that_a_mutant_renames_is_run_under_its_new_name() -> None:
    items = [
        _item(f"tests/unit/test_x.py::{name}", Path()) for name in ("a[new]", "a[other]", "b[1]", "b[2]")
    ]
    chosen = asked_for({"tests/unit/test_x.py::a[old]", "tests/unit/test_x.py::b[1]"}, items)
    assert [each.nodeid.partition("::")[2] for each in chosen] == ["a[new]", "a[other]", "b[1]"]


def test_what_runs_on_import_is_asked_of_the_tests_that_name_its_package(tmp_path: Path) -> None:
    for name, text in (
        ("test_alerts.py", "from components.observability.rule_model import Alert"),
        ("test_tenants.py", "from components.tenants import JobRules"),
        ("test_inputs.py", ""),
    ):
        (tmp_path / name).write_text(text)
    items = [_item(f"{path.name}::test", path) for path in sorted(tmp_path.iterdir())]
    found = about(["components.observability.alerts.x_alert"], items)
    assert found == {
        "components.observability.alerts.x_alert": {"test_alerts.py::test", "test_inputs.py::test"}
    }


def test_what_one_test_of_a_file_builds_is_asked_of_the_whole_file() -> None:
    names = ["a.py::first", "a.py::second", "b.py::third"]
    assert of_the_same_files({"a.py::first"}, names) == {"a.py::first", "a.py::second"}


def test_every_file_is_in_one_share_and_whole() -> None:
    items = [_item(f"{name}.py::{test}", Path(f"{name}.py")) for name in "abc" for test in ("one", "two")]
    shares = [[each.nodeid for each in of_share(f"{number}/2", items)] for number in range(2)]
    assert shares == [["a.py::one", "a.py::two", "c.py::one", "c.py::two"], ["b.py::one", "b.py::two"]]


@pytest.mark.parametrize(
    ("mutant", "said"),
    [
        ("components.one.x_f__mutmut_1", "mutated original"),
        ("components.two.xǁCǁf__mutmut_1", "original mutated"),
        ("components.x_f__mutmut_1", "original original"),
        ("stats", "mutated mutated"),
        ("", "mutated mutated"),
    ],
)
def test_only_the_module_of_the_mutant_is_a_mutated_one(mutant: str, said: str, tmp_path: Path) -> None:
    for place, code in ((tmp_path / ORIGINALS, "original"), (tmp_path, "mutated")):
        (place / "components").mkdir(parents=True)
        (place / "components" / "__init__.py").touch()
        for name in ("one", "two"):
            (place / "components" / f"{name}.py").write_text(f"SAID = '{code}'")
    program = (
        "import sys; from tests.mutation.originals import import_originals; import_originals(sys.argv[1])\n"
        "sys.path.insert(0, '.'); from components import one, two\n"
        "print(one.SAID, two.SAID, two.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, mutant],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [*said.split(), str(tmp_path / "components" / "two.py")], (
        "a module finds its files beside the mutated one"
    )


def test_files_that_name_the_module_are_asked_first_then_those_of_its_package_and_whole_stacks_last() -> None:
    texts = {
        "tests/unit/a.py": "from components.aws_plans.iam import policy",
        "tests/unit/b.py": "from components.aws_plans import disks, iam_nodes",
        "tests/unit/c.py": "import components.aws_plans.iam_nodes",
        "tests/unit/d.py": "from components.aws_plans_of_others import iam_nodes",
        LAST: "from tests.support.stacks import world_of",
    }
    assert near("components.aws_plans.iam_nodes.x_pull__mutmut_3", texts) == [
        "tests/unit/b.py",
        "tests/unit/c.py",
        "tests/unit/a.py",
        LAST,
    ]
    assert near(
        "components.domain.x_check__mutmut_1", {**texts, "e.py": "from components import domain"}
    ) == [
        "e.py",
        LAST,
    ]
