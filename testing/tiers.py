"""What `make test` runs, in order."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from rich.console import Console

from testing.runner import run
from testing.step import Step
from toolchain import pulumi_cli
from workspace.paths import CACHE, ROOT

BIN = ROOT / ".venv" / "bin"

NEEDS_IMAGES = "docker"
NEEDS_TOOLS = "charts or apiserver or store or spark or program or browser"
NEEDS_PLATFORM = "cluster"

RULES = "promtool"
"""Alerts and recording rules, evaluated over timelines by Prometheus' own tool."""

UNDISTURBED = "browser or undisturbed"
"""What is timed, and what Chromium shows: it drops its connections when a cluster brings an interface up."""

OWN_CLUSTER = "cluster_lifecycle"
"""What makes a cluster of its own, in a network of its own: it needs no platform, and runs beside one."""

SOAK = "soak"
"""Long runs on the platform that is up, beyond `make test`: `make soak`."""

REHEARSAL = "rehearsal"
"""The AWS stacks under the real Pulumi engine; alone: `make rehearse`."""


SCAN = "--baseline .secrets.baseline"
"""What is looked for, and where not: digests look like secrets, so entropy is no sign here."""

SHELL = ("*.sh", ".ci/run", "rehearsal/bin/python3", "rehearsal/standin/bin/*")
"""Every script for a shell, as git reads names; what others call by a name of theirs has no `.sh`."""

MARKS = frozenset(
    " or ".join(
        (NEEDS_IMAGES, NEEDS_TOOLS, RULES, UNDISTURBED, NEEDS_PLATFORM, OWN_CLUSTER, SOAK, REHEARSAL)
    ).split(" or ")
)
"""All marks of tiers."""

BY_FILE = ("--numprocesses=2", "--dist=loadfile")
"""Two processes; what a file builds once for all its tests is built by one of them."""


def over(program: str, *patterns: str, options: str = "") -> tuple[str, ...]:
    """Run a program of the lock over the files that git tracks.

    Args:
        program: its name.
        patterns: which files, as git reads them; none means all.
        options: what stands before the files.
    """
    files = shlex.join(["git", "ls-files", "-z", "--", *patterns])
    return ("bash", "-o", "pipefail", "-c", f"{files} | xargs -0 {shlex.quote(str(BIN / program))} {options}")


def checks() -> list[Step]:
    """Formatting, lint rules, shell, Dockerfiles, secrets and types."""
    return [
        Step(name="formatting", command=(str(BIN / "ruff"), "format", "--check", "--quiet", ".")),
        Step(name="lint rules", command=(str(BIN / "ruff"), "check", "--quiet", ".")),
        Step(name="shell", command=over("shellcheck", *SHELL)),
        Step(name="Dockerfiles", command=over("hadolint", "*Dockerfile")),
        # Keys and tokens by their form; words such as `password` in code are for ruff's S105 to S107.
        Step(name="no secrets", command=over("detect-secrets-hook", options=SCAN), beside=True),
        # By the hash of each file, mypy takes from another checkout's cache what has not changed.
        Step(name="types", command=(str(BIN / "mypy"), f"--cache-dir={CACHE / 'mypy'}"), beside=True),
    ]


def naming(marks: str) -> tuple[str, ...]:
    """The test files whose text names one of a tier's marks; all, if it has none.

    Collecting every file takes each of a tier's processes 20 seconds of CPU time. Where a mark comes from
    elsewhere, collection fails: `tests/conftest.py` sees to it.

    Args:
        marks: words between `or`.
    """
    if not marks:
        return ("tests",)
    named = re.compile(rf"\bmark\.({marks.replace(' or ', '|')})\b")
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return tuple(str(file.relative_to(ROOT)) for file in files if named.search(file.read_text()))


def pytest_step(
    name: str,
    marks: str,
    *options: str,
    before: Callable[[], object] | None = None,
    beside: bool = False,
    waits: bool = False,
    but: str = "",
) -> Step:
    """A tier of tests, chosen by its marks, with further options for pytest; long runs have their own.

    Args:
        name: what is checked.
        marks: words between `or`; empty for what has none.
        options: further ones for pytest.
        before: makes ready what it needs.
        beside: whether it runs beside the steps after it.
        waits: whether it waits more than it computes.
        but: marks of those that another step runs.
    """
    gate = marks not in ("", SOAK)
    wanted = f"({marks}) and not ({f'{but} or ' if but else ''}{SOAK})" if gate else marks
    chosen = ("-m", wanted) if wanted else ()
    return Step(
        name=name,
        command=(str(BIN / "pytest"), "--quiet", *chosen, *options, *naming(marks)),
        before=before,
        beside=beside,
        waits=waits,
        # The unit tier waits for nothing, and long runs are looked at by whoever asked for them.
        second_try=gate,
    )


