"""Runs an image as a restricted pod does: read-only root, no capabilities, no new privileges, any user."""

from __future__ import annotations

import json
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SPARK_UID: Final = 185
_HOST_NAME: Final = "smoke"
_MEMORY_BYTES: Final = 3 * 1024**3
_NAMESPACES: Final = ("pid", "ipc", "uts", "mount")
"""Not the network: the containers reach the store, and each other, on loopback."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image that is unpacked.

    Args:
        root: its root file system; containers never write to it.
        scratch: folder for the containers' settings and output.
        environment: what its Dockerfile sets.
        entrypoint: what its Dockerfile starts.
        folder: its working folder.
        user: who its Dockerfile starts it as.
    """

    root: Path
    scratch: Path
    environment: Mapping[str, str]
    entrypoint: Sequence[str]
    folder: str
    user: str

    def start(
        self,
        *arguments: str,
        uid: int = SPARK_UID,
        gid: int = SPARK_UID,
        environment: Mapping[str, str] | None = None,
        mounts: Mapping[Path, str] | None = None,
        volumes: Mapping[Path, str] | None = None,
        tmp: bool = True,
    ) -> Container:
        """Start a container.

        Args:
            arguments: what follows the entrypoint.
            uid: user id of its processes.
            gid: group id of its processes.
            environment: variables besides the image's.
            mounts: folder here -> where it is seen, read-only.
            volumes: folder here -> where it is seen and written to.
            tmp: whether /tmp is writable, as an emptyDir makes it.
        """
        name = f"smoke-{uuid.uuid4().hex[:8]}"
        bundle = self.scratch / name
        bundle.mkdir(parents=True)
        hosts = bundle / "hosts"
        hosts.write_text(f"127.0.0.1 localhost {_HOST_NAME}\n")
        variables = {**self.environment, **(environment or {})}
        seen = {hosts: "/etc/hosts", **(mounts or {})}
        process = {
            "terminal": False,
            "user": {"uid": uid, "gid": gid},
            "args": [*self.entrypoint, *arguments],
            "env": [f"{key}={value}" for key, value in variables.items()],
            "cwd": self.folder,
            "noNewPrivileges": True,
            "capabilities": {},
        }
        (bundle / "config.json").write_text(
            json.dumps(
                _configuration(
                    self.root, process, [*_bound(seen, "ro"), *_bound(volumes or {}, "rw")], tmp=tmp
                )
            )
        )
        return Container(name=name, bundle=bundle, user=f"{uid}:{gid}").run()

    def run(self, *arguments: str, timeout: float = 120, **options: Any) -> tuple[int, str]:
        """Run a container to its end; return its exit status and what it printed.

        Args:
            arguments: what follows the entrypoint.
            timeout: seconds.
            options: as for `start`.
        """
        container = self.start(*arguments, **options)
        try:
            return container.wait(timeout), container.output()
        finally:
            container.remove()


@dataclass(kw_only=True)
class Container:
    """A container that was started.

    Args:
        name: its id.
        bundle: folder with its settings and its output.
        user: user and group id of its processes.
    """

    name: str
    bundle: Path
    user: str
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def run(self) -> Container:
        """Start it; its output goes to a file."""
        with (self.bundle / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [*self._runc(), "run", "--bundle", str(self.bundle), self.name],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self

    def _runc(self) -> list[str]:
        return ["runc", "--root", str(self.bundle / "runc")]

    def output(self) -> str:
        """What it printed so far."""
        return (self.bundle / "output").read_text(errors="replace")

    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process is not None and self._process.poll() is not None

    def wait(self, timeout: float) -> int:
        """Wait for its end and return its exit status."""
        assert self._process is not None, "the container was not started"
        return self._process.wait(timeout)

    def until(self, what: str, ready: Callable[[], Any], *, timeout: float = 120) -> Any:
        """Wait until `ready` returns something true, and return that; fail if the container ends before.

        Args:
            what: what is waited for; the failure says so.
            ready: asked twice a second.
            timeout: seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            found = ready()
            if found:
                return found
            assert not self.ended(), f"{what}: the container ended\n{self.output()[-4000:]}"
            assert time.monotonic() < deadline, f"{what}: not within {timeout} s\n{self.output()[-4000:]}"
            time.sleep(0.5)

    def execute(self, *command: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a second process in it, as a hook or `kubectl exec` does."""
        return subprocess.run(
            [*self._runc(), "exec", "--user", self.user, self.name, *command],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def signal(self, name: str) -> None:
        """Send a signal to its first process."""
        subprocess.run([*self._runc(), "kill", self.name, name], capture_output=True, check=False)

    def remove(self) -> None:
        """End it at once if it runs, and forget it."""
        self.signal("KILL")
        if self._process is not None:
            self._process.wait(30)
        subprocess.run([*self._runc(), "delete", "--force", self.name], capture_output=True, check=False)


def _configuration(
    root: Path, process: dict[str, Any], bound: Sequence[dict[str, Any]], *, tmp: bool
) -> dict[str, Any]:
    """The settings that runc reads; device, mask and mount lists are those that container runtimes use."""
    mounts: list[dict[str, Any]] = [
        _mount("proc", "/proc"),
        _mount("tmpfs", "/dev", "nosuid", "mode=755", "size=64m"),
        _mount("devpts", "/dev/pts", "nosuid", "noexec", "newinstance", "ptmxmode=0666"),
        _mount("tmpfs", "/dev/shm", "nosuid", "nodev", "mode=1777", "size=64m"),
        _mount("sysfs", "/sys", "nosuid", "noexec", "nodev", "ro"),
    ]
    if tmp:
        mounts.append(_mount("tmpfs", "/tmp", "nosuid", "nodev", "mode=1777", "size=1g"))
    mounts += bound
    return {
        "ociVersion": "1.0.2",
        "process": process,
        "root": {"path": str(root), "readonly": True},
        "hostname": _HOST_NAME,
        "mounts": mounts,
        "linux": {
            "namespaces": [{"type": kind} for kind in _NAMESPACES],
            "resources": {"memory": {"limit": _MEMORY_BYTES}},
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/sys/firmware"],
            "readonlyPaths": ["/proc/sys", "/proc/sysrq-trigger"],
        },
    }


def _bound(folders: Mapping[Path, str], how: str) -> list[dict[str, Any]]:
    return [
        {"type": "bind", "source": str(source), "destination": target, "options": ["rbind", how]}
        for source, target in folders.items()
    ]


def _mount(kind: str, where: str, *options: str) -> dict[str, Any]:
    return {"type": kind, "source": kind, "destination": where, "options": list(options)}
