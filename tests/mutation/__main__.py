"""How many faults that a tool puts into `components/` the tests find: `make soak`, or this module alone.

    .venv/bin/python -m tests.mutation                      a sample of every module, drawn by a fixed seed
    .venv/bin/python -m tests.mutation --mutants 0          all of them; hours
    .venv/bin/python -m tests.mutation --minutes 30         as many of the sample as are tried in that time
    .venv/bin/python -m tests.mutation --near               at once: asks only the tests that name a module
    .venv/bin/python -m tests.mutation tenants aws/buckets  some modules, by their path below components/

mutmut changes functions: an operator, a number, a text, an argument left out. What stands at the top of a
module, such as the list of alerts, it leaves alone: `tests/program/test_inputs.py` holds that.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.mutation.mutants import NOT_TRIED, Mutant, forget, generate, judged
from tests.mutation.near import FOUND, found_by, near, near_files
from tests.mutation.originals import PACKAGE
from tests.mutation.sample import draw, shuffled
from tests.mutation.score import WANTED, Score, table

ROOT: Final = Path(__file__).resolve().parents[2]

MUTANTS: Final = 400
"""How many are tried: what two cores do in less than an hour."""

SEED: Final = 20261125
"""The same sample in every run, so that a score can be compared with the last one."""


def main() -> int:
    """Draw mutants, try them, and say what became of them; 1 if too many survived."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Mutate components/")
    parser.add_argument("modules", nargs="*", help="paths below components/, without .py; all if none")
    parser.add_argument("--mutants", type=int, default=MUTANTS, help="how many to try; 0 for all")
    parser.add_argument("--seed", type=int, default=SEED, help="what the sample is drawn by")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2, help="how many at a time")
    parser.add_argument("--minutes", type=float, default=0, help="how long mutants are tried; 0 for no bound")
    parser.add_argument(
        "--near", action="store_true", help="ask only what names a module: no run of all tests"
    )
    asked = parser.parse_args()
    os.chdir(ROOT)
    chosen = draw(generate(asked.processes), asked.modules, number=asked.mutants, seed=asked.seed)
    if not chosen:
        sys.exit(f"no mutants in {', '.join(asked.modules)}; name modules such as aws/buckets")
    forget(chosen)
    FOUND.unlink(missing_ok=True)
    _try(shuffled(chosen, asked.seed), asked.processes, asked.minutes, near_files() if asked.near else None)
    results = [each for each in judged(chosen) if each.status != NOT_TRIED]
    if asked.near:
        _pass_without_mutant(found_by())
    print(table(results))
    if left := len(chosen) - len(results):
        print(f"There was no time for {left} of the {len(chosen)} drawn.")
    return 0 if Score.of(results).killed_share >= WANTED else 1


def _try(mutants: list[Mutant], processes: int, minutes: float, files: Mapping[str, str] | None) -> None:
    """Have mutmut run, for each mutant, the tests that reach the function it is in, or those near to it."""
    script = Path(__file__).with_name("run.py")
    asked = {each.name: near(each.name, files) if files is not None else None for each in mutants}
    command = [sys.executable, "-P", str(script), str(processes), str(minutes)]
    done = subprocess.run(command, input=json.dumps(asked), text=True, check=False)
    if done.returncode:
        sys.exit(f"mutmut ended with {done.returncode}; its output is above")


def _pass_without_mutant(tests: Sequence[str]) -> None:
    """Have those tests run that found something: what fails by itself has found nothing."""
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir=.", "-p", "tests.mutation.order", *tests]
    command += ["-p", "no:cacheprovider"]
    # Of a mutant that is in no module, so that all modules are the original ones.
    clean = {**os.environ, "MUTANT_UNDER_TEST": f"{PACKAGE}.none.none"}
    if tests and subprocess.run(command, cwd="mutants", env=clean, check=False).returncode:
        sys.exit("tests that found a mutant fail without any: mend them, and try again")


if __name__ == "__main__":
    sys.exit(main())
