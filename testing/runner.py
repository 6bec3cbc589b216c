"""Runs steps one after the other, and beside them, giving way to them, those that need none of the others.

Most tests on the real node wait: for a pod, a scrape, an alert. What only computes uses the time meanwhile,
and what waits as well, as clusters of their own do, waits beside both.
"""

from __future__ import annotations

import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import psutil
from rich.console import Console
from rich.markup import escape

from testing import giving_way, report, second_try
from testing.report import Outcome
from testing.step import Step
from toolchain import search_path
from toolchain.progress import minutes
from workspace.errors import ReportedError
from workspace.paths import ROOT


def run(steps: Sequence[Step], console: Console, *, leave: Callable[[], None] = lambda: None) -> None:
    """Run every step, also after a failed one, and close with the sum of all tests.

    Args:
        steps: in order; one that is marked `beside` runs beside those after it.
        console: where output goes; that of a step beside others is shown when it has ended.
        leave: puts the machine back as it was; called before the sum, however the steps ended.

    Raises:
        ReportedError: at least one step failed; names all of them.
    """
    began, busy = time.monotonic(), _busy()
    outcomes: list[Outcome] = []
    try:
        with TemporaryDirectory() as folder:
            _run_all(steps, console, Path(folder), outcomes)
            _try_again(steps, console, Path(folder), outcomes)
    finally:
        leave()
    whole = report.Whole(
        elapsed=time.monotonic() - began, computed=_busy() - busy, processors=psutil.cpu_count() or 1
    )
    for line in report.lines(outcomes, whole):
        _print(console, line)
    _print(console, report.total(outcomes))
    if broken := [each.name for each in outcomes if each.code]:
        raise ReportedError(f"failed: {'; '.join(broken)}", hint="the output of each is above")


def _try_again(steps: Sequence[Step], console: Console, folder: Path, outcomes: Sequence[Outcome]) -> None:
    ended = {outcome.name: outcome for outcome in outcomes}
    for number, step in enumerate(steps):
        outcome = ended[step.name]
        if not second_try.deserved(step, outcome):
            continue
        console.rule(f"{step.name}: what failed, once more and alone", align="left")
        first, again = _report(folder, number), folder / f"{number}-again.xml"
        began = time.monotonic()
        code, computed = _run_command(second_try.command(step, first, again), None)
        outcome.seconds += time.monotonic() - began
        outcome.computed += computed
        second_try.settle(outcome, again, code)


def _report(folder: Path, number: int) -> Path:
    return folder / f"{number}.xml"


def _busy() -> float:
    """Seconds that this machine's processors have computed since it started."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq)


def _run_all(steps: Sequence[Step], console: Console, folder: Path, outcomes: list[Outcome]) -> None:
    with giving_way.group() as prefix:
        lanes = {waits: _Lane(folder, console, prefix) for waits in (True, False)}
        try:
            for number, step in enumerate(steps):
                if step.beside:
                    lanes[step.waits].put(number, step)
                    continue
                console.rule(step.name, align="left")
                outcomes.append(_run_step(step, _report(folder, number), console))
                _print(console, _took(outcomes[-1]))
                for lane in lanes.values():
                    outcomes += lane.show_ended()
        finally:
            # Also after ctrl-C: nothing may still use the platform when it is removed.
            for lane in lanes.values():
                outcomes += lane.finish()


def _run_step(
    step: Step,
    junit: Path,
    console: Console,
    *,
    output: IO[bytes] | None = None,
    prefix: Sequence[str] = (),
) -> Outcome:
    began = time.monotonic()
    command = [*prefix, *step.command]
    if step.command[0].endswith("pytest"):
        command.append(f"--junitxml={junit}")
    if step.second_try:
        command += second_try.remembers(junit)
    try:
        if step.before:
            step.before()
    except ReportedError as error:
        _say_error(error, console, output)
        return Outcome(name=step.name, ready=time.monotonic() - began, seconds=0, code=1, beside=step.beside)
    ready = time.monotonic()
    code, computed = _run_command(command, output)
    outcome = Outcome(
        name=step.name,
        ready=ready - began,
        seconds=time.monotonic() - ready,
        computed=computed,
        code=code,
        beside=step.beside,
    )
    outcome.totals.add(junit)
    return outcome


def _run_command(command: Sequence[str], output: IO[bytes] | None) -> tuple[int, float]:
    """Its exit code, and the processor's seconds of it and all that it waited for."""
    environment = {**os.environ, "PATH": search_path()}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output) as process:
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            # As subprocess.run does on ctrl-C.
            process.kill()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_utime + used.ru_stime


def _say_error(error: ReportedError, console: Console, output: IO[bytes] | None) -> None:
    if output is None:
        console.print(f"[red]error:[/red] {escape(str(error))}")
    else:
        output.write(f"error: {error}\n".encode())


def _took(outcome: Outcome) -> str:
    return f"{outcome.name}: {minutes(outcome.ready + outcome.seconds)}"


def _print(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


class _Lane:
    """The steps beside the others: one after the other in a thread, their output kept until it is shown.

    Args:
        folder: for output and reports.
        console: where the output is shown.
        prefix: what stands before a command that gives way.
    """

    def __init__(self, folder: Path, console: Console, prefix: Sequence[str]) -> None:
        self._folder = folder
        self._console = console
        self._prefix = prefix
        self._waiting: queue.Queue[tuple[int, Step] | None] = queue.Queue()
        self._ended: queue.Queue[tuple[Outcome, Path]] = queue.Queue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def put(self, number: int, step: Step) -> None:
        """Let a step run once those before it in the lane have ended."""
        self._waiting.put((number, step))

    def show_ended(self) -> list[Outcome]:
        """Show the output of what has ended since the last call."""
        shown = []
        while not self._ended.empty():
            outcome, output = self._ended.get()
            self._console.rule(f"{outcome.name} (beside the others)", align="left")
            self._console.out(output.read_text(errors="replace"), highlight=False)
            _print(self._console, _took(outcome))
            shown.append(outcome)
        return shown

    def finish(self) -> list[Outcome]:
        """Wait for the rest and show it; no step may be put after that."""
        self._waiting.put(None)
        self._thread.join()
        return self.show_ended()

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            number, step = item
            path = self._folder / f"{number}.txt"
            with path.open("wb") as output:
                outcome = _run_step(
                    step, _report(self._folder, number), self._console, output=output, prefix=self._prefix
                )
            self._ended.put((outcome, path))
