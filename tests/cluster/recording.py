"""Keeps what the API server shows of pods that are gone when a job has ended."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

LOOK_SECONDS = 1.0
"""Between two looks: an executor lives for many seconds even in the shortest run."""


class Recorder:
    """Looks at a namespace's pods in the background, from `with` to the end of its block.

    Args:
        kubeconfig: of the cluster.
        namespace: whose pods.
    """

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        connect: Any = config.new_client_from_config  # has no annotations, like all of the package
        self._core: Any = client.CoreV1Api(connect(str(kubeconfig)))
        self._namespace = namespace
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.pods: dict[str, dict[str, Any]] = {}
        """Each pod as it was last seen, by name."""
        self.ran: set[str] = set()
        """Names of those that were seen running."""

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def of(self, run: str, role: str) -> list[dict[str, Any]]:
        """A run's pods of a role.

        Args:
            run: Spark's id of the run.
            role: `driver` or `executor`.
        """
        labels = {"spark-app-selector": run, "spark-role": role}.items()
        return [pod for pod in self.pods.values() if labels <= pod["metadata"].get("labels", {}).items()]

    def _watch(self) -> None:
        while not self._stop.is_set():
            # What fails is done again a second later.
            with suppress(ApiException, HTTPError, OSError):
                self._look()
            self._stop.wait(LOOK_SECONDS)

    def _look(self) -> None:
        answer = self._core.list_namespaced_pod(self._namespace, _preload_content=False)
        for pod in json.loads(answer.data)["items"]:
            name = pod["metadata"]["name"]
            self.pods[name] = pod
            if pod["status"].get("phase") == "Running":
                self.ran.add(name)
