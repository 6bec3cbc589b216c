"""Starts the Python processes of rehearsals by forking one that has imported the SDKs already.

A single `pulumi preview` starts six of them: the program, and a stand-in for each provider. Imports of the
SDKs took half of its time. Nothing of this project is imported beforehand: each runs what is on the disk.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import importlib
import json
import os
import random
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from functools import cache
from pathlib import Path
from typing import Any, Final

from rehearsal.fork_client import REAL, SOCKET
from workspace.errors import ReportedError

ROOT: Final = Path(__file__).resolve().parent.parent
BIN: Final = Path(__file__).parent / "bin"
GUARD: Final = Path(__file__).parent / "standin" / "guard"

PRELOADED: Final = (
    "grpc",
    "jsonschema",
    "pulumi.provider.experimental",
    "pulumi.provider.server",
    "pulumi.runtime.proto.provider_pb2_grpc",
    "pulumi_aws",
    "pulumi_aws.cloudwatch",
    "pulumi_aws.ec2",
    "pulumi_aws.ecr",
    "pulumi_aws.eks",
    "pulumi_aws.iam",
    "pulumi_aws.kms",
    "pulumi_aws.s3",
    "pulumi_aws.sqs",
    "pulumi_eks",
    "pulumi_kubernetes",
    "pulumi_kubernetes.admissionregistration.v1",
    "pulumi_kubernetes.apiextensions",
    "pulumi_kubernetes.core.v1",
    "pulumi_kubernetes.helm.v4",
    "pulumi_kubernetes.networking.v1",
    "pulumi_kubernetes.rbac.v1",
    "pulumi_kubernetes.scheduling.v1",
    "pulumi_kubernetes.storage.v1",
    "pydantic",
    "yaml",
)
"""What programs and stand-ins import of other people's packages."""


@cache
def environment() -> dict[str, str]:
    """Environment variables for the processes; the first call starts what they are forked from."""
    folder = tempfile.TemporaryDirectory(prefix="rehearsal-forks-")
    place = Path(folder.name) / "socket"
    server = subprocess.Popen(
        [sys.executable, "-m", "rehearsal.forks", str(place)],
        cwd=ROOT,
        # As bare as the rehearsals' own: they inherit what this one was started with.
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{GUARD}:{ROOT}", "LANG": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def end() -> None:
        server.kill()
        server.wait()
        folder.cleanup()

    atexit.register(end)
    if server.stdout is None or server.stdout.readline() != "ready\n":
        raise ReportedError(
            "the process that rehearsals are forked from did not start", hint="what it printed is above"
        )
    return {REAL: sys.executable, SOCKET: str(place)}


class Server:
    """What forks a child for each connection, tells its exit code, and ends it with its connection.

    Args:
        place: path of the socket.
    """

    def __init__(self, place: str) -> None:
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(place)
        self._listening.listen(64)
        self._selector = selectors.DefaultSelector()
        self._children: dict[int, socket.socket] = {}

    def serve(self) -> None:
        """Serve until standard input is closed: whoever started this has ended."""
        self._selector.register(self._listening, selectors.EVENT_READ, self._accept)
        self._selector.register(sys.stdin, selectors.EVENT_READ, sys.exit)
        while True:
            for key, _ in self._selector.select():
                key.data()

    def _accept(self) -> None:
        connection, _ = self._listening.accept()
        # A child that waits for its turn must not keep the others from theirs.
        connection.settimeout(10)
        try:
            request, descriptors = _request(connection)
        except (OSError, ValueError):
            # The engine ends its plugins at any moment, and so those that ask here, in the middle of a word.
            connection.close()
            return
        child = os.fork()
        if child == 0:
            self._selector.close()
            self._listening.close()
            _become(request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        watched = os.pidfd_open(child)
        self._children[child] = connection
        self._selector.register(watched, selectors.EVENT_READ, lambda: self._ended(child, watched))
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._left(child))

    def _ended(self, child: int, watched: int) -> None:
        """A child ended: its exit code goes to whoever waits for it."""
        connection = self._children.pop(child)
        self._selector.unregister(watched)
        os.close(watched)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(OSError):
            # As a shell tells of a process that a signal ended.
            connection.send(bytes([code if code >= 0 else 128 - code]))
        with contextlib.suppress(KeyError):
            self._selector.unregister(connection)
        connection.close()

    def _left(self, child: int) -> None:
        """Whoever waited for a child was ended, as the engine does with plugins: the child goes as well."""
        connection = self._children.get(child)
        if connection is None:
            # Both ended between two looks of the selector, and the child was seen first.
            return
        self._selector.unregister(connection)
        os.kill(child, signal.SIGKILL)


def _request(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """What a connection asks for, and its standard streams; ValueError if it ends before it has said so."""
    length, descriptors, _, _ = socket.recv_fds(connection, 4, 3)
    try:
        return json.loads(_exactly(connection, int.from_bytes(length, "big"))), descriptors
    except (OSError, ValueError):
        for descriptor in descriptors:
            os.close(descriptor)
        raise


def _exactly(connection: socket.socket, length: int) -> bytes:
    text = b""
    while len(text) < length:
        more = connection.recv(length - len(text))
        if not more:
            raise ValueError(f"the connection ended after {len(text)} of {length} bytes")
        text += more
    return text


def _become(request: dict[str, Any], descriptors: list[int]) -> None:
    """In the child: be the process that was asked for."""
    code = 1
    try:
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        random.seed()
        tempfile.tempdir = None
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(write_through=True)  # type: ignore[union-attr]
        code = _run(request["arguments"])
    finally:
        # Not sys.exit: this is a copy of the server's stack.
        os._exit(code)


def _run(arguments: list[str]) -> int:
    name = arguments[0]
    sys.argv = arguments
    try:
        if "/" in name:
            runpy.run_path(name, run_name="__main__")
        else:
            runpy.run_module(name, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        sys.stderr.write(f"{ended.code}\n")
        return 1
    except BaseException:  # noqa: BLE001 - as the interpreter itself does
        traceback.print_exc()
        return 1
    return 0


class _WaitsOnce:
    """asyncio as Pulumi's `wait_for_rpcs` sees it, which waits at a program's end for each of its outputs.

    It waits for the first of them, and then anew for all the others: of a preview of prod, that was 2 of the
    program's 7.3 seconds of CPU time. This way it waits for all, or for the first that fails, as it did.
    """

    FIRST_COMPLETED: Final = asyncio.FIRST_EXCEPTION

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)


def _unsaid(
    msg: str, resource: object = None, stream_id: int | None = None, ephemeral: bool | None = None
) -> None:
    """`pulumi.log.debug` for an engine that was not started with `--debug`."""


def main() -> None:
    """Import everything, and serve."""
    server = Server(sys.argv[1])
    for module in PRELOADED:
        # Parts of the SDKs are only imported once something in them is asked for.
        getattr(importlib.import_module(module), "anything", None)
    importlib.import_module("pulumi.runtime.stack").asyncio = _WaitsOnce()  # type: ignore[attr-defined]
    # A call to the engine for each, 2,109 in a preview of prod, and no run of ours has the engine show them.
    importlib.import_module("pulumi.log").debug = _unsaid  # type: ignore[attr-defined]
    # An eighth of a run's time went into looking for cycles, nearly all of it among the SDKs' classes.
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve()


if __name__ == "__main__":
    main()
