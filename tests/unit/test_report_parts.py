"""What `make test` says of the parts of a job's way: how long their tests took together."""

from __future__ import annotations

from testing import report
from testing.report import Case, Outcome, Totals, Whole
from workspace.paths import ROOT

WHOLE = Whole(elapsed=300, computed=450, processors=2)


def test_the_parts_of_a_jobs_way_to_its_pods_are_summed_up() -> None:
    cases = [
        Case(name=name, seconds=seconds)
        for name, seconds in {
            "tests.walls.test_written::test_a": 1.5,
            "tests.walls.test_fuzz::test_a": 2.0,
            "tests.admission.test_trial::test_a[b]": 3.0,
            "tests.apps.job_pods.test_disk::test_a": 0.5,
            "tests.apps.jobs.test_a::test_a": 9.0,
        }.items()
    ]
    outcome = Outcome(name="unit", ready=0, seconds=16, code=0, totals=Totals(passed=5, cases=cases))
    lines = report.lines([outcome], WHOLE)
    at = lines.index("from a job's definition to its pods, all tests of a part together")
    assert [line.split(maxsplit=2) for line in lines[at + 1 : at + 6]] == [
        ["4.5", "s", "definitions of jobs, asked of an API server: 2 tests"],
        ["2.0", "s", "what jobs and their pods may not do: 1 tests"],
        ["0.5", "s", "submission of jobs: 1 tests"],
        ["7.0", "s", "all of these: 4 tests, 43.8% of all tests' seconds, so 2:11 of 5:00"],
        [],
    ]


def test_every_part_that_the_report_sums_up_has_tests() -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "tests").rglob("test_*.py")
    }
    for begins in report.PARTS.values():
        for each in begins:
            assert any(f"{module}::".startswith(each) for module in modules), (
                f"no test's name begins with {each}"
            )
