"""What `make test` says at its end: what failed, the slowest tests, how long each step took, the sums."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from toolchain.progress import minutes

SLOWEST: Final = 25
"""Tests that the table names."""

HEAVIEST: Final = 15
"""Files of tests that the table names."""

PARTS: Final[Mapping[str, Sequence[str]]] = {
    "definitions of jobs, asked of an API server": ("tests.admission.", "tests.walls.test_written"),
    "what jobs and their pods may not do": ("tests.walls.",),
    "submission of jobs": ("tests.apps.job_pods.", "tests.submission."),
    "images of Spark, and each release of it": (
        "tests.docker.test_releases",
        "tests.docker.test_spark_image",
    ),
    "reported jobs and the example, run": (
        "tests.cluster.test_cases",
        "tests.cluster.test_default_release",
        "tests.cluster.test_job",
        "tests.cluster.test_reported_",
        "tests.cluster.test_submission_fault",
    ),
}
"""Parts of the tests by the beginnings of their names; of two that begin a name, the first."""

REASON: Final = 160
"""Characters of a line of a failed test's reason that are shown: the whole is where its step printed it."""

REASON_LINES: Final = 6
"""Lines of that reason: a comparison's difference, or the end of a program's output, is in them."""

OTHERS: Final = "clusters themselves, and making ready"
"""Whose processor time is in no step's: API servers, kubelets, pods of platform and jobs, and `make up`."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One test.

    Args:
        name: its module and function.
        seconds: with the fixtures that it was the first to ask for.
        failure: the first lines of why it, or one of its fixtures, failed; None if it did not.
        at_first: why it failed when it ran first; None if it ran once.
    """

    name: str
    seconds: float
    failure: str | None = None
    at_first: str | None = None


@dataclass
class Totals:
    """How many tests ended how, and how long each took.

    Args:
        passed: tests that passed.
        failed: tests that failed, or whose fixtures did.
        skipped: tests that did not run.
        cases: all of them.
    """

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    cases: list[Case] = field(default_factory=list)

    @property
    def count(self) -> int:
        """All tests."""
        return self.passed + self.failed + self.skipped

    def add(self, report: Path) -> None:
        """Count a pytest report in JUnit's format; a report that was never written counts as nothing.

        Args:
            report: the file.
        """
        if not report.exists():
            return
        for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314  written by pytest just now
            count = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
            bad = count["failures"] + count["errors"]
            self.failed += bad
            self.skipped += count["skipped"]
            self.passed += count["tests"] - bad - count["skipped"]
            self.cases += [
                Case(
                    name=f"{case.get('classname', '')}::{case.get('name', '')}",
                    seconds=float(case.get("time", "0")),
                    failure=_failure(case),
                )
                for case in suite.iter("testcase")
            ]

    def replace(self, again: Sequence[Case]) -> None:
        """Let what failed tests did when they ran once more stand for what they did at first.

        Args:
            again: how they ended.
        """
        second = {case.name: case for case in again}
        for at, case in enumerate(self.cases):
            if case.failure is None or case.name not in second:
                continue
            self.cases[at] = replace(second[case.name], at_first=case.failure)
            if second[case.name].failure is None:
                self.failed -= 1
                self.passed += 1


def _failure(case: ET.Element) -> str | None:
    for end in (*case.iter("failure"), *case.iter("error")):
        return "\n".join(end.get("message", "").splitlines()[:REASON_LINES])
    return None


@dataclass(kw_only=True)
class Outcome:
    """How a step ended.

    Args:
        name: what was checked.
        ready: seconds until it could begin: tools, images, a platform.
        seconds: what it took after that.
        computed: the processors' seconds for it, without what others did for it, as a cluster's node.
        code: its exit code.
        beside: whether it ran beside others.
        totals: its tests.
    """

    name: str
    ready: float
    seconds: float
    code: int
    computed: float = 0
    beside: bool = False
    totals: Totals = field(default_factory=Totals)


@dataclass(frozen=True, kw_only=True)
class Whole:
    """A run as a whole.

    Args:
        elapsed: its seconds.
        computed: seconds that the machine's processors were busy meanwhile, whoever used them.
        processors: how many it has.
    """

    elapsed: float
    computed: float
    processors: int


def lines(outcomes: Sequence[Outcome], whole: Whole) -> list[str]:
    """The tables.

    Args:
        outcomes: of all steps.
        whole: the run.
    """
    return [
        *_slowest(outcomes),
        *_heaviest(outcomes),
        *_parts(outcomes, whole),
        "",
        *_steps(outcomes, whole),
        # Last, as where a run's log is cut, its end is what is kept.
        *_tried_again(outcomes),
        *_failed(outcomes),
    ]


