"""`make test` itself: that nothing is skipped over, miscounted or left behind, and where its time went."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression
from rich.console import Console

import testing
from testing import Step, report, second_try, tiers
from testing.report import Case, Outcome, Totals
from testing.tiers import BY_FILE, all_steps
from workspace.errors import ReportedError
from workspace.paths import ROOT


def shown(console: Console) -> str:
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=100)


def script(name: str, code: str, *, beside: bool = False, waits: bool = False) -> Step:
    return Step(name=name, command=(sys.executable, "-c", code), beside=beside, waits=waits)


def step(name: str, code: int, *, beside: bool = False) -> Step:
    return script(name, f"raise SystemExit({code})", beside=beside)


# How steps are run


def test_a_failed_step_does_not_keep_the_next_from_running(console: Console) -> None:
    with pytest.raises(ReportedError, match="failed: first"):
        testing.run([step("first", 1), step("second", 0)], console)
    assert "second" in shown(console), "the second step must run too"


def test_the_machine_is_put_back_even_after_a_failure(console: Console) -> None:
    left: list[str] = []
    with pytest.raises(ReportedError):
        testing.run([step("first", 1)], console, leave=lambda: left.append("back"))
    assert left == ["back"]


@pytest.mark.parametrize("beside", [False, True])
def test_a_step_whose_preparation_fails_counts_as_failed(console: Console, beside: bool) -> None:
    def refuse() -> None:
        raise ReportedError("no cluster here")

    broken = Step(name="nodes", command=(sys.executable, "-c", ""), before=refuse, beside=beside)
    with pytest.raises(ReportedError, match="failed: nodes"):
        testing.run([broken], console)
    assert "no cluster here" in shown(console)


# Steps beside others


def _until_all_run(folder: Path, count: int) -> list[str]:
    """Programs that wait for each other, so that one after the other they would not end."""
    names = [str(folder / str(number)) for number in range(count)]
    waits = (
        "import pathlib, sys, time\n"
        "every = [pathlib.Path(each) for each in {names!r}]\n"
        "every[{mine}].touch()\n"
        "end = time.monotonic() + 20\n"
        "while not all(each.exists() for each in every) and time.monotonic() < end: time.sleep(0.01)\n"
        "sys.exit(not all(each.exists() for each in every))"
    )
    return [waits.format(names=names, mine=mine) for mine in range(count)]


def test_a_step_beside_others_does_not_keep_them_waiting(console: Console, tmp_path: Path) -> None:
    one, two = _until_all_run(tmp_path, 2)
    testing.run([script("computes", one, beside=True), script("waits", two)], console)


def test_what_waits_does_so_beside_what_computes_and_beside_the_rest(
    console: Console, tmp_path: Path
) -> None:
    computes, waits, rest = _until_all_run(tmp_path, 3)
    testing.run(
        [
            script("computes", computes, beside=True),
            script("waits", waits, beside=True, waits=True),
            script("rest", rest),
        ],
        console,
    )


@pytest.mark.parametrize("waits", [True, False])
def test_of_what_computes_and_of_what_waits_one_runs_at_a_time(
    console: Console, tmp_path: Path, waits: bool
) -> None:
    code = (
        "import pathlib, time\n"
        f"mark = pathlib.Path({str(tmp_path / 'mark')!r})\n"
        "mark.touch(exist_ok=False)\n"
        "time.sleep(0.2)\n"
        "mark.unlink()"
    )
    testing.run([script(name, code, beside=True, waits=waits) for name in ("first", "second")], console)


def test_the_output_of_a_step_beside_others_is_shown(console: Console) -> None:
    testing.run([script("computes", "print('at', 40 + 2)", beside=True)], console)
    assert re.search(r"^at 42$", shown(console), re.MULTILINE), "what it printed is shown when it has ended"


def test_a_failure_beside_others_fails_the_run(console: Console) -> None:
    with pytest.raises(ReportedError, match="failed: computes"):
        testing.run([step("computes", 1, beside=True), step("waits", 0)], console)


def test_the_machine_is_put_back_after_the_last_step_beside_others(console: Console, tmp_path: Path) -> None:
    mark = tmp_path / "ended"
    code = f"import pathlib, time; time.sleep(0.3); pathlib.Path({str(mark)!r}).touch()"
    seen: list[bool] = []
    testing.run([script("computes", code, beside=True)], console, leave=lambda: seen.append(mark.exists()))
    assert seen == [True], "the platform was taken away from under it"


# What is said at the end


JUNIT = """<testsuites><testsuite tests="10" failures="1" errors="2" skipped="3">
<testcase classname="tests.cluster.test_job" name="test_quick[a]" time="0.25"/>
<testcase classname="tests.cluster.test_job" name="test_slow" time="61.5">
<error message="no node&#10;after 60 s"/></testcase>
</testsuite></testsuites>"""


def test_the_sum_counts_errors_as_failures(tmp_path: Path) -> None:
    junit = tmp_path / "report.xml"
    junit.write_text(JUNIT)
    totals = Totals()
    totals.add(junit)
    assert (totals.passed, totals.failed, totals.skipped) == (4, 3, 3)
    assert totals.cases == [
        Case(name="tests.cluster.test_job::test_quick[a]", seconds=0.25),
        Case(name="tests.cluster.test_job::test_slow", seconds=61.5, failure="no node\nafter 60 s"),
    ]


ONCE_TOO_LATE = """
import pathlib
MARK = pathlib.Path(__file__).with_name("seen")
def test_too_late_once():
    late = not MARK.exists()
    MARK.touch()
    assert not late, "the pod was not there yet"
{more}
def test_sound():
    pass
