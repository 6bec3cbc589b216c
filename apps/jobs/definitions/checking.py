"""Holds one document against all that a definition has to be. Pure but for what it is given to ask."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from apps.jobs.ledger.identity import Series
from apps.jobs.schedule.cron import Schedule, ScheduleError
from apps.jobs.schedule.due import Concurrency
from apps.jobs.verdict.masking import mask

from . import marks, schemas
from .documents import Document
from .problems import Key, Problem, show_key
from .settings import API_VERSION, KIND, JobSettings
from .written import Written, written

GROUP: Final = "sparkoperator.k8s.io/v1beta2"
ONCE_KIND, SCHEDULED_KIND = "SparkApplication", "ScheduledSparkApplication"


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What definitions are held against.

    Args:
        namespaces: those that jobs may run in.
        kinds: strict schemas by kind.
        refusals: what the API server says to creating an object, without creating it: its admission policies,
            Pod Security and quotas; nothing if it would take it.
    """

    namespaces: frozenset[str]
    kinds: Mapping[str, schemas.Schema] = field(default_factory=dict)
    refusals: Callable[[Mapping[str, Any]], Sequence[str]] = lambda _: ()


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A job that is right.

    Args:
        namespace: where it runs.
        name: its name.
        path: its file, below the folder.
        line: where in it.
        spec: of the SparkApplication that each run is, marks not filled in.
        metadata: its labels and annotations.
        schedule: when it is due; None for a job that runs once.
        concurrency: what becomes of an interval while a run is under way; None for a job that runs once.
        suspended: whether nothing starts.
        settings: what stands beside it.
        revision: ten hexadecimal digits, the same for what means the same.
        written: the lines of its file with its memory; None where it names none.
    """

    namespace: str
    name: str
    path: str
    line: int
    spec: Mapping[str, Any]
    metadata: Mapping[str, Any]
    schedule: Schedule | None
    concurrency: Concurrency | None
    suspended: bool
    settings: JobSettings
    revision: str
    written: Written | None = None


@dataclass(kw_only=True)
class Found:
    """A document with its file, and what is wrong with it.

    Args:
        path: the file, below the folder.
        document: what stands there.
        problems: what is wrong with it, so far.
    """

    path: str
    document: Document
    problems: list[Problem] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The object's kind."""
        return str(self.document.data.get("kind"))

    @property
    def name(self) -> tuple[str, str]:
        """Its namespace and name; empty where they are missing."""
        metadata = self.document.data.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        return str(metadata.get("namespace", "")), str(metadata.get("name", ""))

    def fault(self, key: Key, message: str) -> None:
        """Note what is wrong with a value, or with the lack of one.

        Args:
            key: where the value is, or would be.
            message: what is wrong, and what to do.
        """
        line = self.document.line_of(key)
        self.problems.append(Problem(path=self.path, line=line, key=show_key(key), message=message))


def check_form(each: Found) -> None:
    """Find what no object of a job may be: another kind, a key twice, a secret.

    Args:
        each: the document.
    """
    for key, message in each.document.faults:
        each.fault(key, message)
    version, kind = each.document.data.get("apiVersion"), each.document.data.get("kind")
    known = {ONCE_KIND: GROUP, SCHEDULED_KIND: GROUP, KIND: API_VERSION}
    if kind not in known:
        each.fault(("kind",), f"must be {', '.join(known)}, not {kind}: other objects are not a job's")
    elif version != known[kind]:
        each.fault(("apiVersion",), f"must be {known[kind]}, not {version}")
    for key, text in _leaves(each.document.data, ()):
        if _is_secret(key, text):
            each.fault(
                key,
                "has a secret in it: put it into a Secret, name that in envSecretKeyRefs, and change it: Git "
                "keeps it for ever",
            )


def _is_secret(key: Key, text: str) -> bool:
    named = f"{key[-1]}={text}" if key else text
    return mask(named) != named


