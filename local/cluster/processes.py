"""Processes that a cluster owns: started apart from us, recorded, recognised again, ended.

A record is the process's pid, start and command. A pid alone proves nothing after a reboot, and a name alone
would hit a kubelet or containerd that belongs to somebody else. The start is counted from the boot by the
kernel, so that setting the clock does not make every process a stranger.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from local.cluster import binaries
from local.cluster.spec import ClusterSpec
from workspace.errors import ReportedError

START_FIELD: Final = 19
"""Position of the start, in clock ticks after the boot, behind the command in /proc/PID/stat (proc(5))."""

STATE_FIELD: Final = 0
"""Position of the state behind the command in /proc/PID/stat."""

LOG_MAX: Final = 20 * 1024**2
"""Bytes of a log that are kept as they are when its process is started again; a longer one is set aside."""

SPAWN_TIMEOUT: Final = 10.0
"""Seconds for a process to report its pid; it takes milliseconds unless the machine is out of memory."""


@dataclass(frozen=True)
class Record:
    """What identifies one running process, and what it was started from.

    Args:
        pid: process id.
        started: clock ticks after the boot.
        boot: which boot.
        command: program and arguments.
        inputs: digest of the configuration files and program it was started with.
    """

    pid: int
    started: int
    boot: str
    command: tuple[str, ...]
    inputs: str = ""


def records_folder(spec: ClusterSpec) -> Path:
    """Folder of the cluster's process records.

    Args:
        spec: the cluster.
    """
    return spec.state / "processes"


def read_record(spec: ClusterSpec, name: str) -> Record | None:
    """The record of the process called `name`, or None when there is none or it is damaged.

    Args:
        spec: the cluster.
        name: of the process, as `up` calls it ("kubelet").
    """
    try:
        data = json.loads((records_folder(spec) / f"{name}.json").read_text())
        return Record(
            pid=int(data["pid"]),
            started=int(data["started"]),
            boot=str(data["boot"]),
            command=tuple(data["command"]),
            inputs=str(data["inputs"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(spec: ClusterSpec, name: str, record: Record) -> None:
    """Write a record, whole or not at all.

    Args:
        spec: the cluster.
        name: of the process.
        record: what tells it from any other.
    """
    folder = records_folder(spec)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{name}.{os.getpid()}"
    partial.write_text(json.dumps(asdict(record)))
    partial.replace(folder / f"{name}.json")


def forget(spec: ClusterSpec, name: str) -> None:
    """Remove the record of a process that has ended.

    Args:
        spec: the cluster.
        name: of the process.
    """
    (records_folder(spec) / f"{name}.json").unlink(missing_ok=True)


def observe(pid: int, inputs: str = "") -> Record | None:
    """The record of a running process, or None when it is gone (a zombie is gone).

    Args:
        pid: of the process.
        inputs: digest of what it was started with, kept in the record.
    """
    folder = Path("/proc") / str(pid)
    try:
        # The command stands in parentheses and may itself hold blanks and parentheses.
        behind_command = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        words = (folder / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except OSError:
        return None
    if behind_command[STATE_FIELD] in ("Z", "X"):
        return None
    command = tuple(word.decode(errors="replace") for word in words)
    return Record(pid, int(behind_command[START_FIELD]), boot(), command, inputs)


def boot() -> str:
    """Which boot of this machine this is."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def alive(record: Record | None) -> bool:
    """Say whether the recorded process is still running: same pid, same start, same program.

    Args:
        record: None counts as not running.
    """
    if record is None:
        return False
    now = observe(record.pid)
    return now is not None and (now.boot, now.started, now.command[:1]) == (
        record.boot,
        record.started,
        record.command[:1],
    )


def ended(spec: ClusterSpec, names: Iterable[str]) -> list[str]:
    """Those of the named processes that do not run.

    Args:
        spec: the cluster.
        names: of the processes.
    """
    return [name for name in names if not alive(read_record(spec, name))]


def digest(files: Iterable[Path], values: Sequence[str] = ()) -> str:
    """Digest of the files' contents and of the values; a link to a program counts by its size and time.

    Args:
        files: configuration files (read) and links to programs (looked at).
        values: arguments, image names and whatever else decides how a process behaves.
    """
    sha = hashlib.sha256()
    for path in files:
        if path.is_symlink():
            facts = path.stat()
            sha.update(f"{path.name} {facts.st_size} {facts.st_mtime_ns}".encode())
        else:
            sha.update(path.read_bytes())
    for value in values:
        sha.update(b"\0" + value.encode())
    return sha.hexdigest()[:16]


