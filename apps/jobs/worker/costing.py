"""What runs take, counted while their pods are there: at a run's end it is kept beside its record.

Nodes and pods vanish: what decides a price is read as soon as a pod has a node, and a pod that goes before
its run ends is written down at once. What nobody saw has no price, and the sentence says so.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from lightkube import ApiError
from pydantic import TypeAdapter

from apps.jobs.cost.pods import Node, PodUse, of_node, of_pod
from apps.jobs.cost.prices import Prices
from apps.jobs.cost.run import RunCost, cost
from apps.jobs.ledger.identity import RunId
from apps.jobs.ledger.store import Ledger
from apps.jobs.runs import objects
from apps.jobs.runs.objects import Json
from apps.jobs.runs.outcome import COST, Cost
from apps.jobs.times import moment

from .cluster import Cluster, Place, View

LOG: Final = logging.getLogger(__name__)

GONE: Final = "evidence/gone/"
"""Beside a record: pods that were deleted before the run's end, as what they held."""

UNSEEN: Final = "nobody saw a pod of its driver"

_NEVER: Final = datetime.max.replace(tzinfo=UTC)

MOST_NODES: Final = 5000
"""Nodes that are remembered, the latest: a cluster that grows and shrinks has new ones for ever. What was
read of one stays with the pods that were on it."""

_USE: Final = TypeAdapter(PodUse)


class Costs:
    """What runs under way have taken so far.

    Args:
        ledger: where it is kept.
        cluster: where nodes are read.
        prices: gives what is known of prices now.
        since: from when on all pods are seen: the begin of this worker.
    """

    def __init__(
        self, ledger: Ledger, cluster: Cluster, prices: Callable[[], Prices], since: datetime
    ) -> None:
        self._ledger = ledger
        self._cluster = cluster
        self._prices = prices
        self._since = since
        self._nodes: dict[str, Node] = {}
        self._held: dict[RunId, dict[str, PodUse]] = {}
        self._states: dict[RunId, dict[str, str]] = {}

    def restore(self, run: RunId) -> None:
        """Take over what an earlier worker wrote of a run's pods.

        Args:
            run: which.
        """
        entry = self._ledger.entry(run)
        for name in entry.beside if entry else ():
            content = self._ledger.beside(run, name) if name.startswith(GONE) else None
            if content is not None:
                use = _USE.validate_json(content)
                self._held.setdefault(run, {})[use.name] = use

    def see(self, run: RunId, spark: Place, view: View, now: datetime, *, check: str = "") -> None:
        """Count a run's pods as they are now.

        Args:
            run: which.
            spark: its namespace and Spark's id of it; empty before it has one.
            view: what there is.
            now: the time.
            check: Spark's id of what asks its data; empty before it has one.
        """
        every = [(spark[0], each) for each in (spark[1], check) if each]
        if not every:
            return
        pods = [pod for each in every for pod in view.pods.get(each, ())]
        there = {objects.name(pod) for pod in pods}
        for pod in pods:
            self._note(run, pod)
        for pod in (pod for each in every for pod in view.gone.get(each, ())):
            if objects.name(pod) not in there:
                self._note(run, pod)
                self._let_go(run, objects.name(pod), min(_deletion(pod) or now, now))
        for name in [each.name for each in self._uses(run) if each.ended is None and each.name not in there]:
            self._let_go(run, name, now)

    def _note(self, run: RunId, pod: Json) -> None:
        """What a pod holds; nothing is computed again while it has not changed."""
        name, state = objects.name(pod), str(pod["metadata"].get("resourceVersion", ""))
        states = self._states.setdefault(run, {})
        if state and states.get(name) == state:
            return
        node = (pod.get("spec") or {}).get("nodeName")
        self._held.setdefault(run, {})[name] = of_pod(pod, self._node(node) if node else None)
        states[name] = state

    def _node(self, name: str) -> Node:
        if name not in self._nodes:
            try:
                found = self._cluster.node(name)
            except ApiError as error:
                # Asked again when the pod changes: what a run costs is no reason to hold up the others.
                LOG.info("node %s could not be read: %s", name, error)
                return Node()
            if len(self._nodes) == MOST_NODES:
                self._nodes.pop(next(iter(self._nodes)))
            self._nodes[name] = Node() if found is None else of_node(found)
        return self._nodes[name]

    def _let_go(self, run: RunId, name: str, at: datetime) -> None:
        """A pod is gone: until when it held what it asked for is known by what it said, or by now."""
        use = self._held[run][name]
        over = use if use.ended is not None else replace(use, ended=at)
        self._held[run][name] = over
        if over.bound is not None:
            self._ledger.add(run, f"{GONE}{name}.json", _USE.dump_json(over))

    def _uses(self, run: RunId) -> Iterable[PodUse]:
        return self._held.get(run, {}).values()

    def is_holding(self, run: RunId) -> bool:
        """Say whether a pod of a run still holds what it asked for.

        Args:
            run: which.
        """
        return any(use.bound is not None and use.ended is None for use in self._uses(run))

    def types(self, run: RunId) -> frozenset[str]:
        """Instance types of a run's nodes, as far as they say them.

        Args:
            run: which.
        """
        own = _own(run, self._uses(run))
        return frozenset(use.node.type for use in own if use.node and use.node.type)

    def so_far(self, run: RunId, now: datetime) -> Cost | None:
        """What a run has taken so far; None before it has a pod on a node.

        Args:
            run: which.
            now: the time.
        """
        uses = list(self._uses(run))
        if not any(use.bound for use in uses):
            return None
        return _said(cost(uses, self._prices(), now), self._unseen(uses), final=False)

    def keep(self, run: RunId, now: datetime) -> None:
        """Put what a run took beside its record; what is there from an earlier try stays.

        Args:
            run: which.
            now: the time.
        """
        uses = sorted(self._uses(run), key=lambda use: (use.bound or _NEVER, use.name))
        own = _own(run, uses)
        missing = UNSEEN if not any(use.role == "driver" for use in own) else self._unseen(own)
        found = _said(cost(uses, self._prices(), now), missing, final=True)
        pods = [self._row(use, now) for use in uses if use.bound]
        self._ledger.add(run, COST, json.dumps({**found.model_dump(mode="json"), "pods": pods}).encode())
        self.forget(run)

    def forget(self, run: RunId) -> None:
        """Count a run no more.

        Args:
            run: which.
        """
        self._held.pop(run, None)
        self._states.pop(run, None)

    def _unseen(self, uses: Iterable[PodUse]) -> str:
        """What was not seen: only a worker that came after the driver can have missed anything."""
        driver = next((use for use in uses if use.role == "driver"), None)
        if driver is None or driver.bound is None or driver.bound >= self._since:
            return ""
        missed = list(_missed(uses))
        if not missed:
            return ""
        words = ", ".join(map(str, missed[:5])) + (" and more" if len(missed) > 5 else "")
        return f"executors came and went while nobody looked: {words}"

    def _row(self, use: PodUse, now: datetime) -> Mapping[str, Any]:
        node = use.node or Node()
        usd = cost([use], self._prices(), now).usd
        return {
            "name": use.name,
            "role": use.role,
            "type": node.type,
            "zone": node.zone,
            "spot": node.spot,
            "cores": float(use.cpu),
            "gib": float(use.memory_gib),
            "bound": use.bound.isoformat() if use.bound else None,
            "ended": use.ended.isoformat() if use.ended else None,
            "end": use.end,
            "dollars": None if usd is None else str(usd),
        }