def unit_steps() -> list[Step]:
    """What runs in minutes and needs neither root nor a cluster: what plain `pytest` runs."""
    return [
        pytest_step(
            "unit tests",
            "",
            *BY_FILE,
            # Each costs a moment in every one of thousands of tests, none of which asks for it.
            *("-p", "no:logging"),
            *("-p", "no:doctest"),
        )
    ]


def rehearsal_steps(ready: Callable[[], object], *, beside: bool = False) -> list[Step]:
    """The AWS stacks, with nothing of AWS in reach. Two at a time: each takes about one core.

    Args:
        ready: makes ready what the stacks need.
        beside: whether it runs beside the steps after it.
    """
    return [
        pytest_step("the AWS stacks, rehearsed", REHEARSAL, "--numprocesses=2", before=ready, beside=beside)
    ]


def soak_steps(up: Callable[[], object]) -> list[Step]:
    """The platform through long runs, after which it stays up; and how many planted faults the tests find.

    Args:
        up: brings the platform up.
    """
    return [
        pytest_step("long runs on the real node", SOAK, before=up),
        Step(name="mutants of components/", command=(str(BIN / "python"), "-m", "tests.mutation")),
    ]


def machine_steps(ready: Callable[[], object]) -> list[Step]:
    """What needs the built tools and images, and no cluster.

    Args:
        ready: makes ready tools and images.
    """
    return [
        Step(name="packages, tools and images", command=("true",), before=ready),
        # One process for all of them: they share buildah's run folder.
        pytest_step("images, each run without a cluster", NEEDS_IMAGES, beside=True, waits=True),
        pytest_step("pages in a browser, and times", UNDISTURBED, *BY_FILE),
        pytest_step(
            "charts, S3 server, Spark in process",
            NEEDS_TOOLS,
            *BY_FILE,
            beside=True,
            but=f"{UNDISTURBED} or {RULES}",
        ),
    ]


def rule_steps() -> list[Step]:
    """Alerts that fire and stay silent: they compute in what the rehearsals leave of the processors."""
    return [
        pytest_step("alert rules over timelines", RULES, *BY_FILE, beside=True, waits=True, but=UNDISTURBED)
    ]


def own_cluster_steps() -> list[Step]:
    """Clusters that the tests start and remove themselves."""
    return [pytest_step("clusters of their own, from start to removal", OWN_CLUSTER, beside=True, waits=True)]


def platform_steps(up: Callable[[], object]) -> list[Step]:
    """What only the real node can show.

    Args:
        up: brings the platform up.
    """
    return [pytest_step("the platform on a real node", NEEDS_PLATFORM, before=up)]


def run_all(console: Console) -> None:
    """Everything, from the quickest on; a platform that was not up before is removed again.

    Args:
        console: where steps and outcomes are shown.

    Raises:
        ReportedError: at least one step failed; names all of them.
    """
    from local import cluster, platform

    found = cluster.uses_external_cluster() or cluster.status().exists
    # What these tests brought up goes without a question.
    leave = (lambda: None) if found else lambda: platform.down(console, sure=True)
    run(all_steps(console, kept=found), console, leave=leave)


def all_steps(console: Console, *, kept: bool = False) -> list[Step]:
    """The steps of `make test`, in order.

    Args:
        console: where what is made ready is shown.
        kept: whether the platform was up before, and stays.
    """
    from local import debian, platform
    from rehearsal import plans

    def machine_ready() -> None:
        debian.ensure(tests=True)
        platform.build(console)

    return [
        *checks(),
        *unit_steps(),
        # The real node takes longest, and waits more than it computes: all that follows runs beside it. What
        # makes clusters comes after the images: by then the node's has set what it sets of the kernel.
        *machine_steps(machine_ready),
        *rehearsal_steps(lambda: plans.prepare(console), beside=True),
        *own_cluster_steps(),
        *rule_steps(),
        # Later changes by the tests are written as users' are.
        *platform_steps(lambda: platform.up(console, extra=None if kept else pulumi_cli.WRITTEN_ONCE)),
    ]
