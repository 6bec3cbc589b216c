"""mutmut's run with less to wait for: no test runs twice before the first mutant is tried.

mutmut runs all tests in one process to see which functions each one calls, and then again, to see whether
they pass without a mutant. Here each process takes a share of the files, and what has passed has passed.

A script: were it a module of `tests`, that package would be the project's own in the processes that mutmut
forks, and not the copy below `mutants/`.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from mutmut import __main__ as mutmut
from mutmut.runners.harness import PytestRunner
from mutmut.workers.isolation import ForkServerRunner

SHARE: Final = "MUTATION_SHARE"
"""What `tests/mutation/order.py` reads: which share of the files, and of how many."""


def run(names: Sequence[str], processes: int, minutes: float) -> None:
    """Have mutmut run, for each mutant, the tests that reach the function it is in.

    Args:
        names: of the mutants, in the order in which they are tried.
        processes: how many at a time.
        minutes: how long mutants are tried; 0 for as long as there are any.

    Raises:
        SystemExit: tests fail without any mutant; the log that they wrote is named.
    """
    places = {name: place for place, name in enumerate(names)}
    mutmut.__dict__.update(
        # mutmut takes those first whose tests are quick: what it has tried after a time would be no sample.
        estimated_worst_case_time=places.__getitem__,
        get_mutant_runner=partial(_Runner, minutes),
    )
    mutmut._run(list(names), processes)


class _Runner(ForkServerRunner):
    """Tries mutants as mutmut does.

    Args:
        minutes: how long; 0 for as long as there are any.
        processes: how many at a time.
    """

    def __init__(self, minutes: float, processes: int = 1) -> None:
        super().__init__(max_workers=processes, test_runner_class=PytestRunner, test_runner_args={})
        self._all_passed = False
        self._seconds = minutes * 60 or math.inf
        self._began = math.inf

    def startup(self) -> None:
        self._began = time.monotonic()
        super().startup()

    def submit(self, mutant_name: str, tests: list[str], cpu_time_limit: int, estimated_time: float) -> None:
        if time.monotonic() - self._began > self._seconds:
            # What mutmut ends well upon; the mutants that are being tried count for nothing.
            raise KeyboardInterrupt
        super().submit(mutant_name, tests, cpu_time_limit, estimated_time)

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
    run(sys.stdin.read().split(), int(sys.argv[1]), float(sys.argv[2]))
