"""Backfills in the ledger's bucket: a plan is written once, what people say of it later lies beside it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Set
from datetime import datetime
from typing import Any, Final, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict

from apps.jobs.ledger.identity import ROOT

from .plan import Plan, Request

PREFIX: Final = f"{ROOT}/backfills/"
PLAN: Final = "plan.json"
ORDERS: Final = "orders.json"

ATTEMPTS: Final = 5
"""Tries of a write while others write the same."""


class Store(Protocol):
    """Objects in a bucket: `ledger.bucket.Bucket`."""

    def get(self, key: str) -> tuple[bytes, str] | None:
        """An object and its mark."""

    def create(self, key: str, content: bytes) -> bool:
        """Write an object that is not there."""

    def replace(self, key: str, content: bytes, seen: str) -> str | None:
        """Write an object that has not changed."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys below a prefix."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Item(_Kept):
    """One interval.

    Args:
        key: its key.
        start: its begin.
        end: its end.
    """

    key: str
    start: AwareDatetime
    end: AwareDatetime


class Backfill(_Kept):
    """A backfill as it was started.

    Args:
        id: names it, in its job.
        token: of the plan that was shown.
        request: what was asked for.
        items: its intervals, in the order in which they are started.
        skipped: intervals that are not run, with why.
        differences: what its runs have otherwise than the definition: field, before, after.
        manifest: the SparkApplication of each run, marks not filled in.
        revision: of the definition.
        commit: the last one that touched it.
        path: its file.
        owner: who answers for the job.
        requester: who started it.
        at: when.
    """

    id: str
    token: str
    request: Request
    items: tuple[Item, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    differences: tuple[tuple[str, str, str], ...] = ()
    manifest: dict[str, Any]
    revision: str = ""
    commit: str = ""
    path: str = ""
    owner: str = ""
    requester: str
    at: AwareDatetime

    @property
    def run_key(self) -> str:
        """What its runs are claimed with."""
        return f"backfill:{self.id}"


class Orders(_Kept):
    """What people said of a backfill since it was started.

    Args:
        stop: whether it is to stop.
        forgiven: failed runs that there were when it was last resumed.
        by: who said so.
        at: when; None if nobody said anything.
    """

    stop: bool = False
    forgiven: int = 0
    by: str = ""
    at: AwareDatetime | None = None


def kept(plan: Plan, *, manifest: dict[str, Any], requester: str, at: datetime, **more: str) -> Backfill:
    """A plan as it is kept.

    Args:
        plan: what was shown.
        manifest: the SparkApplication of each run.
        requester: who starts it.
        at: when.
        more: revision, commit, path and owner of the definition.
    """
    return Backfill(
        id=f"{at:%Y%m%dt%H%M%S}-{secrets.token_hex(3)}",
        token=plan.token,
        request=plan.request,
        items=tuple(Item(key=each.key, start=each.start, end=each.end) for each in plan.run),
        skipped=tuple((each.key, each.reason) for each in plan.skipped),
        differences=tuple((each.field, each.before, each.after) for each in plan.differences),
        manifest=manifest,
        requester=requester,
        at=at,
        **more,
    )


class Backfills:
    """All of them.

    Args:
        store: the ledger's bucket.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, backfill: Backfill) -> None:
        """Start one.

        Args:
            backfill: as it is kept.
        """
        request = backfill.request
        self._store.create(
            f"{_folder(request.namespace, request.job, backfill.id)}{PLAN}",
            backfill.model_dump_json().encode(),
        )

    def read(self, namespace: str, job: str, name: str) -> Backfill | None:
        """One of them; None if there is none.

        Args:
            namespace: the tenant's.
            job: the job's name.
            name: its id.
        """
        found = self._store.get(f"{_folder(namespace, job, name)}{PLAN}")
        return None if found is None else Backfill.model_validate_json(found[0])

    def orders(self, backfill: Backfill) -> Orders:
        """What people said of it.

        Args:
            backfill: which.
        """
        return self._orders(backfill)[0]

    def order(self, backfill: Backfill, *, stop: bool, forgiven: int, by: str, at: datetime) -> None:
        """Stop it, or go on with it.

        Args:
            backfill: which.
            stop: whether it is to stop.
            forgiven: failed runs that do not count any more.
            by: who says so.
            at: when.

        Raises:
            RuntimeError: others write it all the time.
        """
        said = Orders(stop=stop, forgiven=forgiven, by=by, at=at).model_dump_json().encode()
        for _ in range(ATTEMPTS):
            if self._store.replace(_orders_of(backfill), said, self._orders(backfill)[1]):
                return
        raise RuntimeError(f"backfill {backfill.id} is being changed by others; try again")

    def all(self, namespaces: Set[str], job: str = "") -> Iterator[Backfill]:
        """Backfills of some namespaces, by namespace and job, the earliest first.

        Args:
            namespaces: the tenants'.
            job: only of this job; of all if empty.
        """
        for namespace in sorted(namespaces):
            for key in self._store.keys(f"{PREFIX}{namespace}/{job}{'/' if job else ''}"):
                found = self._store.get(key) if key.endswith(f"/{PLAN}") else None
                if found is not None:
                    yield Backfill.model_validate_json(found[0])

    def _orders(self, backfill: Backfill) -> tuple[Orders, str]:
        found = self._store.get(_orders_of(backfill))
        return (Orders(), "") if found is None else (Orders.model_validate_json(found[0]), found[1])


def _folder(namespace: str, job: str, name: str) -> str:
    return f"{PREFIX}{namespace}/{job}/{name}/"


def _orders_of(backfill: Backfill) -> str:
    request = backfill.request
    return f"{_folder(request.namespace, request.job, backfill.id)}{ORDERS}"
