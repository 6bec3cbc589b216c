"""The platform's pages from this machine: where they are opened, by which password, and how programs ask."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from rich.console import Console

from components.naming import LOGIN_NAMESPACE
from components.records.login import PORT, PROXY
from components.records.model import Page
from toolchain import pulumi_cli
from toolchain.forward import forwarded
from toolchain.kubectl import Kubectl
from toolchain.pulumi_cli import Stack
from workspace.errors import ReportedError

PASSWORDS: Final = "pagePasswords"
REPOSITORY: Final = "jobsRepository"

_CONNECT_SECONDS: Final = 2.0
_NODES_ASKED: Final = 3
"""A port is open on every node or on none; these are asked in case one of them is away."""


def reached(kubectl: Kubectl, outputs: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Find the way to the pages of a cluster that is not this machine's.

    Args:
        kubectl: the cluster.
        outputs: of the stack; all pages are below `pagesUrl`.

    Returns:
        The outputs with addresses that are reached from here, and the command that has to run for it; empty
        if none has to.
    """
    said = str(outputs.get("pagesUrl") or "")
    parts = urlsplit(said)
    if parts.port is None or parts.hostname != "127.0.0.1":
        return dict(outputs), ""
    for host in ["127.0.0.1", *_nodes(kubectl)]:
        if _open(host, parts.port):
            here = said.replace("127.0.0.1", f"[{host}]" if ":" in host else host, 1)
            moved = {key: _moved(value, said, here) for key, value in outputs.items()}
            return {**moved, **_repository(outputs, host)}, ""
    forward = f"kubectl port-forward -n {LOGIN_NAMESPACE} service/{PROXY} {parts.port}:{PORT}"
    return dict(outputs), forward


def say(console: Console, outputs: Mapping[str, Any], forward: str, *, user: str) -> None:
    """Say where the pages are, and how to get in.

    Args:
        console: where it goes.
        outputs: of the stack.
        forward: the command that has to run for it; empty if none has to.
        user: somebody who may sign in.
    """
    if not outputs.get("pagesUrl"):
        return
    console.print(f"Pages: {outputs['pagesUrl']}", soft_wrap=True)
    if outputs.get("runsUrl"):
        console.print(f"  runs of all jobs: {outputs['runsUrl']}", soft_wrap=True)
    told = f"`.venv/bin/spark-on-eks password {user}`"
    console.print(f"  as {user}, with the password that {told} tells", soft_wrap=True)
    if forward:
        console.print(f"  no node's port is reached from here; first run {forward}", soft_wrap=True)
    if outputs.get(REPOSITORY):
        console.print(
            f"Jobs: {outputs[REPOSITORY]}, a Git repository; docs/jobs.md has the rest", soft_wrap=True
        )


def password(stack: Stack, user: str) -> str:
    """The password of a user of the pages.

    Args:
        stack: the stack.
        user: the user's name.

    Raises:
        ReportedError: the stack was never applied, has no login, or no such user.
    """
    found = pulumi_cli.secret_output(stack, PASSWORDS)
    if not isinstance(found, dict) or user not in found:
        known = ", ".join(sorted(found)) if isinstance(found, dict) else "none"
        raise ReportedError(
            f"the stack {stack.name} has no user {user}; it has {known}",
            hint="name one of them, or add one below `foundation.login.users` and run `make up`",
        )
    return str(found[user])


@contextmanager
def asked(kubectl: Kubectl, page: Page) -> Iterator[str]:
    """Let a program of the cluster's administrator ask a page, past the login; gives the page's address.

    Args:
        kubectl: the cluster.
        page: the page.

    Raises:
        ReportedError: kubectl does not get there.
    """
    service = f"service/{page.service}"
    with forwarded(kubectl.kubeconfig, page.namespace, service, page.port) as port:
        yield f"http://127.0.0.1:{port}"


def _nodes(kubectl: Kubectl) -> Iterator[str]:
    for node in kubectl.list("nodes")[:_NODES_ASKED]:
        for address in node["status"].get("addresses", ()):
            if address["type"] in ("ExternalIP", "InternalIP"):
                yield str(address["address"])


def _open(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False


def _repository(outputs: Mapping[str, Any], host: str) -> dict[str, str]:
    """Where the repository of the jobs is reached, if it is at the same host as the pages."""
    said = str(outputs.get(REPOSITORY) or "")
    parts = urlsplit(said)
    if parts.hostname != "127.0.0.1" or parts.port is None or not _open(host, parts.port):
        return {}
    return {REPOSITORY: said.replace("127.0.0.1", f"[{host}]" if ":" in host else host, 1)}


def _moved(value: Any, said: str, here: str) -> Any:
    return value.replace(said, here, 1) if isinstance(value, str) and value.startswith(said) else value
