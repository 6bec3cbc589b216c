"""Looks at the chain: API server, object store, history server, and the canary's runs."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from .verdict import Outcome, Phase, Run, Sight

TIMEOUT: Final = 10
"""Seconds after which a part that does not answer is down."""

GROUP: Final = "apis/sparkoperator.k8s.io/v1beta2"
ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")

_PHASES: Final[Mapping[str, Phase]] = {
    "": Phase.NEW,
    "NEW": Phase.NEW,
    "SUBMITTED": Phase.PENDING,
    "PENDING_RERUN": Phase.PENDING,
    "INVALIDATING": Phase.PENDING,
    "RUNNING": Phase.RUNNING,
    "SUCCEEDING": Phase.RUNNING,
    "FAILING": Phase.RUNNING,
    "COMPLETED": Phase.COMPLETED,
    "FAILED": Phase.FAILED,
    "SUBMISSION_FAILED": Phase.FAILED,
}
"""States of a SparkApplication (operator 2.5.2); of any other it is too early to say anything."""

_UNITS: Final = {
    "m": Decimal("0.001"),
    "k": Decimal(1000),
    "Ki": Decimal(1024),
    "Mi": Decimal(1024) ** 2,
    "Gi": Decimal(1024) ** 3,
    "Ti": Decimal(1024) ** 4,
}


@dataclass(frozen=True, kw_only=True)
class Chain:
    """Where the links are.

    Args:
        api: URL of the API server.
        namespace: the canary's namespace.
        schedule: name of its schedule.
        interval: seconds from one run to the next.
        store: URL of the object store.
        history: URL of the history server.
        account: folder with the token and the certificate of the API server.
    """

    api: str
    namespace: str
    schedule: str
    interval: float
    store: str
    history: str
    account: Path = ACCOUNT


def look(chain: Chain, *, clock: Callable[[], float] = time.time) -> Sight:
    """Look at every link.

    Args:
        chain: where the links are.
        clock: gives the time, in seconds since 1970.
    """
    problems: dict[Outcome, str] = {}
    runs: tuple[Run, ...] = ()
    started, quota = clock(), ("", 0.0)
    try:
        scheduled = _kubernetes(
            chain, f"{GROUP}/namespaces/{chain.namespace}/scheduledsparkapplications/{chain.schedule}"
        )
        started = _seconds(scheduled["metadata"]["creationTimestamp"])
        runs = tuple(_runs(chain))
        quota = _fullest(_kubernetes(chain, f"api/v1/namespaces/{chain.namespace}/resourcequotas"))
    except (OSError, ValueError, KeyError) as error:
        problems[Outcome.API_SERVER] = f"the API server: {error}"
    if problem := _silent(chain.store):
        problems[Outcome.STORE] = f"the object store: {problem}"
    shown: frozenset[str] = frozenset()
    try:
        shown = frozenset(run.app_id for run in runs if run.app_id and _is_shown(chain, run.app_id))
        if not runs:
            _get(f"{chain.history}/api/v1/version")
    except (OSError, ValueError) as error:
        problems[Outcome.HISTORY] = f"the history server: {error}"
    return Sight(
        now=clock(),
        interval=chain.interval,
        started=started,
        runs=runs,
        problems=problems,
        shown=shown,
        quota=quota,
    )


def _runs(chain: Chain) -> list[Run]:
    found = _kubernetes(chain, f"{GROUP}/namespaces/{chain.namespace}/sparkapplications")["items"]
    owned = [
        each
        for each in found
        if any(owner["name"] == chain.schedule for owner in each["metadata"].get("ownerReferences", ()))
    ]
    runs = [_run(chain, each) for each in owned]
    return sorted(runs, key=lambda run: run.created, reverse=True)


def _run(chain: Chain, found: Mapping[str, Any]) -> Run:
    status = found.get("status") or {}
    state = status.get("applicationState") or {}
    phase = _PHASES.get(state.get("state") or "", Phase.PENDING)
    words = state.get("errorMessage") or ""
    if phase is Phase.FAILED and (driver := (status.get("driverInfo") or {}).get("podName")):
        words = f"{words} {_last_words(chain, driver)}".strip()
    ended = status.get("terminationTime")
    return Run(
        name=found["metadata"]["name"],
        phase=phase,
        created=_seconds(found["metadata"]["creationTimestamp"]),
        ended=_seconds(ended) if ended else None,
        app_id=status.get("sparkApplicationId") or "",
        words=words,
    )


def _last_words(chain: Chain, driver: str) -> str:
    """The end of a driver's log, which Kubernetes keeps in the pod's status; empty if the pod is gone."""
    try:
        pod = _kubernetes(chain, f"api/v1/namespaces/{chain.namespace}/pods/{driver}")
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return ""
        raise
    ends = [
        (each.get("state") or {}).get("terminated") or {}
        for each in (pod.get("status") or {}).get("containerStatuses") or ()
    ]
    return " ".join(end.get("message") or end.get("reason") or "" for end in ends)


def _fullest(quotas: Mapping[str, Any]) -> tuple[str, float]:
    """The resource of which the largest part is in use; what is limited to nothing does not count."""
    parts = [
        (name, float(_amount(status["used"][name]) / _amount(hard)))
        for each in quotas["items"]
        if (status := each.get("status") or {}).get("used")
        for name, hard in status["hard"].items()
        if _amount(hard)
    ]
    return max(parts, key=lambda part: part[1], default=("", 0.0))


def _amount(quantity: str) -> Decimal:
    digits = quantity.rstrip("mkKMGTi")
    return Decimal(digits) * _UNITS.get(quantity[len(digits) :], Decimal(1))


def _is_shown(chain: Chain, app_id: str) -> bool:
    """True if the history server shows a run whole: its end is in the event log, and no job of it failed."""
    address = f"{chain.history}/api/v1/applications/{app_id}"
    try:
        application = _get(address)
        if not all(attempt["completed"] for attempt in application["attempts"]):
            return False
        jobs = _get(f"{address}/jobs")
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return False
        raise
    return bool(jobs) and all(job["status"] == "SUCCEEDED" for job in jobs)


def _silent(url: str) -> str:
    """Why nothing answers at a URL; empty if something does, be it with a refusal: it has no key."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT):  # noqa: S310 - the stack's own address
            return ""
    except urllib.error.HTTPError as error:
        return f"it answered {error.code}" if error.code >= 500 else ""
    except OSError as error:
        return str(error)


def _kubernetes(chain: Chain, path: str) -> dict[str, Any]:
    token = (chain.account / "token").read_text()
    context = ssl.create_default_context(cafile=str(chain.account / "ca.crt"))
    found: dict[str, Any] = _get(f"{chain.api}/{path}", {"Authorization": f"Bearer {token}"}, context)
    return found


def _get(url: str, headers: Mapping[str, str] | None = None, context: ssl.SSLContext | None = None) -> Any:
    request = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310 - the stack's own address
    with urllib.request.urlopen(request, timeout=TIMEOUT, context=context) as answer:  # noqa: S310
        return json.load(answer)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
