"""Measures everything that the page says, on the running platform."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console

import images
from bench import machine, own_log, report, tenants
from bench.first_task import FirstTasks
from bench.samples import Comparison, Goal, in_turns
from bench.starts import Starts
from bench.submissions import Submissions
from flights import Kind, find_platform
from flights import run as run_flights
from flights.platform import Platform
from images.sizes import layers
from local import platform
from toolchain import pulumi_cli
from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError

START_ROUNDS = 5
JOB_ROUNDS = 3
TENANT_ROUNDS = 3

Part = Callable[[], Sequence[Comparison]]


def run(console: Console, *, quick: bool = False, keep: Callable[[str], None]) -> str:
    """Measure, and return the page.

    Args:
        console: for progress.
        quick: one round of each and few tenants: shows that the benchmark works, not how fast anything is.
        keep: is given the page after each part, as later ones may fail or be ended.

    Raises:
        ReportedError: the platform is not up, or a measurement failed; the others are made all the same.
    """
    described = machine.describe()
    where = platform.target()
    found = find_platform(Kubectl(where.kubeconfig), pulumi_cli.outputs(where.stack))
    starts, jobs, times = (1, 1, 1) if quick else (START_ROUNDS, JOB_ROUNDS, TENANT_ROUNDS)
    parts: tuple[Part, ...] = (
        lambda: [_starts(found, starts, console)],
        lambda: [_submissions(found, starts, console)],
        lambda: _first_tasks(found, starts, console),
        lambda: _jobs(found, jobs, console),
        lambda: [own_log.measure(where.stack, console, rounds=times)],
        lambda: _tenants(where.stack, (1, 3) if quick else tenants.COUNTS, times, console),
    )
    sizes = _spark_image(console)
    comparisons: list[Comparison] = []
    failed: list[str] = []
    for part in parts:
        try:
            comparisons += part()
        except ReportedError as error:
            failed.append(error.what)
        keep(report.render(described, comparisons, sizes, failed))
    if failed:
        raise ReportedError(
            f"{len(failed)} of {len(parts)} parts of the benchmark failed: {'; '.join(failed)}",
            hint="the page holds the others, docs/benchmarks.md",
        )
    return report.render(described, comparisons, sizes)


def _tenants(
    stack: pulumi_cli.Stack, counts: Sequence[int], rounds: int, console: Console
) -> tuple[Comparison, Comparison]:
    previews, updates = tenants.measure(stack, console, counts=counts, rounds=rounds)
    return (
        Comparison(
            title="How does `pulumi preview` grow with tenants?",
            samples=previews,
            note="A preview that finds nothing to change, on the file backend.",
        ),
        Comparison(
            title="How does a no-op `pulumi up` grow with tenants?",
            samples=updates,
            note="An update that finds nothing to change, on the file backend.",
        ),
    )


def _starts(found: Platform, rounds: int, console: Console) -> Comparison:
    starts = Starts(found)
    with console.status("measuring starts"):
        measured = [starts.round() for _ in range(rounds)]
    return Comparison(
        title="How long until a driver runs?",
        samples=in_turns(("the same pod, made by hand", "SparkApplication"), measured),
        note="From creating the object to its pod's phase Running. The difference is the operator and its "
        "spark-submit.",
        goal=Goal(name="SparkApplication", ratio=1.5),
    )


def _submissions(found: Platform, rounds: int, console: Console) -> Comparison:
    submissions = Submissions(found)
    with console.status("measuring submissions"):
        measured = [submissions.round() for _ in range(rounds)]
    return Comparison(
        title="What does a submission cost?",
        samples=in_turns(("by the chart's spark-submit, without its operator", "SparkApplication"), measured),
        note="CPU time in the operator's pod. A core makes 60 by that many submissions a minute, and as many "
        "times more as the ratio is below 1: 0.25 is four times as many.",
        goal=Goal(name="SparkApplication", ratio=0.25),
    )


def _first_tasks(found: Platform, rounds: int, console: Console) -> tuple[Comparison, Comparison]:
    first_tasks = FirstTasks(found)
    with console.status("measuring first tasks"):
        measured = [first_tasks.round() for _ in range(rounds)]
    cpu = Comparison(
        title="What does a driver take until its first task has ended?",
        samples=in_turns(
            ("as Java comes", "as every job is", "without Java's second compiler"),
            [[run.cpu for run in turn] for turn in measured],
        ),
        note="CPU time of the driver's container since its start, Python included. As Java comes: without "
        "the archive of Spark's classes, and with Java's own choice of when code is compiled best.",
        goal=Goal(name="as every job is", ratio=0.6),
    )
    executors = Comparison(
        title="How long until an executor that was asked for is there?",
        samples=in_turns(
            ("its container runs", "it has registered", "it has registered, without the archive"),
            [[turn[1].running, turn[1].registered, turn[0].registered] for turn in measured],
        ),
        note="From the creation of its pod. The difference is its JVM's start, while the driver starts too.",
    )
    return cpu, executors


def _jobs(found: Platform, rounds: int, console: Console) -> tuple[Comparison, Comparison]:
    kinds = (Kind.SPARK_SUBMIT, Kind.OPERATOR)
    measured = [[_job_times(found, kind, console) for kind in kinds] for _ in range(rounds)]
    whole = Comparison(
        title="How long does the flights job take?",
        samples=in_turns(
            ("raw spark-submit", "through the operator"), [[parts[0] for parts in turn] for turn in measured]
        ),
        note="From creating the object to the end of the driver's container, by the cluster's clock.",
    )
    parts = Comparison(
        title="What of the flights job is start, and what is work?",
        samples=in_turns(
            (
                "in all, through the operator",
                "until the driver's container runs",
                "then, until the first executor's runs",
                "then, until the driver's has ended",
            ),
            [turn[-1] for turn in measured],
        ),
        note="The same runs through the operator. The last row holds the executor's start of its JVM.",
    )
    return whole, parts


def _job_times(found: Platform, kind: Kind, console: Console) -> list[float]:
    times = run_flights(found, console, kind=kind, again=True).times
    parts = (
        times.seconds(times.created, times.finished),
        times.seconds(times.created, times.driver),
        times.seconds(times.driver, times.executor),
        times.seconds(times.executor, times.finished),
    )
    seen = [part for part in parts if part is not None]
    if len(seen) != len(parts):
        raise ReportedError(f"the flights job by {kind.value} left no start or no end to measure")
    return seen


def _spark_image(console: Console) -> list[tuple[str, int, int]]:
    built = {image.name: image for image in images.build_all(console=console)}
    weighed = layers(built["spark"].archive)
    rows = [(f"`{layer.instruction[:60]}`", layer.size, layer.packed) for layer in weighed]
    return [*rows, ("in all", sum(row[1] for row in rows), sum(row[2] for row in rows))]
