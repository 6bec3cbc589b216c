"""The cluster, as a viewer may see it: every request is made in their groups' name, none in the page's own.

The page's account has one right: to impersonate the user `VIEWER`, and the groups that the tenants name. So
whatever is asked for is decided by the API server, and nobody becomes anybody else: not a user of another
name, not a group such as system:masters.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final

import httpx2

from apps.jobs.definitions.checking import GROUP
from apps.jobs.schedule.outside import RESOURCE as SCHEDULES

from .viewer import Viewer

VIEWER: Final = "spark-jobs:viewer"
"""The one user that is impersonated; people's own names are in the audit log, as `extra`."""

NAME_EXTRA: Final = "Impersonate-Extra-jobs-user"

REMEMBERED_SECONDS: Final = 30
"""How long an answer about rights is taken for granted: a right that is taken away works as long at most."""

REMEMBERED: Final = 4096
"""Answers that are kept: the oldest go first, so that no number of viewers fills the memory."""

HTTP_NOT_FOUND: Final = 404
HTTP_FORBIDDEN: Final = 403

APPLICATIONS: Final = ("sparkoperator.k8s.io", "sparkapplications")
PODS: Final = ("", "pods")


class ClusterError(Exception):
    """The API server refuses, or does not answer; the sentence is its own."""


class Cluster:
    """The API server.

    Args:
        client: knows its address, and the page's own token.
        clock: gives seconds that only grow.
    """

    def __init__(self, client: httpx2.Client, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._lock = Lock()
        self._answers: OrderedDict[tuple[Any, ...], tuple[float, bool]] = OrderedDict()

    def may(
        self, viewer: Viewer, verb: str, namespace: str, resource: tuple[str, str], sub: str = ""
    ) -> bool:
        """Say whether a viewer has a right, as the API server says.

        Args:
            viewer: who.
            verb: such as `get`.
            namespace: where.
            resource: its group and name.
            sub: subresource, such as `log`.

        Raises:
            ClusterError: it does not answer.
        """
        if not viewer.groups:
            return False
        asked = (viewer.groups, verb, namespace, resource, sub)
        with self._lock:
            known = self._answers.get(asked)
        if known and self._clock() - known[0] < REMEMBERED_SECONDS:
            return known[1]
        group, name = resource
        attributes = {"verb": verb, "namespace": namespace, "group": group, "resource": name}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {**attributes, **({"subresource": sub} if sub else {})}},
        }
        said = self._ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", viewer, review)
        allowed = bool((said or {}).get("status", {}).get("allowed"))
        with self._lock:
            self._answers[asked] = (self._clock(), allowed)
            self._answers.move_to_end(asked)
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        return allowed

    def application(self, viewer: Viewer, namespace: str, name: str) -> Mapping[str, Any] | None:
        """A SparkApplication; None if there is none any more.

        Args:
            viewer: who asks.
            namespace: where.
            name: the object's.
        """
        return self._ask("GET", _application(namespace, name), viewer)

    def schedule(self, viewer: Viewer, namespace: str, name: str) -> Mapping[str, Any] | None:
        """A ScheduledSparkApplication; None if there is none.

        Args:
            viewer: who asks.
            namespace: where.
            name: the object's.
        """
        return self._ask("GET", f"{_schedules(namespace)}/{name}", viewer)

    def schedules(self, viewer: Viewer, namespace: str) -> list[Mapping[str, Any]]:
        """ScheduledSparkApplications of a namespace.

        Args:
            viewer: who asks.
            namespace: which.
        """
        found = self._ask("GET", _schedules(namespace), viewer)
        return list((found or {}).get("items", ()))

    def pod(self, viewer: Viewer, namespace: str, name: str) -> Mapping[str, Any] | None:
        """A pod; None if there is none any more.

        Args:
            viewer: who asks.
            namespace: where.
            name: the object's.
        """
        return self._ask("GET", f"/api/v1/namespaces/{namespace}/pods/{name}", viewer)

    def quotas(self, viewer: Viewer, namespace: str) -> list[Mapping[str, Any]]:
        """Quotas of a namespace.

        Args:
            viewer: who asks.
            namespace: which.
        """
        found = self._ask("GET", f"/api/v1/namespaces/{namespace}/resourcequotas", viewer)
        return list((found or {}).get("items", ()))

    def log(self, viewer: Viewer, namespace: str, pod: str, lines: int) -> str | None:
        """The end of a pod's log; None if the pod is gone.

        Args:
            viewer: who.
            namespace: where.
            pod: its name.
            lines: how many at most.
        """
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log?tailLines={lines}"
        answer = self._send("GET", path, viewer, None)
        return None if answer is None else answer.text

    def _ask(self, method: str, path: str, viewer: Viewer, body: Any = None) -> Mapping[str, Any] | None:
        answer = self._send(method, path, viewer, body)
        if answer is None:
            return None
        found: Mapping[str, Any] = answer.json()
        return found

    def _send(self, method: str, path: str, viewer: Viewer, body: Any) -> httpx2.Response | None:
        headers = [
            ("Impersonate-User", VIEWER),
            (NAME_EXTRA, viewer.name.encode("ascii", "backslashreplace").decode()),
            *(("Impersonate-Group", group) for group in sorted(viewer.groups)),
        ]
        try:
            answer = self._client.request(method, path, headers=headers, json=body)
        except httpx2.HTTPError as error:
            raise ClusterError(f"the API server does not answer: {error}") from error
        if answer.status_code == HTTP_NOT_FOUND:
            return None
        if answer.is_error:
            raise ClusterError(_message(answer))
        return answer


def _application(namespace: str, name: str) -> str:
    return f"/apis/{GROUP}/namespaces/{namespace}/sparkapplications/{name}"


def _schedules(namespace: str) -> str:
    return f"/apis/{GROUP}/namespaces/{namespace}/{SCHEDULES}"


def _message(answer: httpx2.Response) -> str:
    try:
        return str(answer.json().get("message") or answer.reason_phrase)
    except (json.JSONDecodeError, AttributeError):
        return f"the API server answered {answer.status_code}"