def spawn(
    spec: ClusterSpec,
    name: str,
    command: Sequence[str],
    *,
    inputs: str = "",
    environment: Mapping[str, str] | None = None,
) -> Record:
    """Start a program that outlives us, with its output in the cluster's log folder, and record it.

    The program becomes a child of the machine's first process, which reaps it; we never hold a zombie.

    Args:
        spec: the cluster that owns the process.
        name: the process's name in records and logs.
        command: program and arguments.
        inputs: see `Record`.
        environment: all variables it gets; our own when None.

    Raises:
        ReportedError: it did not start.
    """
    spec.logs.mkdir(parents=True, exist_ok=True)
    records_folder(spec).mkdir(parents=True, exist_ok=True)
    pid_file = records_folder(spec) / f".{name}.pid"
    pid_file.unlink(missing_ok=True)
    # The shell reports its own pid and then turns into the program, so no pid is ever lost between the two.
    script = 'printf %s "$$" > "$0.part" && mv "$0.part" "$0" && exec "$@"'
    log_file = spec.logs / f"{name}.log"
    if log_file.exists() and log_file.stat().st_size > LOG_MAX:
        log_file.replace(log_file.with_suffix(".log.old"))
    with log_file.open("ab") as log:
        subprocess.run(
            [binaries.system("setsid"), "--fork", "/bin/sh", "-c", script, str(pid_file), *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=spec.state,
            env=environment,
            check=True,
        )
    record = _await_program(pid_file, command[0], inputs)
    if record is None:
        raise ReportedError(
            f"{name} ended as soon as it was started:\n{log_tail(log_file)}",
            hint=f"read {log_file}, then run the command again",
        )
    write_record(spec, name, record)
    pid_file.unlink(missing_ok=True)
    return record


def _await_program(pid_file: Path, program: str, inputs: str) -> Record | None:
    deadline = time.monotonic() + SPAWN_TIMEOUT
    while time.monotonic() < deadline:
        if pid_file.exists():
            record = observe(int(pid_file.read_text()), inputs)
            if record is None:
                return None
            if record.command[:1] == (program,):
                return record
        time.sleep(0.01)
    return None


def end(processes: Iterable[Record], *, grace: float) -> None:
    """End processes: SIGTERM, then SIGKILL for those that are still there after `grace` seconds.

    Args:
        processes: whom to end; one that is gone, or whose pid now belongs to another process, is left alone.
        grace: seconds between the two signals; 0 sends SIGKILL at once.
    """
    left = [record for record in processes if alive(record)]
    for record in left:
        _signal(record, signal.SIGTERM if grace > 0 else signal.SIGKILL)
    left = _wait_gone(left, grace)
    for record in left:
        _signal(record, signal.SIGKILL)
    left = _wait_gone(left, SPAWN_TIMEOUT)
    if left:
        names = ", ".join(f"{record.pid} ({' '.join(record.command)[:80]})" for record in left)
        raise ReportedError(
            f"processes did not end within {SPAWN_TIMEOUT:.0f} s of SIGKILL: {names}",
            hint="they wait for the kernel (a stuck mount or disk); run the command again once they are gone",
        )


def _signal(record: Record, number: signal.Signals) -> None:
    if alive(record):
        try:
            os.kill(record.pid, number)
        except ProcessLookupError:
            return


def _wait_gone(records: Sequence[Record], seconds: float) -> list[Record]:
    deadline = time.monotonic() + seconds
    left = [record for record in records if alive(record)]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [record for record in left if alive(record)]
    return left


def by_program(prefix: str) -> list[Record]:
    """Running processes whose program path starts with `prefix`: those that a lost record would hide.

    Args:
        prefix: of an absolute path.
    """
    return matching(lambda command: command[0].startswith(prefix))


def matching(asked: Callable[[tuple[str, ...]], bool]) -> list[Record]:
    """Running processes whose program and arguments `asked` says yes to; those of the kernel have none.

    Args:
        asked: takes the program and its arguments.
    """
    seen = (observe(pid) for pid in psutil.pids())
    return [record for record in seen if record is not None and record.command and asked(record.command)]


def log_tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, indented, for an error message; empty when there is no log.

    Args:
        path: of the log.
        lines: how many at most.
    """
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return ""
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])