"""

BROKEN = """
def test_broken():
    raise AssertionError("no such field")
"""


def _suite(folder: Path, *options: str, more: str = "") -> Step:
    """A tier of a few tests, as those of the gate are called."""
    (folder / "test_node.py").write_text(ONCE_TOO_LATE.format(more=more))
    config = f"--config-file={ROOT / 'pyproject.toml'}"
    command = (str(tiers.BIN / "pytest"), "-q", config, *options, str(folder))
    return Step(name="node", command=command, second_try=True)


def test_a_test_that_passes_alone_at_the_end_passes_and_is_named_with_what_it_said(
    console: Console, tmp_path: Path
) -> None:
    testing.run([_suite(tmp_path, *BY_FILE), step("waits", 0)], console)
    said = shown(console).splitlines()
    at = said.index("failed at first, passed when tried again alone: look why")
    assert said[at + 1].endswith("::test_too_late_once")
    assert "the pod was not there yet" in said[at + 2], "nobody can look why without what it said"
    assert said[-1] == "2 passed, 0 failed, 0 skipped"


def test_what_fails_again_fails_the_run(console: Console, tmp_path: Path) -> None:
    with pytest.raises(ReportedError, match="failed: node"):
        testing.run([_suite(tmp_path, more=BROKEN)], console)
    said = shown(console).splitlines()
    assert said[said.index("failed") + 1].endswith("::test_broken")
    assert said[-1] == "2 passed, 1 failed, 0 skipped"


def test_more_failures_than_a_few_are_no_bad_luck(console: Console, tmp_path: Path) -> None:
    many = "\n".join(f"def test_late_{n}(): test_too_late_once()" for n in range(3))
    broken = "\n".join(f"def test_broken_{n}(): raise AssertionError" for n in range(second_try.A_FEW))
    with pytest.raises(ReportedError, match="failed: node"):
        testing.run([_suite(tmp_path, more=f"{many}\n{broken}")], console)
    assert shown(console).splitlines()[-1] == f"4 passed, {second_try.A_FEW + 1} failed, 0 skipped"


def test_the_unit_tier_and_long_runs_have_no_second_try() -> None:
    (unit,), (long, _) = testing.unit_steps(), testing.soak_steps(lambda: None)
    assert [unit.second_try, long.second_try] == [False, False]
    assert all(each.second_try for each in _gate_steps() if "-m" in each.command)


WHOLE = report.Whole(elapsed=300.0, computed=450.0, processors=2)


def _outcome(name: str, *seconds: float, beside: bool = False) -> Outcome:
    cases = [Case(name=f"{name}::test_{number}", seconds=each) for number, each in enumerate(seconds)]
    totals = Totals(passed=len(cases), cases=cases)
    took = sum(seconds)
    return Outcome(
        name=name, ready=90.0, seconds=took, computed=took / 2, code=0, beside=beside, totals=totals
    )


def test_every_failed_test_is_named_with_its_reason_wherever_its_output_was() -> None:
    good, bad = _outcome("unit", 1.0), _outcome("node", 1.0)
    bad.totals.cases.append(Case(name="node::test_ends", seconds=0.1, failure="too few\nassert 3 == 4"))
    lines = report.lines([good, bad], WHOLE)
    assert lines[-4:] == ["failed", "node::test_ends", "    too few", "    assert 3 == 4"], (
        "a cut log keeps its end"
    )
    assert "failed" not in report.lines([good], WHOLE)


def test_the_slowest_tests_of_all_tiers_are_named_slowest_first() -> None:
    many = _outcome("unit", *[0.5] * 30)
    lines = report.lines([many, _outcome("node", 3.0, 200.0)], WHOLE)
    named = [line.split()[-1] for line in lines if " s  " in line and "::" in line]
    assert named[:3] == ["node::test_1", "node::test_0", "unit::test_0"]
    assert len(named) == report.SLOWEST, "a list of all of them helps nobody"


def test_each_tier_is_listed_with_its_minutes_and_the_run_with_its_own() -> None:
    lines = report.lines([_outcome("node", 200.0), _outcome("own", 60.0, 5.0, beside=True)], WHOLE)
    table = {line.partition("  ")[0]: line.split()[-4:] for line in lines[-5:-1]}
    assert table == {
        "node": ["1:30", "3:20", "1:40", "1"],
        "own, beside the others": ["1:30", "1:05", "0:32", "2"],
        "clusters themselves, and making ready": ["and", "making", "ready", "5:17"],
        "in all": ["all", "5:00", "7:30", "3"],
    }


def test_what_a_step_computed_is_counted_with_its_own_processes(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Outcome] = []

    def note(outcomes: list[Outcome], _: report.Whole) -> list[str]:
        told.extend(outcomes)
        return []

    monkeypatch.setattr(report, "lines", note)
    computes = "import time\nwhile time.process_time() < 0.5: pass"
    by_another = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {computes!r}])"
    testing.run([script("computes", by_another), script("waits", "import time; time.sleep(0.5)")], console)
    assert told[0].computed >= 0.5 > told[1].computed


def test_the_files_whose_tests_took_longest_together_are_named_slowest_first() -> None:
    lines = report.lines([_outcome("many", 2.0, 2.0, 2.0), _outcome("one", 5.0), _outcome("no", 0.5)], WHOLE)
    at = lines.index("slowest files, all their tests together")
    assert [line.split() for line in lines[at + 1 : at + 4]] == [
        ["6.0", "s", "many"],
        ["5.0", "s", "one"],
        ["0.5", "s", "no"],
    ]


def test_how_busy_the_processors_were_is_said() -> None:
    assert report.lines([_outcome("node", 1.0)], WHOLE)[-1] == "processors busy, of 2: 1.50"


def test_the_last_line_is_the_sum(console: Console) -> None:
    testing.run([step("only", 0), step("computes", 0, beside=True)], console)
    assert shown(console).strip().splitlines()[-1] == "0 passed, 0 failed, 0 skipped"


# What plain `pytest` runs


def _gate_steps() -> list[Step]:
    steps = all_steps(Console(file=io.StringIO()))
    return [each for each in steps if each.command[0].endswith("pytest")]


def test_plain_pytest_runs_the_unit_tier_alone(tmp_path: Path) -> None:
    markers = re.findall(r'^    "(\w+): ', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    marked = "".join(f"@pytest.mark.{each}\ndef test_{each}(): pass\n" for each in markers)
    (tmp_path / "test_tiers.py").write_text(f"import pytest\ndef test_of_the_unit_tier(): pass\n{marked}")
    config = f"--config-file={ROOT / 'pyproject.toml'}"

    def run_by(*options: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-v", config, "-p", "no:cacheprovider", *options, str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return set(re.findall(r"::test_(\w+) PASSED", done.stdout))

    assert run_by() == {"of_the_unit_tier"}, "a fresh checkout has no tools, no images and no cluster"
    assert run_by("-m", testing.REHEARSAL) == {testing.REHEARSAL}, "a tier that is asked for runs"
    assert "-m" not in testing.unit_steps()[0].command, "and the unit tier is this one"


def test_a_tier_collects_the_files_that_name_its_marks_and_the_unit_tier_all() -> None:
    node = next(step for step in _gate_steps() if step.name == "the platform on a real node")
    assert {"tests/cluster/test_faults.py", "tests/charts/test_history_server_admission.py"} <= set(
        node.command
    )
    assert "tests/unit/test_testing.py" not in node.command
    assert testing.unit_steps()[0].command[-1] == "tests"


@pytest.mark.parametrize("mark", ["browser", "undisturbed"])
def test_what_nothing_may_disturb_runs_once_and_before_the_node_comes_up(mark: str) -> None:
    chosen = {
        step.name: Expression.compile(step.command[step.command.index("-m") + 1]).evaluate(
            lambda name, /, **_: name in (mark, "apiserver", tiers.RULES)
        )
        for step in _gate_steps()
        if "-m" in step.command
    }
    assert [name for name, ran in chosen.items() if ran] == ["pages in a browser, and times"]
    (step,) = (each for each in _gate_steps() if each.name == "pages in a browser, and times")
    assert not step.beside, "the steps after it wait for it"
    assert list(chosen).index(step.name) < list(chosen).index("the platform on a real node")


def test_a_mark_that_a_file_does_not_name_stops_the_collection(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_collection_modifyitems\n")
    (tmp_path / "marks.py").write_text("import pytest\nelsewhere = pytest.mark.store\n")
    file = tmp_path / "test_store.py"
    file.write_text("import marks\n@marks.elsewhere\ndef test_it(): pass\n")

    def collected() -> subprocess.CompletedProcess[str]:
        config = f"--config-file={ROOT / 'pyproject.toml'}"
        command = [sys.executable, "-m", "pytest", config, "-p", "no:cacheprovider", "--collect-only"]
        return subprocess.run(
            [*command, "-m", "store", str(tmp_path)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    refused = collected()
    assert refused.returncode == pytest.ExitCode.USAGE_ERROR
    assert "test_store.py: store" in refused.stderr, "no tier would run it, and nobody would miss it"
    file.write_text("import pytest\n@pytest.mark.store\ndef test_it(): pass\n")
    assert collected().returncode == pytest.ExitCode.OK


def test_a_long_run_is_in_no_step_of_the_gate_whatever_else_it_needs() -> None:
    marks = [step.command[step.command.index("-m") + 1] for step in _gate_steps() if "-m" in step.command]
    assert len(marks) == 7, (
        "images, what nothing may disturb, tools, rehearsals, clusters, rules, the platform"
    )
    for each in marks:
        chosen = Expression.compile(each)
        for other in ("spark", "docker", "cluster", "rehearsal", "cluster_lifecycle", "store"):
            marked = {testing.SOAK, other}
            assert not chosen.evaluate(lambda name, /, **_: name in marked), each  # noqa: B023 - used at once