def _leaves(value: Any, key: Key) -> Iterator[tuple[Key, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, (*key, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _leaves(part, (*key, number))
    elif isinstance(value, str):
        yield key, value


def definition(each: Found, settings: JobSettings | None, platform: Platform) -> Definition | None:
    """The job of a document; None if it, or what stands beside it, is wrong.

    Args:
        each: the document; what is wrong is noted on it.
        settings: what stands beside it; None if that is wrong.
        platform: what it is held against.
    """
    data = each.document.data
    _check_object(each, platform)
    place: Key = ("spec",) if each.kind == ONCE_KIND else ("spec", "template")
    spec = _below(data, place)
    if not isinstance(spec, dict):
        each.fault(place, "must be a mapping with the job in it")
        return None
    _check_spec(each, spec, place)
    schedule, concurrency = _scheduled(each) if each.kind == SCHEDULED_KIND else (None, None)
    if not each.problems:
        # Of a definition that is wrong in itself the API server would say the same once more.
        for refusal in platform.refusals(data):
            each.fault(("spec",), refusal)
    if each.problems or settings is None:
        return None
    namespace, name = each.name
    outer = data["spec"]
    return Definition(
        namespace=namespace,
        name=name,
        path=each.path,
        line=each.document.line,
        spec=spec,
        metadata={
            part: data["metadata"][part] for part in ("labels", "annotations") if part in data["metadata"]
        },
        schedule=schedule,
        concurrency=concurrency,
        suspended=bool(outer.get("suspend")),
        settings=settings,
        revision=revision(outer, settings.rerun),
        written=written(each.document, place),
    )


def _check_object(each: Found, platform: Platform) -> None:
    if schema := platform.kinds.get(each.kind):
        for key, message in schemas.faults(schema, each.document.data):
            each.fault(key, message)
    namespace, name = each.name
    if namespace not in platform.namespaces:
        allowed = ", ".join(sorted(platform.namespaces))
        each.fault(("metadata", "namespace"), f"must be one of {allowed}, not {namespace or 'left out'}")
        return
    try:
        Series(namespace=namespace, job=name)
    except ValueError as error:
        each.fault(("metadata", "name"), f"can not be: {error}")


def _check_spec(each: Found, spec: Mapping[str, Any], place: Key) -> None:
    for key, message in marks.faults(spec):
        each.fault((*place, *key), message)
    if isinstance(driver := spec.get("driver"), dict) and driver.get("podName"):
        each.fault(
            (*place, "driver", "podName"),
            "must be left out: a job here has a run each time that it is due, and all would have one driver. "
            "A run's driver has its run's name and -driver",
        )
    policy = spec.get("restartPolicy")
    if isinstance(policy, dict) and policy.get("type", "Never") != "Never":
        each.fault(
            (*place, "restartPolicy", "type"),
            f"must be Never, not {policy['type']}: a retry of the operator deletes the failed driver and its "
            f"reason. Write retries into a document of kind {KIND}",
        )


def _scheduled(each: Found) -> tuple[Schedule | None, Concurrency | None]:
    spec = each.document.data["spec"]
    text, zone = str(spec.get("schedule", "")), str(spec.get("timeZone") or "UTC")
    # One after the other, so that both are said if both are wrong.
    for key, when in (("schedule", (text, "UTC")), ("timeZone", ("@daily", zone))):
        try:
            Schedule(*when)
        except ScheduleError as error:
            each.fault(("spec", key), f"can not be: {error}")
    schedule = None if each.problems else Schedule(text, zone)
    concurrency = None
    try:
        concurrency = Concurrency(spec.get("concurrencyPolicy"))
    except ValueError:
        each.fault(
            ("spec", "concurrencyPolicy"),
            "must be Allow, Forbid or Replace: write it out; without it the job runs once and never again",
        )
    return schedule, concurrency


def _below(data: Mapping[str, Any], place: Key) -> Any:
    found: Any = data
    for step in place:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def revision(spec: Mapping[str, Any], rerun: int) -> str:
    """Ten hexadecimal digits, the same for what means the same, whatever its order, comments and form.

    Args:
        spec: the definition's.
        rerun: of its settings: a definition that did not change runs once more when it grows.
    """
    canonical = json.dumps([spec, rerun], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:10]
