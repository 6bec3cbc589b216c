"""kubectl as the project uses it: typed answers, one error, no shell."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolchain import find
from workspace.errors import ReportedError

Manifest = Mapping[str, Any]
"""A Kubernetes object."""


@dataclass(frozen=True)
class Kubectl:
    """A cluster, reached with one kubeconfig.

    Args:
        kubeconfig: the file.
        impersonate: user to act as, for example `system:serviceaccount:data-dev:spark-driver`.
    """

    kubeconfig: Path
    impersonate: str = ""

    def run(self, *arguments: str, stdin: str | None = None, timeout: float = 120) -> str:
        """Run kubectl and return its output.

        Args:
            arguments: as typed.
            stdin: its standard input.
            timeout: seconds.

        Raises:
            ReportedError: it failed; the message holds what it said.
        """
        command = [str(find("kubectl")), f"--kubeconfig={self.kubeconfig}", *arguments]
        if self.impersonate:
            command.append(f"--as={self.impersonate}")
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, timeout=timeout, check=False
        )
        if done.returncode:
            raise ReportedError(f"kubectl {' '.join(arguments)} failed: {done.stderr.strip()}")
        return done.stdout

    def get(self, kind: str, name: str, namespace: str = "") -> dict[str, Any] | None:
        """One object; None when there is none of that name.

        Args:
            kind: as kubectl takes it ("pod", "secret").
            name: of the object.
            namespace: where; empty for what lies in none.
        """
        text = self.run("get", kind, name, *_in(namespace), "--ignore-not-found", "--output=json")
        return dict(json.loads(text)) if text.strip() else None

    def list(self, kind: str, namespace: str = "", selector: str = "") -> list[dict[str, Any]]:
        """All objects of a kind, in one namespace or in all.

        Args:
            kind: as kubectl takes it ("pods").
            namespace: where; empty for all.
            selector: labels that they must have, as kubectl takes them; empty for any.
        """
        where = _in(namespace) or ["--all-namespaces"]
        chosen = [f"--selector={selector}"] if selector else []
        items: list[dict[str, Any]] = json.loads(self.run("get", kind, *where, *chosen, "--output=json"))[
            "items"
        ]
        return items

    def apply(self, *manifests: Manifest) -> None:
        """Create or change objects to what the manifests say.

        Args:
            manifests: as Kubernetes reads them; each names its own namespace.
        """
        self.run("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=as_list(manifests))

    def create(self, manifest: Manifest) -> None:
        """Create an object; it must not exist.

        Args:
            manifest: as Kubernetes reads it; it names its own namespace.
        """
        self.run("create", "-f", "-", stdin=as_list([manifest]))

    def delete(self, kind: str, name: str, namespace: str = "", *options: str) -> None:
        """Delete an object, if it exists, and wait until it is gone.

        Args:
            kind: as kubectl takes it ("pod").
            name: of the object.
            namespace: where; empty for what lies in none.
            options: further ones of `kubectl delete`.
        """
        self.run("delete", kind, name, *_in(namespace), "--ignore-not-found", *options)

    def logs(self, pod: str, namespace: str, *options: str) -> str:
        """What a pod's container has written.

        Args:
            pod: its name, or a kind and a name ("deployment/x").
            namespace: where.
            options: further ones of `kubectl logs`.
        """
        return self.run("logs", pod, *_in(namespace), *options)


def as_list(manifests: Sequence[Manifest]) -> str:
    """Write manifests for kubectl's standard input.

    In JSON: what PyYAML leaves without quotes (YAML 1.1), such as 096800 or 12e456, is a number to kubectl.

    Args:
        manifests: objects of any kinds.
    """
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": [dict(each) for each in manifests]})


def _in(namespace: str) -> Sequence[str]:
    return [f"--namespace={namespace}"] if namespace else []