def _failed(outcomes: Sequence[Outcome]) -> list[str]:
    bad = [case for each in outcomes for case in each.totals.cases if case.failure is not None]
    if not bad:
        return []
    return [
        "",
        "failed",
        *(line for case in bad for line in (case.name, *_reason(case.failure))),
    ]


def _reason(said: str | None) -> list[str]:
    return [f"    {line}"[:REASON] for line in (said or "").splitlines()]


def _tried_again(outcomes: Sequence[Outcome]) -> list[str]:
    cases = [case for each in outcomes for case in each.totals.cases]
    late = [case for case in cases if case.at_first is not None and case.failure is None]
    if not late:
        return []
    return [
        "",
        "failed at first, passed when tried again alone: look why",
        *(line for case in late for line in (case.name, *_reason(case.at_first))),
    ]


def _slowest(outcomes: Sequence[Outcome]) -> list[str]:
    cases = sorted((case for each in outcomes for case in each.totals.cases), key=lambda case: -case.seconds)
    if not cases:
        return []
    shown = [f"{case.seconds:8.1f} s  {case.name}" for case in cases[:SLOWEST]]
    return ["", "slowest tests, each with the fixtures that it was the first to ask for", *shown]


def _heaviest(outcomes: Sequence[Outcome]) -> list[str]:
    files: defaultdict[str, float] = defaultdict(float)
    for each in outcomes:
        for case in each.totals.cases:
            files[case.name.partition("::")[0]] += case.seconds
    slowest = sorted(((seconds, name) for name, seconds in files.items()), reverse=True)
    shown = [f"{seconds:8.1f} s  {name}" for seconds, name in slowest[:HEAVIEST]]
    return ["", "slowest files, all their tests together", *shown] if shown else []


def _parts(outcomes: Sequence[Outcome], run: Whole) -> list[str]:
    """Seconds in which a part's tests ran; as tests run side by side, a run is longer by their share."""
    cases = [case for each in outcomes for case in each.totals.cases]
    seconds: defaultdict[str, float] = defaultdict(float)
    count: defaultdict[str, int] = defaultdict(int)
    for case in cases:
        named = (name for name, begins in PARTS.items() if case.name.startswith(tuple(begins)))
        if part := next(named, None):
            seconds[part] += case.seconds
            count[part] += 1
    shown = [f"{seconds[part]:8.1f} s  {part}: {count[part]} tests" for part in PARTS if count[part]]
    if not shown:
        return []
    own = sum(seconds.values())
    share = own / (sum(case.seconds for case in cases) or 1)
    whole = f"{own:8.1f} s  all of these: {sum(count.values())} tests"
    of_all = f"{share:.1%} of all tests' seconds, so {minutes(share * run.elapsed)} of {minutes(run.elapsed)}"
    return [
        "",
        "from a job's definition to its pods, all tests of a part together",
        *shown,
        f"{whole}, {of_all}",
    ]


def _steps(outcomes: Sequence[Outcome], whole: Whole) -> list[str]:
    rows = [("", "ready", "run", "CPU", "tests")]
    rows += [
        (
            each.name + (", beside the others" if each.beside else ""),
            minutes(each.ready),
            minutes(each.seconds),
            minutes(each.computed),
            str(each.totals.count),
        )
        for each in outcomes
    ]
    count = sum(each.totals.count for each in outcomes)
    # What pods and nodes compute is nobody's child: it is what the machine did and no step's processes did.
    others = whole.computed - sum(each.computed for each in outcomes)
    rows.append((OTHERS, "", "", minutes(max(others, 0)), ""))
    rows.append(("in all", "", minutes(whole.elapsed), minutes(whole.computed), str(count)))
    width = max(len(row[0]) for row in rows)
    table = ["  ".join((f"{what:{width}}", *(f"{each:>6}" for each in numbers))) for what, *numbers in rows]
    return [*table, f"processors busy, of {whole.processors}: {whole.computed / whole.elapsed:.2f}"]


def total(outcomes: Sequence[Outcome]) -> str:
    """The sum of all tests: the last line of a run.

    Args:
        outcomes: of all steps, in their order.
    """
    sums = [sum(getattr(each.totals, name) for each in outcomes) for name in ("passed", "failed", "skipped")]
    return "{} passed, {} failed, {} skipped".format(*sums)
