"""What a driver gets works with the standard library alone, and is the same file each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from emr.shadow import bundle


def test_the_kit_needs_nothing_but_python(tmp_path: Path) -> None:
    kit = bundle.write(tmp_path / "kit.zip")
    program = "; ".join(f"import emr.shadow.{module}" for module in bundle.MODULES if module != "__init__")
    # -I and -S: neither this folder nor any installed package.
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(kit)!r}); {program}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_same_modules_make_the_same_file(tmp_path: Path) -> None:
    first, second = bundle.write(tmp_path / "a.zip"), bundle.write(tmp_path / "b.zip")
    assert first.read_bytes() == second.read_bytes()
