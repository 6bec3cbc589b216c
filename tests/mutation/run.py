"""mutmut's run with less to wait for: no test runs twice before the first mutant is tried.

mutmut runs all tests in one process to see which functions each one calls, and then again, to see whether
they pass without a mutant. Here each process takes a share of the files, and what has passed has passed.

A script: were it a module of `tests`, that package would be the project's own in the processes that mutmut
forks, and not the copy below `mutants/`.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from mutmut import __main__ as mutmut
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.utils.format_utils import mangled_name_from_mutant_name
from mutmut.workers.isolation import ForkServerRunner

SHARE: Final = "MUTATION_SHARE"
"""What `tests/mutation/order.py` reads: which share of the files, and of how many."""

FILE_SECONDS: Final = 60.0
"""What a file of tests may take by far, where nobody has measured it: a bound for endless loops."""


def run(asked: Mapping[str, list[str] | None], processes: int, minutes: float) -> None:
    """Have mutmut run, for each mutant, the tests that reach the function it is in.

    Args:
        asked: names of mutants, in the order in which they are tried, and the test files asked for each;
            None for the tests that call its function, which all tests are run for first.
        processes: how many at a time.
        minutes: how long mutants are tried; 0 for as long as there are any.

    Raises:
        SystemExit: tests fail without any mutant; the log that they wrote is named.
    """
    places = {name: place for place, name in enumerate(asked)}
    files = {name: near for name, near in asked.items() if near is not None}
    if files:
        mutmut.__dict__["collect_or_load_stats"] = partial(_take, files)
    mutmut.__dict__.update(
        # mutmut takes those first whose tests are quick: what it has tried after a time would be no sample.
        estimated_worst_case_time=places.__getitem__,
        get_mutant_runner=partial(_Runner, minutes, files),
    )
    mutmut._run(list(asked), processes)


def _take(files: Mapping[str, list[str]], runner: object, **_: object) -> None:
    """Have mutmut take files of tests for what its first run would have noted."""
    state().duration_by_test = defaultdict(lambda: FILE_SECONDS)
    for name, near in files.items():
        state().tests_by_mangled_function_name[mangled_name_from_mutant_name(name)] |= set(near)


class _Runner(ForkServerRunner):
    """Tries mutants as mutmut does.

    Args:
        minutes: how long; 0 for as long as there are any.
        files: test files that are asked for each mutant, in order; none for the tests that mutmut has noted.
        processes: how many at a time.
    """

    def __init__(self, minutes: float, files: Mapping[str, list[str]], processes: int = 1) -> None:
        super().__init__(max_workers=processes, test_runner_class=PytestRunner, test_runner_args={})
        self._files = files
        # Of files whether they pass is asked afterwards, of those tests alone that found something.
        self._all_passed = bool(files)
        self._seconds = minutes * 60 or math.inf
        self._began = math.inf

    def startup(self) -> None:
        self._began = time.monotonic()
        super().startup()

    def submit(self, mutant_name: str, tests: list[str], cpu_time_limit: int, estimated_time: float) -> None:
        if time.monotonic() - self._began > self._seconds:
            # What mutmut ends well upon; the mutants that are being tried count for nothing.
            raise KeyboardInterrupt
        tests = self._files.get(mutant_name, tests)
        super().submit(mutant_name, tests, cpu_time_limit, estimated_time)

    def run_forced_fail(self) -> int:
        if not self._files:
            return super().run_forced_fail()
        first = next(iter(self._files.values()))
        return self._exit_code_from_child(lambda child: child.run_tests(mutant_name=None, tests=first[-1:]))

    def collect_stats(self, tests: Iterable[str] | None) -> int:
        if tests:
            return super().collect_stats(tests)
        with ThreadPoolExecutor(self.max_workers) as pool:
            codes = list(pool.map(self._share, range(self.max_workers)))
        self._all_passed = not any(codes)
        return max(codes)

    def _share(self, number: int) -> int:
        share = {"number": number, "of": self.max_workers}
        return ForkServerRunner(
            max_workers=1, test_runner_class=_Share, test_runner_args=share
        ).collect_stats(None)

    def run_clean_tests(self, tests: Iterable[str]) -> int:
        return 0 if self._all_passed else super().run_clean_tests(tests)


class _Share(PytestRunner):
    """Runs some of the test files, and writes what pytest says into a file below `mutants/`.

    Args:
        number: which share, from 0 on.
        of: how many there are.
    """

    def __init__(self, number: int, of: int) -> None:
        super().__init__()
        self._log = Path("mutants", f"share-{number}.log").resolve()
        # mutmut makes a test runner only in the process that it runs in.
        os.environ[SHARE] = f"{number}/{of}"

    def run_stats(self, *, tests: Iterable[str]) -> int:
        with self._log.open("w") as log, contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            code = super().run_stats(tests=tests)
        if code:
            os.write(1, f"\nwithout any mutant tests fail: see {self._log}\n".encode())
        return code


if __name__ == "__main__":
    run(json.load(sys.stdin), int(sys.argv[1]), float(sys.argv[2]))
