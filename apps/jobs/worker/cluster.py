"""The cluster, as the worker needs it: what runs there, making and deleting, and what is left of a run."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from lightkube import ApiError, Client
from lightkube.generic_resource import (
    create_global_resource,
    create_namespaced_resource,
)

from apps.jobs.definitions import schemas
from apps.jobs.definitions.checking import GROUP, ONCE_KIND, SCHEDULED_KIND, Platform
from apps.jobs.runs.objects import DRIVER_CONTAINER, Json
from apps.jobs.verdict.memory import mebibytes

LOG = logging.getLogger(__name__)

HTTP_NOT_FOUND: Final = 404
HTTP_CONFLICT: Final = 409
HTTP_REFUSED: Final = range(400, 500)

TIME_TO_LIVE: Final = "timeToLiveSeconds"
"""Field of a SparkApplication: seconds from its end until the operator deletes it. Without it, never."""

LOG_LINES: Final = 20_000
"""Lines of the end of a driver's log that a verdict is made of; the whole log is kept by the collectors."""

_API_GROUP, _, _VERSION = GROUP.partition("/")
APPLICATIONS: Final = create_namespaced_resource(_API_GROUP, _VERSION, ONCE_KIND, "sparkapplications")
PODS: Final = create_namespaced_resource("", "v1", "Pod", "pods")
EVENTS: Final = create_namespaced_resource("", "v1", "Event", "events")
LIMITS: Final = create_namespaced_resource("", "v1", "LimitRange", "limitranges")
NODES: Final = create_global_resource("", "v1", "Node", "nodes")
KINDS: Final = create_global_resource(
    "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions"
)
KIND_NAMES: Final = tuple(
    f"{plural}.{_API_GROUP}" for plural in ("sparkapplications", "scheduledsparkapplications")
)

Place = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True, kw_only=True)
class View:
    """What there is at a moment.

    Args:
        applications: SparkApplications, by place.
        drivers: drivers' pods, by place.
        deleted: SparkApplications that were deleted since the last view, as they were.
        executors: executors' pods that run, by namespace and Spark's id of their run.
        pods: drivers' and executors' pods, by namespace and Spark's id of their run.
        gone: pods that were deleted since the last view, as they were, likewise.
    """

    applications: Mapping[Place, Json] = field(default_factory=dict)
    drivers: Mapping[Place, Json] = field(default_factory=dict)
    deleted: Mapping[Place, Json] = field(default_factory=dict)
    executors: Mapping[Place, int] = field(default_factory=dict)
    pods: Mapping[Place, Sequence[Json]] = field(default_factory=dict)
    gone: Mapping[Place, Sequence[Json]] = field(default_factory=dict)


class RefusedError(Exception):
    """The API server does not take an object; the sentence is its own."""


class Cluster(Protocol):
    """What the worker does in a cluster."""

    def create(self, manifest: Json) -> Json | None:
        """Make a SparkApplication; None if there is one of its name."""

    def application(self, place: Place) -> Json | None:
        """A SparkApplication, asked for now; None if there is none."""

    def delete(self, place: Place) -> None:
        """Delete a SparkApplication; nothing happens if it is gone."""

    def executors(self, namespace: str, spark: str) -> Sequence[Json]:
        """Executors' pods of a run, by Spark's id of it."""

    def events(self, namespace: str, names: Iterable[str]) -> Sequence[Json]:
        """Events about a run's objects."""

    def log(self, place: Place) -> str | None:
        """The end of a driver's log; None if it can't be read."""

    def most_mib(self, namespace: str) -> int | None:
        """MiB that a container of a namespace may have; None if nothing bounds it."""

    def node(self, name: str) -> Json | None:
        """A node; None if it is gone, or may not be read."""


