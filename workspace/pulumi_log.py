"""Keeps Pulumi from logging every property of every resource on each call.

Since 3.249.0 the command line writes `$PULUMI_HOME/logs` at its finest level, whatever the command, and no
option or variable turns that off: `StartLogging` in pkg/cmd/pulumi/pulumi.go has no condition in 3.259.0 or
3.274.1. It takes most of a preview's CPU time (docs/benchmarks.md). Where the folder can't be made, Pulumi
goes on without the log: pkg/logging/encrypted.go returns the error, and its caller only notes it.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

NOTE: Final = """\
This file stands where Pulumi would make a folder and log every property of every resource on each call.
Remove it to have that log back, and `pulumi logs` with it; docs/aws.md says more.
"""


def turn_off(home: Path) -> None:
    """Put a file where Pulumi would make the folder of its log; what was logged before is removed.

    Args:
        home: Pulumi's own folder, `PULUMI_HOME`; made if it is missing.
    """
    logs = home / "logs"
    if logs.is_file():
        return
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.rmtree(logs, ignore_errors=True)
    # A call that began before may make the folder again; the next one then goes without.
    with suppress(IsADirectoryError):
        logs.write_text(NOTE)