def _own(run: RunId, uses: Iterable[PodUse]) -> list[PodUse]:
    """Pods of a run itself, without that which asks its data."""
    return [use for use in uses if use.name != f"{run.sql_check}-driver"]


def _said(found: RunCost, unseen: str, *, final: bool) -> Cost:
    nothing = not found.core_hours and not found.gib_hours
    known = not unseen
    return Cost(
        core_hours=None if nothing or unseen else float(found.core_hours),
        gib_hours=None if nothing or unseen else float(found.gib_hours),
        dollars=found.usd if known else None,
        spot_dollars=found.spot if known else None,
        emr_dollars=found.emr if known else None,
        source="; ".join(found.sources) if known else "",
        unknown=unseen or _unpriced(found),
        final=final,
    )


def _unpriced(found: RunCost) -> str:
    if found.usd is not None:
        return ""
    if not found.unpriced:
        return "none of its pods came to a node"
    words = ["nodes that do not say their type" if each == "unknown" else each for each in found.unpriced]
    return f"there is no price for {', '.join(words)}"


def _missed(uses: Iterable[PodUse]) -> Iterator[int]:
    """Numbers that Spark gave to executors, and that no pod was seen of."""
    seen = {use.number for use in uses if use.number is not None}
    yield from (each for each in range(1, max(seen, default=0)) if each not in seen)


def _deletion(pod: Json) -> datetime | None:
    return moment(pod["metadata"].get("deletionTimestamp"))