class LiveCluster:
    """A cluster by its API server.

    Args:
        client: with the worker's rights.
        namespaces: those that runs are in.
        keep_seconds: how long a run stays after its end whose definition does not say it.
    """

    def __init__(self, client: Client, namespaces: Sequence[str], *, keep_seconds: int) -> None:
        self._keep_seconds = keep_seconds
        self._client = client
        self._namespaces = namespaces
        self._refused: dict[str, tuple[str, ...]] = {}

    def platform(self) -> Platform:
        """What definitions are held against: the cluster's kinds, and all that it refuses."""
        kinds = [dict(self._client.get(KINDS, name)) for name in KIND_NAMES]
        return Platform(
            namespaces=frozenset(self._namespaces),
            kinds=schemas.by_kind(kinds),
            refusals=self._refusals,
        )

    def _refusals(self, manifest: Mapping[str, Any]) -> Sequence[str]:
        """What the API server says to a run of a definition, without making it; schedules are never made."""
        if manifest["kind"] == SCHEDULED_KIND:
            manifest = {**manifest, "kind": ONCE_KIND, "spec": manifest["spec"]["template"]}
        # Another name: one of this name may be there, and a refusal because of that is none of the file.
        name = f"{manifest['metadata']['name'][:40]}-is-it-right"
        trial = {**manifest, "metadata": {**manifest["metadata"], "name": name}}
        try:
            self._client.create(APPLICATIONS.from_dict(trial), dry_run=True)
        except ApiError as error:
            if error.status.code in HTTP_REFUSED:
                return (f"is refused: {error.status.message}",)
            raise
        return ()

    def create(self, manifest: Json) -> Json | None:
        """Make a SparkApplication; None if there is one of its name.

        Args:
            manifest: the object.

        Raises:
            RefusedError: it is not taken.
        """
        try:
            return dict(self._client.create(APPLICATIONS.from_dict(self._with_end(manifest))))
        except ApiError as error:
            if error.status.code == HTTP_CONFLICT:
                return None
            if error.status.code in HTTP_REFUSED:
                raise RefusedError(str(error.status.message)) from error
            raise

    def _with_end(self, manifest: Json) -> dict[str, Any]:
        """The object with a time to live, after which the operator removes it and its pods."""
        return {**manifest, "spec": {TIME_TO_LIVE: self._keep_seconds, **manifest["spec"]}}

    def application(self, place: Place) -> Json | None:
        """A SparkApplication, asked for now; None if there is none.

        Args:
            place: its namespace and name.
        """
        try:
            return dict(self._client.get(APPLICATIONS, place[1], namespace=place[0]))
        except ApiError as error:
            if error.status.code == HTTP_NOT_FOUND:
                return None
            raise

    def delete(self, place: Place) -> None:
        """Delete a SparkApplication; nothing happens if it is gone.

        Args:
            place: its namespace and name.
        """
        try:
            self._client.delete(APPLICATIONS, place[1], namespace=place[0])
        except ApiError as error:
            if error.status.code != HTTP_NOT_FOUND:
                raise

    def delete_pod(self, place: Place) -> bool:
        """Delete a pod; False if it is gone.

        Args:
            place: its namespace and name.
        """
        try:
            self._client.delete(PODS, place[1], namespace=place[0])
        except ApiError as error:
            if error.status.code == HTTP_NOT_FOUND:
                return False
            raise
        return True

    def executors(self, namespace: str, spark: str) -> Sequence[Json]:
        """Executors' pods of a run.

        Args:
            namespace: the run's.
            spark: Spark's id of the run.
        """
        labels: dict[str, Any] = {"spark-role": "executor", "spark-app-selector": spark}
        return [dict(pod) for pod in self._client.list(PODS, namespace=namespace, labels=labels)]

    def events(self, namespace: str, names: Iterable[str]) -> Sequence[Json]:
        """Events about a run's objects.

        Args:
            namespace: the run's.
            names: of the objects.
        """
        return [
            dict(event)
            for name in names
            for event in self._client.list(EVENTS, namespace=namespace, fields={"involvedObject.name": name})
        ]

    def log(self, place: Place) -> str | None:
        """The end of a driver's log; None if it can't be read.

        Args:
            place: the pod's namespace and name.
        """
        try:
            lines = self._client.log(
                place[1], namespace=place[0], container=DRIVER_CONTAINER, tail_lines=LOG_LINES
            )
            return "".join(lines)
        except ApiError as error:
            LOG.info("log of %s: %s", place[1], error.status.message)
            return None

    def most_mib(self, namespace: str) -> int | None:
        """MiB that a container of a namespace may have; None if nothing bounds it.

        Args:
            namespace: the tenant's.
        """
        bounds = [
            _mebibytes(str(limit["max"]["memory"]))
            for each in self._client.list(LIMITS, namespace=namespace)
            for limit in each["spec"].get("limits", ())
            if limit.get("type") == "Container" and "memory" in limit.get("max", {})
        ]
        return min(bounds, default=None)

    def node(self, name: str) -> Json | None:
        """A node; None if it is gone, or may not be read.

        Args:
            name: the node's.
        """
        try:
            return dict(self._client.get(NODES, name))
        except ApiError as error:
            if error.status.code in HTTP_REFUSED:
                LOG.info("node %s: %s", name, error.status.message)
                return None
            raise


def _mebibytes(quantity: str) -> int:
    """MiB of a quantity with a binary suffix, as the platform's own bounds have."""
    return mebibytes(quantity.lower().removesuffix("i"))
