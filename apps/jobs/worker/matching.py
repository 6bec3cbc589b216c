"""What in the cluster belongs to which run. Pure.

Names come again, so an application is a run's own by its uid, or, before that is known, by its labels.
"""

from __future__ import annotations

from apps.jobs.ledger.record import Cause, Record
from apps.jobs.runs import objects
from apps.jobs.runs.deriving import Live
from apps.jobs.runs.phase import Phase
from apps.jobs.runs.status import Status, Times

from .cluster import Place, View


def first(record: Record) -> Status:
    """Where a run is before anybody has written it: one that came another way is there already.

    Args:
        record: the run's.
    """
    if record.cause is not Cause.EXTERNAL:
        return Status()
    made = objects.created(record.manifest)
    return Status(phase=Phase.QUEUED, times=Times(created=made), uid=objects.uid(record.manifest))


def parts_of(record: Record, uid: str, view: View) -> Live:
    """What the cluster has of a run; of another one of the same name nothing.

    Args:
        record: the run's.
        uid: of its application; empty before that is known.
        view: what there is.
    """
    place = (record.namespace, record.application)
    if record.manifest.get("kind") == "Pod":
        pod = view.drivers.get(place) or _gone(view, place)
        mine = pod is not None and record.key == f"external:{objects.uid(pod)}"
        return Live(driver=pod if mine else None, executors=_executors(pod, view) if mine else None)
    there, deleted = view.applications.get(place), view.deleted.get(place)
    application = there if there is not None and is_same(there, record, uid) else None
    gone = deleted if application is None and deleted is not None and is_same(deleted, record, uid) else None
    driver = _driver(view, place, application or gone)
    return Live(
        application=application or gone,
        driver=driver,
        deleted=gone is not None,
        executors=_executors(driver, view),
    )


def _driver(view: View, place: Place, application: objects.Json | None) -> objects.Json | None:
    """The driver's pod: by its usual name, or the one that the operator says."""
    status = (application or {}).get("status") or {}
    name = (status.get("driverInfo") or {}).get("podName") or f"{place[1]}-driver"
    pod = view.drivers.get((place[0], name)) or _gone(view, (place[0], name))
    mine = pod is not None and objects.labels(pod).get(objects.APP_NAME) == place[1]
    return pod if mine else None


def _gone(view: View, place: Place) -> objects.Json | None:
    """A driver's pod that was just deleted, if it said how it ended: else nothing is known by it.

    Of several, as of the operator's attempts, it is the last one.
    """
    namespace, name = place
    gone = [pod for (where, _), pods in view.gone.items() if where == namespace for pod in pods]
    its = [pod for pod in gone if objects.name(pod) == name and objects.has_ended(pod)]
    # Of one second, whichever was deleted later.
    return max(reversed(its), key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")), default=None)


def _executors(driver: objects.Json | None, view: View) -> int | None:
    if driver is None:
        return None
    selector = str(objects.labels(driver).get(objects.SELECTOR, ""))
    return view.executors.get((str(driver["metadata"]["namespace"]), selector), 0)


def is_same(application: objects.Json, record: Record, uid: str) -> bool:
    """Say whether an application of the run's name is the run's own.

    Args:
        application: of that name.
        record: the run's.
        uid: of the run's application; empty before that is known.
    """
    if record.cause is Cause.EXTERNAL:
        return record.key == f"external:{objects.uid(application)}"
    return not uid or objects.uid(application) == uid


def is_of(application: objects.Json, record: Record) -> bool:
    """Say whether an application carries the labels that the run's has.

    Args:
        application: of the run's name.
        record: the run's.
    """
    wanted = record.manifest["metadata"]["labels"]
    has = objects.labels(application)
    return all(has.get(name) == value for name, value in wanted.items())
