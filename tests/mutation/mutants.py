"""Mutants of `components/`, as mutmut makes and remembers them below `mutants/`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutation.originals import ORIGINALS

_OWN_WORDS: Final = {2: "killed", 255: "not run"}
"""Exit codes that mutmut takes for ctrl-C and for a timeout: a test module that could not be imported, and a
test run that could not be started."""

NOT_TRIED: Final = "not checked"
"""What mutmut says of a mutant that no test was run for yet."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change of one function.

    Args:
        name: mutmut's name for it; `mutmut show <name>` prints the change.
        module: path below `components/`, without `.py`.
        status: what became of it, in mutmut's words: "killed", "survived", "no tests", "timeout", ...
    """

    name: str
    module: str
    status: str = NOT_TRIED


def generate(processes: int) -> list[Mutant]:
    """Write the mutated modules, and all that the tests need beside them, below `mutants/`.

    Args:
        processes: how many modules to mutate at a time.

    Returns:
        All mutants, in the order of modules and lines.
    """
    from mutmut.__main__ import create_mutants
    from mutmut.mutation.trampoline import set_mutant_under_test
    from mutmut.utils.file_utils import copy_src_dir

    # `mutmut run` does the same, but tries what it makes at once: a sample has to be drawn in between.
    set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir(exist_ok=True)
    copy_src_dir()
    _copy_what_tests_read()
    create_mutants(processes)
    return list(_known())


def _copy_what_tests_read() -> None:
    """Lay the rest of the project beside the mutated modules: tests read scripts, manifests and pages.

    mutmut copies what is not there yet, and would leave a script as it was at the first run.
    """
    tracked = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    for name in filter(None, tracked.split("\0")):
        source, target = Path(name), Path("mutants", name)
        mutated = name.startswith("components/") and source.suffix == ".py"
        if not mutated and source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    # An edit while mutants are tried would be a fault of its own to all of them.
    shutil.rmtree(Path("mutants", ORIGINALS), ignore_errors=True)
    shutil.copytree("components", Path("mutants", ORIGINALS, "components"))
    tools = Path("mutants", ".venv")
    if not tools.exists():
        tools.symlink_to(Path(".venv").resolve())


def forget(mutants: list[Mutant]) -> None:
    """Take away what became of mutants in earlier runs.

    Args:
        mutants: those that are to be tried.
    """
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.utils.file_utils import walk_mutatable_files

    names = {each.name for each in mutants}
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        if known := names.intersection(data.exit_code_by_key):
            data.exit_code_by_key |= dict.fromkeys(known)
            data.save()


def judged(mutants: list[Mutant]) -> list[Mutant]:
    """Read what became of mutants that were tried."""
    names = {each.name for each in mutants}
    return [each for each in _known() if each.name in names]


def _known() -> Iterator[Mutant]:
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.stats import status_by_exit_code as status_by_code
    from mutmut.utils.file_utils import walk_mutatable_files

    for path in sorted(walk_mutatable_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        module = str(path.with_suffix("").relative_to("components"))
        for name, code in data.exit_code_by_key.items():
            status = status_by_code[code] if code is None else _OWN_WORDS.get(code, status_by_code[code])
            yield Mutant(name=name, module=module, status=status)
